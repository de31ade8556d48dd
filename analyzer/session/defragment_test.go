package session_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// fragmentsOf cuts the payload of an IP packet at the given offsets, of which
// the first is 0 and the last its length.
func fragmentsOf(whole []byte, id uint16, at ...int) (fragments [][]byte) {
	header := 20
	if whole[0]>>4 == 6 {
		header = 40
	}
	payload := whole[header:]
	for i, from := range at[:len(at)-1] {
		fragments = append(fragments, piece(whole, id, from, payload[from:at[i+1]], at[i+1] < len(payload)))
	}
	return fragments
}

// piece returns a fragment of the datagram whole with the given data.
func piece(whole []byte, id uint16, from int, data []byte, more bool) []byte {
	field := uint16(0)
	if more {
		field = 1
	}
	if whole[0]>>4 == 6 {
		b := slices.Clone(whole[:40])
		b[6] = 44
		binary.BigEndian.PutUint16(b[4:], uint16(8+len(data)))
		b = append(b, whole[6], 0)
		b = binary.BigEndian.AppendUint16(b, uint16(from)|field)
		b = binary.BigEndian.AppendUint32(b, uint32(id))
		return append(b, data...)
	}
	b := slices.Clone(whole[:20])
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(data)))
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], uint16(from/8)|field<<13)
	return append(b, data...)
}

// text is n bytes without a pattern.
func text(n int) string {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(uint64(n), 1))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// datagram is a UDP datagram of n bytes.
func datagram(v6 bool, n int) []byte {
	s := seg{proto: 17, data: text(n)}
	if v6 {
		s.from, s.to = "[2001:db8::1]:1000", "[2001:db8::2]:53"
	}
	return s.bytes()
}

// watchStreams returns where the streams of a probe's packets go.
func (x *probe) watchStreams() *[]string {
	var got []string
	x.last = func(p *dpi.Packet) {
		if len(p.Stream) > 0 {
			got = append(got, string(p.Stream))
		}
	}
	return &got
}

func TestDefragmentation(t *testing.T) {
	const n = 2992 // with the UDP header 3000 bytes
	cuts := []int{0, 800, 1600, 2400, 3000}
	for _, v6 := range []bool{false, true} {
		whole := datagram(v6, n)
		parts := fragmentsOf(whole, 7, cuts...)
		for name, order := range map[string][]int{
			"in order": {0, 1, 2, 3}, "reverse": {3, 2, 1, 0}, "mixed": {2, 0, 3, 1}, "copies": {0, 0, 1, 2, 2, 1, 3},
		} {
			x := newProbe(t, session.Config{}, settings{defragment: true})
			got := x.watchStreams()
			for _, i := range order {
				x.send(parts[i])
			}
			if len(*got) != 1 || (*got)[0] != text(n) {
				t.Errorf("IPv6 %v, %s: %d datagrams", v6, name, len(*got))
				continue
			}
			if x.flow == nil || x.session().Data[0] != n || x.session().Port[0] == 0 {
				t.Errorf("IPv6 %v, %s: the datagram's session is not right", v6, name)
			}
			s := x.table.Stats()
			if s.Fragments.Datagrams != 1 || s.Fragments.Fragments != uint64(len(order)) || s.Fragments.Memory != 0 || s.Created != 1 {
				t.Errorf("IPv6 %v, %s: %+v", v6, name, s)
			}
		}
	}
}

// TestFragmentsCountOnce checks that every fragment of a datagram counts for its
// session, and that none counts twice.
func TestFragmentsCountOnce(t *testing.T) {
	for _, defragment := range []bool{false, true} {
		for _, v6 := range []bool{false, true} {
			x := newProbe(t, session.Config{}, settings{defragment: defragment})
			bytes := uint64(0)
			for _, f := range fragmentsOf(datagram(v6, 2992), 9, 0, 800, 1600, 3000) {
				x.send(f)
				bytes += uint64(len(f))
			}
			if s := x.session(); x.table.Len() != 1 || s.Packets[0] != 3 || s.Bytes[0] != bytes {
				t.Errorf("defragmentation %v, IPv6 %v: %d sessions, the last with %d packets, %d bytes, want 3 and %d", defragment, v6, x.table.Len(), s.Packets[0], s.Bytes[0], bytes)
			}
		}
	}
}

func TestFragmentWithoutItsFirst(t *testing.T) {
	parts := fragmentsOf(datagram(false, 2992), 9, 0, 1600, 3000)
	x := newProbe(t, session.Config{}, settings{defragment: true})
	if x.send(parts[1]); x.flow != nil {
		t.Error("a fragment whose ports are not known has a session though its first is waited for")
	}
	x = newProbe(t, session.Config{}, settings{})
	if x.send(parts[1]); x.flow == nil || x.session().Port[0] != 0 {
		t.Error("without defragmentation, a fragment alone is no session of its own")
	}
	x.at += 40 * second
	x.send(parts[0])
	first := x.flow
	if x.after(40e6).send(parts[1]); x.flow == first {
		t.Error("ports are remembered for too long")
	}
}

// TestWholeDatagramKeepsItsHeader checks that rules still see the last fragment
// as what it was.
func TestWholeDatagramKeepsItsHeader(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		parts := fragmentsOf(datagram(v6, 2992), 9, 0, 1600, 3000)
		x := newProbe(t, session.Config{}, settings{defragment: true})
		header := 20
		if v6 {
			header = 48
		}
		x.last = func(p *dpi.Packet) {
			if len(p.Stream) > 0 && (!slices.Equal(p.Data[:header], parts[1][:header]) || !p.Tuple().Part || len(p.Data) != header+3000) {
				t.Errorf("IPv6 %v: header % x of %d bytes", v6, p.Data[:header], len(p.Data))
			}
		}
		x.send(parts[0])
		x.send(parts[1])
		if n := x.table.Stats().Fragments.Datagrams; n != 1 {
			t.Errorf("IPv6 %v: %d datagrams", v6, n)
		}
	}
}

func TestOverlappingFragments(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		whole := datagram(v6, 1592)
		payload := whole[len(whole)-1600:]
		forged := make([]byte, 400)
		x := newProbe(t, session.Config{}, settings{defragment: true})
		got := x.watchStreams()
		x.send(piece(whole, 3, 0, payload[:800], true))
		x.send(piece(whole, 3, 600, forged, true))
		x.send(piece(whole, 3, 800, payload[800:], false))
		want := 1
		if v6 {
			want = 0 // RFC 5722
		}
		if len(*got) != want {
			t.Errorf("IPv6 %v: %d datagrams, want %d", v6, len(*got), want)
		} else if want == 1 && (*got)[0] != string(payload[8:1000-200])+string(forged[200:])+string(payload[1000:]) {
			t.Error("the first copy of overlapping bytes does not stay")
		}
		if s := x.table.Stats().Fragments; s.Overlaps == 0 {
			t.Errorf("IPv6 %v: %+v", v6, s)
		}
	}
}

func TestImpossibleFragments(t *testing.T) {
	whole := datagram(false, 1592)
	payload := whole[20:]
	for name, parts := range map[string][][]byte{
		"beyond the largest datagram": {piece(whole, 3, 65528, payload[:800], false), piece(whole, 3, 0, payload[:800], true)},
		"odd length":                  {piece(whole, 3, 0, payload[:801], true), piece(whole, 3, 800, payload[800:], false)},
		"two ends":                    {piece(whole, 3, 800, payload[800:], false), piece(whole, 3, 800, payload[800:1200], false), piece(whole, 3, 1600, payload[:8], true)},
		"end before what is there":    {piece(whole, 3, 800, payload[800:], true), piece(whole, 3, 800, payload[800:1200], false)},
		"no bytes":                    {piece(whole, 3, 800, nil, false)},
	} {
		x := newProbe(t, session.Config{}, settings{defragment: true})
		for _, p := range parts {
			x.send(p)
		}
		if s := x.table.Stats().Fragments; s.Datagrams != 0 || s.Invalid == 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
	x := newProbe(t, session.Config{}, settings{defragment: true})
	x.sendCut(piece(whole, 3, 0, payload[:800], true), 500)
	if s := x.table.Stats().Fragments; s.Cut != 1 || x.flow == nil {
		t.Errorf("a fragment that was cut: %+v", s)
	}
}

func TestFragmentsAreGivenUp(t *testing.T) {
	const memory = 64 << 10
	x := newProbe(t, session.Config{FragmentMemory: memory}, settings{defragment: true})
	for i := range 10000 {
		x.send(fragmentsOf(datagram(false, 2992), uint16(i), 0, 1600, 3000)[i%2])
		if n := x.table.Stats().Fragments.Memory; n > memory {
			t.Fatalf("%d bytes wait", n)
		}
	}
	evicted := x.table.Stats().Fragments.Evicted
	if evicted < 9000 {
		t.Errorf("%d evicted", evicted)
	}
	x.at += 31 * second
	x.table.Advance(x.at)
	if s := x.table.Stats().Fragments; s.Memory != 0 || s.Expired != 10000-evicted {
		t.Errorf("after their time: %+v", s)
	}
}

func TestManyDatagramsAtATime(t *testing.T) {
	x := newProbe(t, session.Config{}, settings{defragment: true})
	const n = 3000
	for turn := range 2 {
		for i := range n {
			x.send(fragmentsOf(datagram(false, 992), uint16(i), 0, 496, 1000)[turn])
		}
	}
	if s := x.table.Stats().Fragments; s.Datagrams != n {
		t.Errorf("%+v", s)
	}
}

func TestFragmentsInTunnels(t *testing.T) {
	inner := fragmentsOf(datagram(false, 2992), 5, 0, 1600, 3000)
	x := newProbe(t, session.Config{}, settings{defragment: true})
	got := x.watchStreams()
	for i, f := range inner {
		outer := ip(addr("192.0.2.1"), addr("192.0.2.2"), 4, f)
		for _, g := range fragmentsOf(outer, uint16(100+i), 0, 800, len(outer)-20) {
			x.send(g)
		}
	}
	if len(*got) != 1 || (*got)[0] != text(2992) {
		t.Errorf("%d datagrams of fragments within fragments, %+v", len(*got), x.table.Stats().Fragments)
	}
}

func FuzzDefragment(f *testing.F) {
	f.Add(uint64(1), uint16(3000), []byte{0, 1, 2, 3})
	f.Add(uint64(2), uint16(65000), []byte{9, 8, 200, 7, 7, 255, 0})
	f.Fuzz(func(t *testing.T, seed uint64, size uint16, order []byte) {
		n := int(size)%60000 + 16
		whole := datagram(seed%2 == 1, n)
		cuts := []int{0}
		r := rand.New(rand.NewPCG(seed, 0))
		for at := 0; ; {
			if at += 8 * (1 + r.IntN(1+n/8/10)); at >= n+8 {
				break
			}
			cuts = append(cuts, at)
		}
		parts := fragmentsOf(whole, 77, append(cuts, n+8)...)
		x := newProbe(t, session.Config{}, settings{defragment: true})
		got := x.watchStreams()
		for _, i := range order {
			x.send(parts[int(i)%len(parts)])
		}
		for _, p := range parts {
			x.send(p)
		}
		for _, g := range *got {
			if g != text(n) {
				t.Fatalf("a datagram of %d bytes comes out with %d, or changed", n, len(g))
			}
		}
		if len(parts) > 1 && len(parts) < 100 && len(*got) == 0 {
			t.Fatalf("no datagram of %s", fmt.Sprint(cuts))
		}
	})
}
