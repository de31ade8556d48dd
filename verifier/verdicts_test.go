package verifier

import (
	"bytes"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
	"mmt/output"
	"mmt/report"
)

// collect returns Verdicts that write to a buffer.
func collect(t *testing.T, ignore int) (*Verdicts, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	w := output.NewWriter(output.Options{})
	w.Enable(output.ToStdout, output.NewStdout(&out).Channel())
	return NewVerdicts(report.NewEncoder(report.CSV, 3, "trace.pcap"), w, ignore), &out
}

func TestVerdictLine(t *testing.T) {
	v, out := collect(t, 0)
	var values [7]dpi.Value
	values[0].SetIP4([]byte{10, 0, 0, 1})
	values[1].SetU(dpi.U16, 80)
	values[2].SetBytes(dpi.MACAddr, []byte{1, 2, 3, 4, 5, 0xab})
	values[3].SetBytes(dpi.StringPointer, []byte("a\nb"))
	values[4].SetU(dpi.TimeVal, 5_000_001_000)
	values[5].SetFloat(0.5)
	values[6].SetBytes(dpi.IP6Addr, append([]byte{0x20, 1}, make([]byte, 14)...))
	r := &rule.Rule{ID: 12, Type: rule.Security, Description: "so it is", Events: []rule.Event{{Needs: []int{0, 1, 2, 3, 4, 5, 6}}}}
	for _, name := range []string{"ip.src", "tcp.dest_port", "ethernet.src", "http.uri", "meta.utime", "a.b", "ipv6.src"} {
		r.Attributes = append(r.Attributes, rule.Attribute{Name: name})
	}
	v.Add(0, &rule.Verdict{Rule: r, Outcome: rule.NotRespected, Time: 2e9, Counter: 9,
		History: []rule.Occurrence{{Event: 1, Time: 1_000_002_000, Counter: 8, Values: values[:]}}})
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	want := `10,3,"trace.pcap",2.000000,12,"not_respected","security","so it is",` +
		`{"event_1":{"timestamp":1.000002,"counter":8,"attributes":[["ip.src","10.0.0.1"],["tcp.dest_port",80],` +
		`["ethernet.src","01:02:03:04:05:ab"],["http.uri","a.b"],["meta.utime",5000001],["a.b",0.5],["ipv6.src","2001::"]]}}` + "\n"
	if out.String() != want {
		t.Errorf("%swant:\n%s", out, want)
	}
}

func TestIgnoreDescription(t *testing.T) {
	for _, c := range []struct {
		ignore int
		want   string // + with, - without description
	}{{0, "++++++"}, {1, "+-+-+-"}, {2, "+--+--"}, {20, "+-----"}} {
		v, out := collect(t, c.ignore)
		one := &rule.Rule{ID: 1, Description: "first"}
		other := &rule.Rule{ID: 2, Description: "second"}
		for range 6 {
			v.Add(0, &rule.Verdict{Rule: one})
		}
		v.Add(1, &rule.Verdict{Rule: other})
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		got := ""
		lines := strings.SplitAfter(strings.TrimSpace(out.String()), "\n")
		for _, line := range lines[:6] {
			switch {
			case strings.Contains(line, `"attack","first",{`):
				got += "+"
			case strings.Contains(line, `"attack","",{`):
				got += "-"
			}
		}
		if got != c.want || !strings.Contains(lines[6], "second") {
			t.Errorf("ignore %d: %s, want %s; %s", c.ignore, got, c.want, lines[6])
		}
		if counts := v.Counts(); len(counts) != 2 || counts[0] != (RuleCount{1, 6}) || counts[1] != (RuleCount{2, 1}) {
			t.Errorf("counts %v", counts)
		}
	}
}
