package analyzer

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mmt/analyzer/proto"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/report"
	"mmt/rulecomp"
)

// properties are one that many packets satisfy, one of two packets, and one whose
// conditions no packet satisfies.
const properties = `<beginning>
<property property_id="1" type_property="ATTACK" description="one"><event event_id="1" description="e" boolean_expression="(tcp.flags == 24)"/></property>
<property property_id="2" type_property="EVASION" value="THEN" delay_min="0+" delay_max="2" description="two">
<event event_id="1" description="a" boolean_expression="((tcp.flags == 2) &amp;&amp; (ip.src != ip.dst))"/>
<event event_id="2" description="b" boolean_expression="((tcp.flags == 18) &amp;&amp; (ip.src == ip.dst.1))"/></property>
<property property_id="3" type_property="SECURITY" value="THEN" description="three">
<event event_id="1" description="a" boolean_expression="(udp.dest_port == 53)"/>
<event event_id="2" description="b" boolean_expression="(ip.src != ip.dst)"/></property>
</beginning>`

// verifyingWorker makes a worker that reports verdicts alone.
func verifyingWorker(t testing.TB, out Output, s Security, table session.Config) *Worker {
	t.Helper()
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	c := rulecomp.Compiler{Registry: reg}
	f, err := c.Parse("test.xml", []byte(properties))
	if err != nil {
		t.Fatal(err)
	}
	s.Rules, s.Output = f.Rules, 4
	w, err := NewWorker(reg, Options{
		StatsPeriod: 5 * second, Security: &s, Encoder: report.NewEncoder(report.CSV, 1, "test"), Output: out, Table: table,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestVerdicts: the lines are the same however many threads verify and however
// packets are grouped, and none is lost.
func TestVerdicts(t *testing.T) {
	packets := traffic.Generate(3, []string{"web", "ssh", "dns"}, 3)
	var want []string
	for threads := range 4 {
		for _, n := range []int{64, 3} {
			var out lines
			w := verifyingWorker(t, &out, Security{Engine: security.Options{Threads: threads, RingSize: 16}}, session.Config{})
			feed(w, packets, n)
			w.Close()
			got := slices.Sorted(strings.Lines(out.String()))
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d threads, bursts of %d: %d verdicts, want %d", threads, n, len(got), len(want))
			}
			counts := w.Verdicts()
			for _, c := range w.VerdictCounts() {
				if c.Outcome != rule.Detected || c.Verdicts != counts[c.Rule] {
					t.Errorf("%d threads: counted %+v by kind, %v by rule", threads, c, counts)
				}
			}
			if len(w.VerdictCounts()) != len(counts) {
				t.Errorf("%d threads: %v by kind, %v by rule", threads, w.VerdictCounts(), counts)
			}
			if total := w.Totals().Reports; total != uint64(len(got)) || counts[1]+counts[2] != total || counts[1] == 0 || counts[2] == 0 {
				t.Errorf("%d threads: %d lines, counted %d, by rule %v", threads, len(got), total, counts)
			}
			if stats := w.Engine().Stats(); stats.Packets != uint64(len(packets)) || stats.Verdicts != uint64(len(got)) {
				t.Errorf("%d threads: %+v", threads, stats)
			}
		}
	}
}

// TestChannelsOfVerdicts: verdicts go to the channels of their own block.
func TestChannelsOfVerdicts(t *testing.T) {
	out := &destinations{}
	w := verifyingWorker(t, out, Security{Engine: security.Options{Threads: 1}}, session.Config{})
	feed(w, traffic.Generate(3, []string{"ssh"}, 1), 64)
	w.Close()
	if len(*out) == 0 || slices.ContainsFunc(*out, func(to Channels) bool { return to != 4 }) {
		t.Errorf("sent to %v", *out)
	}
}

// destinations notes where lines go.
type destinations []Channels

func (d *destinations) Report(to Channels, _ []byte) { *d = append(*d, to) }
func (d *destinations) Tick(int64)                   {}

// TestDescriptions: after a line with the description of its rule, as many as
// wanted have none.
func TestDescriptions(t *testing.T) {
	packets := traffic.Generate(3, []string{"web"}, 3)
	for threads := range 2 {
		for _, c := range []struct {
			never  bool
			ignore int
		}{{false, 0}, {false, 1}, {false, 7}, {true, 0}, {true, 3}} {
			var out lines
			w := verifyingWorker(t, &out, Security{Engine: security.Options{Threads: threads}, NoDescription: c.never, IgnoreDescription: c.ignore}, session.Config{})
			feed(w, packets, 64)
			w.Close()
			seen := map[string]int{}
			for line := range strings.Lines(out.String()) {
				f := strings.SplitN(line, ",", 9)
				want := map[string]string{"1": `"one"`, "2": `"two"`}[f[4]]
				if c.never || seen[f[4]]%(c.ignore+1) != 0 {
					want = `""`
				}
				if f[7] != want {
					t.Errorf("%+v: verdict %d of rule %s has %s, want %s", c, seen[f[4]], f[4], f[7], want)
				}
				seen[f[4]]++
			}
			if len(seen) != 2 || seen["1"] < 20 {
				t.Fatalf("too few verdicts: %v", seen)
			}
		}
	}
}

// TestNoAllocationOfVerdicts: once tables and buffers have their size, verdicts
// cost no allocation.
func TestNoAllocationOfVerdicts(t *testing.T) {
	packets := traffic.Mixed(5, 800)
	length := packets[len(packets)-1].Time - packets[0].Time + 1e6
	for threads := range 2 {
		t.Run(fmt.Sprint("threads=", threads), func(t *testing.T) {
			out := &nowhere{}
			w := verifyingWorker(t, out, Security{Engine: security.Options{Threads: threads}}, session.Config{Max: 512})
			defer w.Close()
			packets := slices.Clone(packets)
			loop := func() {
				feed(w, packets, 64)
				for i := range packets {
					packets[i].Time += length
				}
			}
			for range 12 {
				loop()
			}
			before := out.n
			if n := testing.AllocsPerRun(5, loop); n > 1 { // a ring or a buffer may still grow once
				t.Errorf("%v allocations for %d packets", n, len(packets))
			}
			if out.n == before {
				t.Error("no verdicts were reported")
			}
		})
	}
}
