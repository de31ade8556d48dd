package steer_test

import (
	"math/rand/v2"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/dataplane"
	"mmt/dataplane/steer"
)

// wide returns an address as 16 bytes, IPv4 after ::ffff.
func wide(a []byte) (w [16]byte) {
	if len(a) == 4 {
		w[10], w[11] = 0xff, 0xff
		copy(w[12:], a)
		return w
	}
	copy(w[:], a)
	return w
}

// stack is a packet of several IP layers, outermost first, and the same with all
// ends swapped.
func stack(r *rand.Rand, depth int) (layers []ends, packet [2]dataplane.Packet) {
	for range depth {
		layers = append(layers, someEnds(r, 4+12*r.IntN(2)))
	}
	which, link := make([]int, depth), r.IntN(links)
	for i := range which {
		which[i] = r.IntN(tunnels)
	}
	for d := range packet {
		at := func(i int) ends {
			if d == 1 {
				return layers[i].swapped()
			}
			return layers[i]
		}
		data := ip(at(depth-1), 6, segment(at(depth-1)))
		for i := depth - 2; i >= 0; i-- {
			data = tunnel(which[i], at(i), at(i+1), data)
		}
		packet[d] = linked(link, at(0), data)
	}
	return layers, packet
}

// TestDirections builds packets of one to three IP layers, as many as fit into the
// longest path: both directions go where the addresses of the chosen layer lead.
func TestDirections(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		layers, packet := stack(r, 1+r.IntN(3))
		for layer := range 6 {
			chosen := layers[len(layers)-1]
			if layer > 0 && layer <= len(layers) {
				chosen = layers[layer-1]
			}
			want := steer.HashOf(wide(chosen.addr[0]), wide(chosen.addr[1]), seed)
			s := newSteer(t, choice{layer, layer%2 == 0}, 8)
			for d := range packet {
				if got := s.Hash(&packet[d]); got != want {
					t.Fatalf("layer %d of %d, direction %d: hash %x, want %x\n%x", layer, len(layers), d, got, want, packet[d].Data)
				}
			}
		}
	}
}

// TestRange checks that every analyzer of any number is chosen, and no other.
func TestRange(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 3, 7, 64, steer.MaxAnalyzers} {
		s := newSteer(t, choice{}, n)
		hits := make([]int, n)
		for range 40 * n {
			e := someEnds(r, 4)
			p := linked(0, e, ip(e, 6, segment(e)))
			hits[s.To(&p)]++
		}
		for i, k := range hits {
			if k == 0 {
				t.Errorf("analyzer %d of %d gets nothing", i, n)
			}
		}
	}
}

// TestNoIP has packets that no session can be made of.
func TestNoIP(t *testing.T) {
	s := newSteer(t, choice{}, 256)
	for _, p := range []dataplane.Packet{
		{}, {Link: dataplane.LinkEthernet, Data: frame(0x0806, make([]byte, 28))},
		{Link: dataplane.LinkEthernet, Data: frame(0x0800, []byte{0x45})},
		{Link: dataplane.LinkRadiotap, Data: make([]byte, 100)}, {Link: 60000, Data: make([]byte, 100)},
	} {
		if to := s.To(&p); to != 0 {
			t.Errorf("link %d, %x goes to %d, want 0", p.Link, p.Data, to)
		}
	}
}

// TestBurst compares with packets one by one.
func TestBurst(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var b dataplane.Burst
	var to [dataplane.BurstSize]uint8
	s := newSteer(t, choice{}, 5)
	for b.N = range dataplane.BurstSize {
		_, p := stack(r, 1+r.IntN(2))
		b.Packets[b.N] = p[0]
	}
	s.Burst(&b, &to)
	for i := range b.N {
		if one := s.To(&b.Packets[i]); one != int(to[i]) {
			t.Errorf("packet %d goes to %d in a burst, alone to %d", i, to[i], one)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []steer.Options{{}, {Analyzers: -1}, {Analyzers: steer.MaxAnalyzers + 1}, {Analyzers: 2, Layer: -1}} {
		if s, err := steer.New(o); err == nil || s != nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

// TestFrameTypes compares with what the dissectors take for a frame.
func TestFrameTypes(t *testing.T) {
	for n := 1501; n < 1<<16; n++ {
		if got, want := steer.LooksLikeFrame(uint16(n)), id.ByEtherType(uint16(n)) != dpi.Unknown; got != want {
			t.Errorf("EtherType %#04x looks like a frame: %t, want %t", n, got, want)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var list []dataplane.Packet
	for range 1000 {
		_, p := stack(r, 1+r.IntN(4))
		list = append(list, p[0])
	}
	s := newSteer(t, choice{0, true}, 8)
	sum := 0
	if n := testing.AllocsPerRun(10, func() {
		for i := range list {
			sum += s.To(&list[i]) + int(s.PlaceOf(&list[i]).Offset)
		}
	}); n != 0 || sum == 0 {
		t.Errorf("%v allocations for %d packets", n, len(list))
	}
}
