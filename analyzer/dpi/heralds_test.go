package dpi_test

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/dataplane"
)

func heraldsOf(t *testing.T, list ...dpi.Herald) *dpi.Heralds {
	t.Helper()
	reg := dpi.NewRegistry()
	if err := reg.Register(dpi.Protocol{ID: 7, Name: "seven", Heralds: list}); err != nil {
		t.Fatal(err)
	}
	if err := reg.Freeze(); err != nil {
		t.Fatal(err)
	}
	return reg.Heralds()
}

func TestHeralds(t *testing.T) {
	set := heraldsOf(t,
		dpi.Herald{L4: 6, Ports: []uint16{53}},
		dpi.Herald{L4: 17, Ports: []uint16{3478}, Mask: 0xfc << 56},
		dpi.Herald{L4: 17, At: 2, Mask: 0xffff, Value: 0x1234},
		dpi.Opening(17, "INVITE "), dpi.Opening(17, "SIP/2.0 and more"))
	for _, c := range []struct {
		name     string
		l4       uint8
		src, dst uint16
		payload  string
		want     bool
	}{
		{"port of all packets, without payload", 6, 53, 9, "", true},
		{"the other end's", 6, 9, 53, "anything", true},
		{"the port of another transport", 17, 9, 53, "anything", false},
		{"another transport", 132, 53, 53, "INVITE sip:a", false},
		{"opening", 17, 9, 9, "INVITE sip:a", true},
		{"opening, cut", 17, 9, 9, "INVITE", false},
		{"another opening", 17, 9, 9, "INVITATION", false},
		{"eight bytes of an opening count", 17, 9, 9, "SIP/2.0 200", true},
		{"bits on a port", 17, 9, 3478, "\x03\xff......", true},
		{"other bits on the port", 17, 9, 3478, "\x04\xff......", false},
		{"the bits on another port", 17, 9, 3479, "\x03\xff......", false},
		{"further on", 17, 9, 9, "..abcdef\x12\x34", true},
		{"further on, cut", 17, 9, 9, "..abcdef\x12", false},
	} {
		if got := set.Is(c.l4, c.src, c.dst, []byte(c.payload)); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
	if set.Of(132) || !set.Of(6) {
		t.Error("the transports are not those that were described")
	}
}

// TestDescribedHeralds: every description can be met, and none is met by every
// packet.
func TestDescribedHeralds(t *testing.T) {
	reg, _, err := proto.Load()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for p := range reg.Protocols {
		for _, h := range p.Heralds {
			n++
			if h.Value&^h.Mask != 0 || h.Mask == 0 && len(h.Ports) == 0 || h.At < 0 {
				t.Errorf("%s: %+v", p.Name, h)
			}
		}
	}
	if n == 0 {
		t.Error("no protocol has heralds")
	}
}

// others is what protocol 7 of TestLearns knows of other hosts.
type others struct{ n int }

// TestLearns: a protocol adds to what its handler knows only with its heralds,
// and only where the handler learns.
func TestLearns(t *testing.T) {
	reg := dpi.NewRegistry()
	learn := func(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
		p.AddTuple(p.Data[:4], p.Data[4:8], 17)
		p.SetPorts(9, uint16(p.Data[8]))
		if p.Handler().Learns() {
			dpi.Shared[others](p.Handler(), 7).n++
		}
		return dpi.Stop, off
	}
	err := reg.Register(dpi.Protocol{ID: 7, Name: "seven", Next: learn,
		Shared: func() any { return new(others) }, Heralds: []dpi.Herald{{L4: 17, Ports: []uint16{53}}}})
	if err != nil {
		t.Fatal(err)
	}
	reg.SetRoot(1, func(*dpi.Packet) (dpi.ProtocolID, int) { return 7, 0 })
	common := dpi.NewKnowledge(reg)
	for _, c := range []struct {
		name string
		o    dpi.Options
		want int
	}{
		{"alone", dpi.Options{}, 1},
		{"another one learns", dpi.Options{Knowledge: common}, 0},
		{"learns for another one", dpi.Options{Knowledge: common, Learn: true}, 1},
		{"knows what was learned", dpi.Options{Knowledge: common}, 1},
	} {
		h, err := dpi.NewHandler(reg, nil, c.o)
		if err != nil {
			t.Fatal(err)
		}
		for _, port := range []byte{53, 54} {
			h.Process([]dataplane.Packet{{Link: 1, Data: append(make([]byte, 8), port)}})
		}
		if got := dpi.Shared[others](h, 7).n; got != c.want {
			t.Errorf("%s: learned %d times, want %d", c.name, got, c.want)
		}
	}
}
