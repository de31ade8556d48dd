package analyzer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"mmt/analyzer/proto"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/dataplane/steer"
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

// verifyingWorkers makes workers that report verdicts, and nothing else.
func verifyingWorkers(t testing.TB, out Output, n int, s Security, table session.Config) (list []*Worker) {
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
	s.Rules, s.Output, s.Forms = f.Rules, 4, InOneForm(report.NewEncoder(report.CSV, 1, "test"))
	v, err := NewVerifier(s, n)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		w, err := NewWorker(reg, Options{
			Thread: uint32(i), StatsPeriod: 5 * second, Verifier: v, Forms: s.Forms, Output: out, Table: table,
		})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, w)
	}
	return list
}

// oneWorker is a worker and what verifies its packets.
type oneWorker struct {
	*Worker
	out Output
}

func verifyingWorker(t testing.TB, out Output, s Security, table session.Config) *oneWorker {
	t.Helper()
	return &oneWorker{verifyingWorkers(t, out, 1, s, table)[0], out}
}

func (w *oneWorker) Close() {
	w.Worker.Close()
	w.Verifier().Close(w.out)
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
			feed(w.Worker, packets, n)
			w.Close()
			got := slices.Sorted(strings.Lines(out.String()))
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d threads, bursts of %d: %d verdicts, want %d", threads, n, len(got), len(want))
			}
			counts := w.Verifier().Verdicts()
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
			if stats := w.Verifier().Engine().Stats(); stats.Packets != uint64(len(packets)) || stats.Verdicts != uint64(len(got)) {
				t.Errorf("%d threads: %+v", threads, stats)
			}
		}
	}
}

// together is an output that several workers have.
type together struct {
	mu sync.Mutex
	lines
}

func (o *together) Report(to Channels, line []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines.Report(to, line)
}

// byRule returns the lines of verdicts by rule, in their order.
func byRule(lines string) map[string][]string {
	m := map[string][]string{}
	for line := range strings.Lines(lines) {
		id := strings.SplitN(line, ",", 6)[4]
		m[id] = append(m[id], line)
	}
	return m
}

// shareOut lets workers analyse packets in bursts, each in a goroutine of its own.
func shareOut(t *testing.T, workers []*Worker, packets []traffic.Packet) {
	t.Helper()
	st, err := steer.New(steer.Options{Analyzers: len(workers)})
	if err != nil {
		t.Fatal(err)
	}
	var bursts []*dataplane.Burst
	var shares []*Share
	number := uint64(1)
	for burst := range slices.Chunk(packets, 10) {
		b, s := &dataplane.Burst{N: len(burst)}, &Share{First: number}
		for i, p := range burst {
			b.Packets[i] = dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet}
		}
		st.Burst(b, &s.To)
		s.Deal(b, len(workers), 0)
		bursts, shares, number = append(bursts, b), append(shares, s), number+uint64(len(burst))
	}
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(func() {
			for i, b := range bursts {
				w.ProcessShare(b, shares[i])
			}
			w.Close()
		})
	}
	all.Wait()
}

// TestVerdictsOfWorkers: the lines of a rule and their order are the same however
// many workers share the packets.
func TestVerdictsOfWorkers(t *testing.T) {
	packets := traffic.Generate(3, []string{"web", "ssh", "dns", "scans"}, 3)
	var out lines
	one := verifyingWorker(t, &out, Security{}, session.Config{})
	feed(one.Worker, packets, 64)
	one.Close()
	want := byRule(out.String())
	for n := 2; n <= 4; n++ {
		for threads := range 3 {
			out := &together{}
			workers := verifyingWorkers(t, out, n, Security{Engine: security.Options{Threads: threads, RingSize: 16}}, session.Config{})
			shareOut(t, workers, packets)
			v := workers[0].Verifier()
			v.Close(out)
			if got := byRule(out.String()); !maps.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%d workers, %d threads each: other verdicts than of one worker", n, threads)
			}
			var lines, counted, verdicts uint64
			for _, w := range workers {
				lines += w.Totals().Reports
				for _, c := range w.VerdictCounts() {
					counted += c.Verdicts
				}
			}
			for _, k := range v.Verdicts() {
				verdicts += k
			}
			if stats := v.Engine().Stats(); stats.Packets != uint64(len(packets)) || stats.Verdicts != lines || counted != lines || verdicts != lines || lines == 0 {
				t.Errorf("%d workers, %d threads each: %d lines, %d and %d counted, %+v", n, threads, lines, counted, verdicts, stats)
			}
		}
	}
}

// TestTooManyWorkers: each worker of a verifier has a number of its own.
func TestTooManyWorkers(t *testing.T) {
	w := verifyingWorkers(t, &nowhere{}, 2, Security{}, session.Config{})
	v := w[0].Verifier()
	for _, number := range []uint32{0, 2} {
		if _, err := NewWorker(w[0].Handler().Registry(), Options{Thread: number, Verifier: v}); err == nil {
			t.Errorf("a third worker %d", number)
		}
	}
	v.Close(nil)
}

// TestChannelsOfVerdicts: verdicts go to the channels of their own block.
func TestChannelsOfVerdicts(t *testing.T) {
	out := &destinations{}
	w := verifyingWorker(t, out, Security{Engine: security.Options{Threads: 1}}, session.Config{})
	feed(w.Worker, traffic.Generate(3, []string{"ssh"}, 1), 64)
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
			feed(w.Worker, packets, 64)
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
				feed(w.Worker, packets, 64)
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
