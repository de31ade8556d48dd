package analyzer

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/report"
)

// bypassing returns a worker on a kernel, which is not served by a goroutine.
func bypassing(t testing.TB, out Output, k *kernel, table session.Config, packets uint64) *Worker {
	t.Helper()
	var shared *Bypass
	if k != nil {
		shared = newBypass(k, BypassOptions{Packets: packets})
	}
	return withBypass(t, out, table, shared)
}

func withBypass(t testing.TB, out Output, table session.Config, shared *Bypass) *Worker {
	t.Helper()
	reg, services, err := proto.Load()
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWorker(reg, Options{
		StatsPeriod: 5 * second, Sessions: 1, NoSession: 1, Fragmentation: 1, Bypass: shared,
		Forms: InOneForm(report.NewEncoder(report.CSV, 1, "test")), Output: out,
		Dissection: dpi.Options{Services: services}, Table: table,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// bypassOff returns the reports and totals of a trace without bypass.
func bypassOff(t *testing.T, packets []traffic.Packet, table session.Config) (string, *Worker) {
	t.Helper()
	var out lines
	w := bypassing(t, &out, nil, table, 0)
	for i := range packets {
		w.Process(&dataplane.Burst{Packets: [64]dataplane.Packet{packetOf(&packets[i])}, N: 1})
	}
	w.Close()
	return out.String(), w
}

// bypassAtOnce feeds packets one by one; those that are withheld move the clock
// only, as time does in a live run. What is removed comes back at once.
func bypassAtOnce(w *Worker, k *kernel, packets []traffic.Packet) {
	var b dataplane.Burst
	for i := range packets {
		if !k.passes(&packets[i]) {
			w.Idle(packets[i].Time)
			continue
		}
		b.Packets[0], b.N = packetOf(&packets[i]), 1
		w.Process(&b)
		w.bypass.shared.collect()
	}
	w.Close()
}

// differences tells where two sorted lists differ.
func differences(t *testing.T, got, want []string) {
	t.Helper()
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("with bypass:    %s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("without bypass: %s", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines with bypass, %d without", len(got), len(want))
	}
}

// checkProtocols compares the statistics of all protocols.
func checkProtocols(t *testing.T, with, without *Worker) {
	t.Helper()
	for p := range without.Handler().Registry().Protocols {
		got, want := with.Handler().Stats(p.ID), without.Handler().Stats(p.ID)
		if got != want {
			t.Errorf("%s: %+v with bypass, %+v without", p.Name, got, want)
		}
	}
}

// TestBypassSameReports: with and without bypass, all reports are the same but
// for the documented fields, and so are the statistics of protocols.
func TestBypassSameReports(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			packets := elephants(seed)
			want, without := bypassOff(t, packets, session.Config{Max: 4096})
			k := newKernel(64)
			var out lines
			w := bypassing(t, &out, k, session.Config{Max: 4096}, 40)
			bypassAtOnce(w, k, packets)
			differences(t, comparable100(out.String()), comparable100(want))
			checkProtocols(t, w, without)
			checkTotals(t, w, k, len(packets))
			if n := w.Totals().Session.Streams.LostBytes; n != 0 {
				t.Errorf("%d bytes that were not looked at are taken for lost", n)
			}
			if k.adds < 10 {
				t.Errorf("%d sessions were bypassed: too few to tell", k.adds)
			}
		})
	}
}

// checkTotals: every packet was analysed or bypassed, and all flows came back.
func checkTotals(t *testing.T, w *Worker, k *kernel, n int) {
	t.Helper()
	got := w.Totals()
	if got.Packets+got.Bypassed != uint64(n) || got.Bypassed != k.withheld {
		t.Errorf("%d analysed + %d bypassed of %d packets, of which %d were withheld", got.Packets, got.Bypassed, n, k.withheld)
	}
	if got.BypassedFlows != 0 || len(k.index) != 0 || len(k.free) != len(k.places) {
		t.Errorf("after the end: %d flows of the worker, %d in the kernel, %d of %d places free", got.BypassedFlows, len(k.index), len(k.free), len(k.places))
	}
	if got.DissectorPanics != 0 {
		t.Errorf("%d panics", got.DissectorPanics)
	}
}

// TestBypassInterleaved: packets wait between the kernel and the worker, and
// flows come back late. Whatever the order, no packet of a session is counted
// twice or never.
func TestBypassInterleaved(t *testing.T) {
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 2))
		packets := elephants(seed % 8)
		k := newKernel([]int{3, 64}[r.IntN(2)])
		var out lines
		w := bypassing(t, &out, k, session.Config{Max: []int{4096, 20}[r.IntN(2)]}, uint64(20+r.IntN(100)))
		interleave(w, k, packets, r)
		checkTotals(t, w, k, len(packets))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		checkEnds(t, out.String(), packets)
	}
}

// interleave lets packets wait for the worker in a queue, and takes steps of all
// in random order.
func interleave(w *Worker, k *kernel, packets []traffic.Packet, r *rand.Rand) {
	var b dataplane.Burst
	flush := func() {
		w.Process(&b)
		b.N = 0
	}
	for i := range packets {
		if k.passes(&packets[i]) {
			b.Packets[b.N] = packetOf(&packets[i])
			b.N++
		}
		if b.N == dataplane.BurstSize || r.IntN(30) == 0 {
			flush()
		}
		if b.N == 0 && r.IntN(20) == 0 {
			w.Idle(packets[i].Time)
		}
		if r.IntN(50) == 0 {
			w.bypass.shared.collect()
		}
	}
	flush()
	w.Close()
}

// checkEnds compares what reports say of each pair of ends with the trace.
func checkEnds(t *testing.T, text string, packets []traffic.Packet) {
	t.Helper()
	want := map[BypassFlow]BypassTraffic{}
	for i := range packets {
		flow, data, _, _ := outside(packets[i].Data)
		n := want[flow]
		n.Packets++
		n.Bytes += uint64(len(packets[i].Data))
		n.Data += uint64(data)
		want[flow] = n
	}
	got := directions(text)
	for flow, n := range want {
		if got[flow] != n {
			t.Errorf("%v: reports hold %+v, the trace %+v", flow, got[flow], n)
		}
	}
	if len(got) > len(want) {
		t.Errorf("%d ends in reports, %d in the trace", len(got), len(want))
	}
}

// TestBypassFull: sessions that find no place are analysed, and counted.
func TestBypassFull(t *testing.T) {
	packets := elephants(1)
	k := newKernel(1)
	var out lines
	w := bypassing(t, &out, k, session.Config{Max: 4096}, 40)
	bypassAtOnce(w, k, packets)
	checkTotals(t, w, k, len(packets))
	checkEnds(t, out.String(), packets)
	if n := w.Totals().BypassRefused; n == 0 {
		t.Error("no session was refused a place, though there was only one")
	}
}

// TestBypassFails: when flows do not come back, a run ends all the same, with
// what was counted.
func TestBypassFails(t *testing.T) {
	packets := elephants(2)
	k := newKernel(64)
	var failed []error
	var out lines
	w := bypassing(t, &out, k, session.Config{Max: 4096}, 40)
	w.bypass.shared.failed = func(err error) { failed = append(failed, err) }
	k.refuse = true
	bypassAtOnce(w, k, packets)
	if got := w.Totals(); got.Packets+got.Bypassed != uint64(len(packets)) {
		t.Errorf("%d analysed + %d bypassed of %d packets", got.Packets, got.Bypassed, len(packets))
	}
	checkEnds(t, out.String(), packets)
	if len(failed) != 1 || !errors.Is(failed[0], errKernel) {
		t.Errorf("told of %v, want one error", failed)
	}
}
