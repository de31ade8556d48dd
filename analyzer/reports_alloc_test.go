package analyzer

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/bench/traffic"
	"mmt/report"
)

// TestReportsNoAllocation holds that reports of RADIUS messages, of small flows and of
// mobile networks take no memory once they have seen some traffic.
func TestReportsNoAllocation(t *testing.T) {
	reg, services, err := proto.Load()
	if err != nil {
		t.Fatal(err)
	}
	out := new(nowhere)
	w, err := NewWorker(reg, Options{
		StatsPeriod: 5 * second, Sessions: 1, RADIUS: RADIUS{Output: 1}, LTE: 1,
		MicroFlows: MicroFlows{Output: 1, Packets: 4, Bytes: 500, ReportFlows: 3},
		Forms:      InOneForm(report.NewEncoder(report.CSV, 1, "test")), Output: out, Dissection: dpi.Options{Services: services},
	})
	if err != nil {
		t.Fatal(err)
	}
	packets := traffic.Generate(3, []string{"radius", "dns"}, 20)
	length := packets[len(packets)-1].Time - packets[0].Time + 100*second
	again := func() {
		feed(w, packets, 32)
		for i := range packets {
			packets[i].Time += length // the sessions before end as small flows
		}
	}
	for range 3 {
		again()
	}
	before := out.n
	if n := testing.AllocsPerRun(5, again); n > 0 {
		t.Errorf("%v allocations of %d packets", n, len(packets))
	}
	if out.n == before {
		t.Error("nothing was reported")
	}
}
