package steer_test

import (
	"math/rand/v2"
	"testing"

	"mmt/dataplane"
	"mmt/dataplane/steer"
)

const more = 0x2000 // flag of IPv4 fragments

// pieces is a fragmented IPv4 datagram that carries an IP packet, and where its
// inner and its outer addresses lead.
type pieces struct {
	part         [3]dataplane.Packet
	inner, outer uint64
}

// cut makes the pieces of a datagram of a given identification; v6 puts a
// fragment header of IPv6 around them instead.
func cut(r *rand.Rand, ident int, v6 bool) (x pieces) {
	outer, inner := someEnds(r, 4), someEnds(r, 4)
	if v6 {
		outer = someEnds(r, 16)
	}
	x.inner = steer.HashOf(wide(inner.addr[0]), wide(inner.addr[1]), seed)
	x.outer = steer.HashOf(wide(outer.addr[0]), wide(outer.addr[1]), seed)
	whole := append(ip(inner, 6, segment(inner)), make([]byte, 48)...)
	for i := range x.part {
		data := whole[i*32 : min(i*32+32, len(whole))]
		field := i * 4
		if i < 2 {
			field |= more
		}
		packet := header4(outer, 4, ident, field, data)
		if v6 {
			field6 := u16(i*32 | field>>13)
			packet = header6(outer, 44, append([]byte{4, 0, field6[0], field6[1], 0, 0, byte(ident >> 8), byte(ident)}, data...))
		}
		x.part[i] = linked(0, outer, packet)
		x.part[i].Time = int64(i) * 1e6
	}
	return x
}

// TestFragmentedTunnel sends the fragments of a tunnel's packet in every order.
func TestFragmentedTunnel(t *testing.T) {
	for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		for _, v6 := range []bool{false, true} {
			x := cut(rand.New(rand.NewPCG(1, 1)), 77, v6)
			together, apart := newSteer(t, choice{0, true}, 8), newSteer(t, choice{0, false}, 8)
			want, strays := x.inner, uint64(0)
			if order[0] != 0 {
				want, strays = x.outer, 1
			}
			for _, i := range order {
				if got := together.Hash(&x.part[i]); got != want {
					t.Errorf("order %v, v6 %t: fragment %d goes to %x, want %x", order, v6, i, got, want)
				}
				alone := x.outer
				if i == 0 {
					alone = x.inner
				}
				if got := apart.Hash(&x.part[i]); got != alone {
					t.Errorf("without defragmentation, v6 %t: fragment %d goes to %x, want %x", v6, i, got, alone)
				}
			}
			if got := together.Stats().Strays; got != strays {
				t.Errorf("order %v, v6 %t: %d strays, want %d", order, v6, got, strays)
			}
		}
	}
}

// TestManyInOneTunnel fragments the packets of many inner sessions in one tunnel
// and defragments them. Datagrams and inner sessions stay whole. What cannot be
// is the session of the outer addresses, which counts the fragments that wait
// for others.
func TestManyInOneTunnel(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	tr := trace{name: "one tunnel"}
	first := cut(r, 0, false)
	for k := range 50 {
		x := cut(r, 1000+k, false)
		for i := range x.part {
			copy(x.part[i].Data[26:34], first.part[0].Data[26:34])
			x.part[i].Time = int64(len(tr.packets)) * 1e6
			tr.packets = append(tr.packets, x.part[i])
		}
	}
	got := examine(t, tr, choice{0, true})
	if len(got.sessions) != 51 || len(got.datagrams) != 50 || got.splitPackage != 0 || got.strays != 0 {
		t.Errorf("%d sessions, %d datagrams, %d split, %d strays, want 51, 50, 0, 0", len(got.sessions), len(got.datagrams), got.splitPackage, got.strays)
	}
	if got.splitSession != len(numbers) || len(got.where) != 1 || got.where["ethernet.ip"] == 0 {
		t.Errorf("%d sessions are split: %v, want the outer one for each of %v", got.splitSession, got.where, numbers)
	}
	apart := examine(t, tr, choice{0, false})
	if apart.splitSession != 0 || apart.splitPackage == 0 {
		t.Errorf("without defragmentation %d sessions and %d datagrams are split, want none and some", apart.splitSession, apart.splitPackage)
	}
}

// TestOuterLayer keys sessions by the outermost layer: nothing needs to be
// remembered.
func TestOuterLayer(t *testing.T) {
	x := cut(rand.New(rand.NewPCG(2, 2)), 5, false)
	s := newSteer(t, choice{1, true}, 8)
	for _, i := range []int{2, 0, 1} {
		if got := s.Hash(&x.part[i]); got != x.outer {
			t.Errorf("fragment %d goes to %x, want %x", i, got, x.outer)
		}
	}
}

// TestIdentificationAgain uses an identification again: at once, and after
// fragments whose first one never came.
func TestIdentificationAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	x, y := cut(r, 9, false), cut(r, 9, false)
	for i := range y.part { // the same tunnel, another inner session
		copy(y.part[i].Data[26:34], x.part[i].Data[26:34])
	}
	s := newSteer(t, choice{0, true}, 8)
	for i, want := range []uint64{x.inner, y.inner} {
		for k := range 3 {
			if got := s.Hash(&[]pieces{x, y}[i].part[k]); got != want {
				t.Errorf("datagram %d: fragment %d goes to %x, want %x", i, k, got, want)
			}
		}
	}
	s = newSteer(t, choice{0, true}, 8)
	s.Hash(&x.part[1])
	y.part[0].Time = 31e9
	if got := s.Hash(&y.part[0]); got != y.inner || s.Stats().Strays != 0 {
		t.Errorf("after 31 s a first fragment goes to %x, want %x; %d strays", got, y.inner, s.Stats().Strays)
	}
}
