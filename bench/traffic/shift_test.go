package traffic

import (
	"bytes"
	"slices"
	"testing"
)

// TestShiftMovesIPv4 writes out one case by hand: n = 1 moves by 0x9e3779.
func TestShiftMovesIPv4(t *testing.T) {
	p := frameIP(addr("10.0.0.1"), addr("198.18.255.255"), ip4{src: addr("10.0.0.1"), dst: addr("198.18.255.255"), proto: protoUDP}.build(nil))
	want := slices.Clone(p)
	copy(want[26:], fromHex(t, "0a9e377a"+"c6b13778"))
	Shift(p, 1)
	if !bytes.Equal(p, want) {
		t.Errorf("%x, want %x", p, want)
	}
}

// everyFrame is one frame of every sort that the scenarios make.
func everyFrame() []Packet { return Generate(5, nil, 1) }

// hasIP tells by the scenario's EtherTypes whether Shift must move something.
func hasIP(frame []byte) bool {
	switch typ := uint16(frame[12])<<8 | uint16(frame[13]); typ {
	case etherIPv4, etherIPv6, etherVLAN, etherQinQ, etherMPLS, etherPPPoE:
		return true
	}
	return false
}

func TestShiftAddsUp(t *testing.T) {
	for i, p := range everyFrame() {
		once, twice := slices.Clone(p.Data), slices.Clone(p.Data)
		Shift(once, 12345)
		Shift(twice, 12000)
		Shift(twice, 345)
		if !bytes.Equal(once, twice) {
			t.Fatalf("frame %d: shifts do not add up: %x, %x", i+1, once, twice)
		}
		if bytes.Equal(once, p.Data) == hasIP(p.Data) {
			t.Fatalf("frame %d: shifted %v: %x", i+1, !hasIP(p.Data), p.Data)
		}
		Shift(once, -12345&0xffffffff)
		if !bytes.Equal(once, p.Data) {
			t.Fatalf("frame %d: not taken back: %x, %x", i+1, once, p.Data)
		}
	}
}

// TestShiftKeepsFlows: on every loop both directions still make one flow, and
// a flow that no loop before had.
func TestShiftKeepsFlows(t *testing.T) {
	packets := Mixed(1, 100)
	seen := map[string]bool{}
	want := 0
	for loop := range uint32(20) {
		now := map[string]bool{}
		for _, p := range packets {
			key, _, _ := flowOf(p.Data)
			now[key] = true
			Shift(p.Data, 1)
		}
		if loop == 0 {
			want = len(now)
		}
		if len(now) != want {
			t.Fatalf("loop %d has %d flows, the first one %d", loop, len(now), want)
		}
		for key := range now {
			if seen[key] {
				t.Fatalf("loop %d repeats a flow", loop)
			}
			seen[key] = true
		}
	}
}

func TestShiftAllocatesNothing(t *testing.T) {
	packets := everyFrame()
	if n := testing.AllocsPerRun(3, func() {
		for _, p := range packets {
			Shift(p.Data, 1)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzShift(f *testing.F) {
	for _, p := range Generate(1, []string{"tunnels", "l2", "ipv6"}, 1) {
		f.Add(p.Data, uint32(1))
		f.Add(p.Data[:len(p.Data)/3], uint32(1<<31))
	}
	f.Fuzz(func(t *testing.T, data []byte, n uint32) {
		work := slices.Clone(data)
		Shift(work, n)
		Shift(work, -n)
		if !bytes.Equal(work, data) {
			t.Errorf("%x became %x", data, work)
		}
	})
}

func BenchmarkShift(b *testing.B) {
	packets := Mixed(1, 100)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Shift(packets[i%len(packets)].Data, 1)
	}
}
