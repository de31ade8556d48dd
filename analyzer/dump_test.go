package analyzer

import (
	"testing"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/dump"
	"mmt/analyzer/proto"
	"mmt/analyzer/proto/id"
	"mmt/bench/traffic"
	"mmt/dataplane"
)

// TestCopiesAllocateNothing: packets that are written, or kept for verdicts, cost the
// analysing thread no allocation.
func TestCopiesAllocateNothing(t *testing.T) {
	all, err := dump.Open(dump.Options{Dir: t.TempDir(), Threads: 1, Period: 1 << 62, Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	evidence, err := dump.OpenEvidence(dump.EvidenceOptions{Dir: t.TempDir(), Threads: 1, RingSize: 1 << 20, Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	d := &dumping{feed: all.Feed(0)}
	d.wanted[id.Ethernet] = true
	m := &remembering{evidence.Recorder(0)}
	reg, _, err := proto.Load()
	if err != nil {
		t.Fatal(err)
	}
	h, err := dpi.NewHandler(reg, nil, dpi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for number, f := range []dpi.PacketHandler{d.packet, m.packet} {
		if err := h.AddPacketHandler(number, f); err != nil {
			t.Fatal(err)
		}
	}
	var packets []dataplane.Packet
	for _, p := range traffic.Mixed(5, 200) {
		packets = append(packets, dataplane.Packet{Data: p.Data, Len: uint32(len(p.Data)), Time: p.Time, Link: dataplane.LinkEthernet})
	}
	loop := func() {
		h.Process(packets)
		d.endBurst(packets[len(packets)-1].Time)
		m.endBurst(packets[len(packets)-1].Time)
	}
	loop()
	// What the writer allocates for its first file is not part of what is measured.
	for begun := time.Now(); all.Stats().Packets == 0; time.Sleep(time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatal("no packet was written within a minute")
		}
	}
	if n := testing.AllocsPerRun(5, loop); n > 0 {
		t.Errorf("%v allocations for %d packets, want none", n, len(packets))
	}
	d.close()
	if err := all.Close(); err != nil {
		t.Fatal(err)
	}
	if err := evidence.Close(); err != nil {
		t.Fatal(err)
	}
	if s := all.Stats(); s.Packets != 7*uint64(len(packets)) || s.Lost != 0 {
		t.Errorf("%+v, want %d packets", s, 7*len(packets))
	}
}
