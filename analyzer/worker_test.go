package analyzer

import (
	"bytes"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/report"
)

// lines collects reports.
type lines struct{ bytes.Buffer }

func (l *lines) Report(_ Channels, line []byte) {
	l.Write(line)
	l.WriteByte('\n')
}
func (l *lines) Tick(int64) {}

// nowhere takes reports and keeps none.
type nowhere struct{ n int }

func (o *nowhere) Report(Channels, []byte) { o.n++ }
func (o *nowhere) Tick(int64)              {}

func newWorker(t testing.TB, out Output, table session.Config) *Worker {
	t.Helper()
	reg, services, err := proto.Load()
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWorker(reg, Options{
		StatsPeriod: 5 * second, Sessions: 1, NoSession: 1, Fragmentation: 1,
		FTP: true, HTTP: true, RTP: true, TLS: true,
		Forms: InOneForm(report.NewEncoder(report.CSV, 1, "test")), Output: out,
		Dissection: dpi.Options{Services: services}, Table: table,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// feed processes packets in bursts of n.
func feed(w *Worker, packets []traffic.Packet, n int) {
	var b dataplane.Burst
	for len(packets) > 0 {
		b.N = min(n, len(packets))
		for i, p := range packets[:b.N] {
			b.Packets[i] = dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet}
		}
		w.Process(&b)
		packets = packets[b.N:]
	}
}

// TestBurstSize: reports must not depend on how packets are grouped.
func TestBurstSize(t *testing.T) {
	packets := traffic.Generate(3, nil, 2)
	var want string
	for _, n := range []int{64, 1, 7} {
		var out lines
		w := newWorker(t, &out, session.Config{})
		feed(w, packets, n)
		w.Close()
		if want == "" {
			want = out.String()
		}
		if got := out.String(); got != want {
			t.Errorf("bursts of %d give other reports", n)
		}
		if got := w.Totals(); got.Packets != uint64(len(packets)) || got.DissectorPanics != 0 {
			t.Errorf("bursts of %d: %+v", n, got)
		}
	}
	if !strings.Contains(want, "\n100,1,") {
		t.Error("no session report")
	}
}

// TestSums: the packets and bytes of all reports are those of the trace.
func TestSums(t *testing.T) {
	packets := traffic.Generate(4, []string{"dns", "web", "l2", "icmp"}, 3)
	var out lines
	w := newWorker(t, &out, session.Config{})
	feed(w, packets, 64)
	w.Close()
	var count, volume int
	for line := range strings.Lines(out.String()) {
		fields := strings.Split(line, ",")
		switch fields[0] {
		case "100":
			volume += atoi(fields[9])
			count += atoi(fields[11])
		case "99":
			volume += atoi(fields[8])
			count += atoi(fields[10])
		}
	}
	want := 0
	for _, p := range packets {
		want += len(p.Data)
	}
	if count != len(packets) || volume != want {
		t.Errorf("reports hold %d packets, %d bytes; the trace %d, %d", count, volume, len(packets), want)
	}
}

// TestIdle: without packets, wall-clock time ends sessions and stats-periods.
func TestIdle(t *testing.T) {
	packets := traffic.Generate(4, []string{"dns"}, 1)
	last := packets[len(packets)-1].Time
	var out lines
	w := newWorker(t, &out, session.Config{})
	w.Idle(packets[0].Time) // nothing to time yet
	feed(w, packets, 64)
	before := out.Len()
	w.Idle(last + 1)
	if out.Len() != before {
		t.Error("a report before the stats-period was over")
	}
	w.Idle(last + 6*second)
	if out.Len() == before {
		t.Error("no report when the stats-period was over")
	}
	if n := w.Totals().Session.Active; n == 0 {
		t.Fatal("no session is left to end")
	}
	w.Idle(last + 2000*second)
	if n := w.Totals().Session.Active; n != 0 {
		t.Errorf("%d sessions outlive their timeout", n)
	}
	before = out.Len()
	w.Close()
	if out.Len() != before {
		t.Error("the end reports again what was reported")
	}
}

func atoi(s string) (n int) {
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

// TestNoAllocation: once tables and buffers have their size, a packet costs no
// allocation, whatever its flow does.
func TestNoAllocation(t *testing.T) {
	packets := traffic.Mixed(5, 1500)
	length := packets[len(packets)-1].Time - packets[0].Time + 1e6
	out := &nowhere{}
	w := newWorker(t, out, session.Config{Max: 512})
	loop := func() {
		feed(w, packets, 64)
		for i := range packets {
			traffic.Shift(packets[i].Data, 1)
			packets[i].Time += length
		}
	}
	for range 12 {
		loop()
	}
	before := out.n
	if n := testing.AllocsPerRun(5, loop); n > 0 {
		t.Errorf("%v allocations for %d packets, want none", n, len(packets))
	}
	if out.n == before {
		t.Error("no reports were written")
	}
}
