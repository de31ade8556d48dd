package steer_test

import (
	"math/rand/v2"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/dataplane"
	"mmt/dataplane/steer"
)

var fuzzLinks = []dataplane.LinkType{
	dataplane.LinkEthernet, dataplane.LinkRaw, dataplane.LinkSLL, dataplane.LinkSLL2, dataplane.LinkNull, dataplane.LinkPPP,
	dataplane.LinkPPPoE, dataplane.LinkCHDLC, dataplane.LinkIPv4, dataplane.LinkIPv6, dataplane.LinkRadiotap,
}

// dissectorTunnels are the ports whose tunnels the dissectors tell by content.
var dissectorTunnels = map[uint16]bool{
	1701: true, 2123: true, 2152: true, 3386: true, 4754: true, 4789: true, 4790: true, 6081: true, 6635: true, 8472: true, 37008: true,
}

// isAmbiguous tells whether both ports of an IP layer belong to tunnels: then one
// that cannot lead to IP, and is not known here, may be asked first.
func isAmbiguous(p *dpi.Packet) bool {
	for i := range p.Tuples() {
		if t := &p.Tuples()[i]; t.SrcPort != t.DstPort && dissectorTunnels[t.SrcPort] && dissectorTunnels[t.DstPort] {
			return true
		}
	}
	return false
}

// FuzzTo compares with the IP layer that the dissectors choose.
func FuzzTo(f *testing.F) {
	r := rand.New(rand.NewPCG(9, 9))
	for i := range 60 {
		_, p := stack(r, 1+i%4)
		for k, link := range fuzzLinks {
			if link == p[0].Link {
				f.Add(p[0].Data, uint8(k), uint8(i%6))
			}
		}
	}
	x := cut(r, 1, true)
	f.Add(x.part[0].Data, uint8(0), uint8(0))
	f.Add(x.part[1].Data, uint8(0), uint8(2))
	var handlers [6]*dpi.Handler
	var whole, apart [6]*steer.Steer
	for i := range handlers {
		whole[i], apart[i] = newSteer(f, choice{i, true}, 3), newSteer(f, choice{i, false}, 3)
		handlers[i] = newHandler(f, choice{i, false}, nil)
	}
	f.Fuzz(func(t *testing.T, data []byte, link, layer uint8) {
		in := dataplane.Packet{Data: data, Len: uint32(len(data)), Link: fuzzLinks[int(link)%len(fuzzLinks)]}
		i := int(layer % 6)
		if at := whole[i].PlaceOf(&in); at.Offset != 0 && int(at.Offset) >= len(data) {
			t.Errorf("layer %d: a transport at %d of %d bytes", i, at.Offset, len(data))
		}
		got := apart[i].Hash(&in)
		handlers[i].RemovePacketHandler(1)
		handlers[i].AddPacketHandler(1, func(p *dpi.Packet) {
			want := uint64(0)
			if tuple := p.Tuple(); tuple != nil {
				want = steer.HashOf(tuple.Src, tuple.Dst, seed)
			}
			if got != want && isRead(p) && !isAmbiguous(p) {
				t.Errorf("%s, layer %d: hash %x, want %x", path(p), i, got, want)
			}
		})
		handlers[i].Process([]dataplane.Packet{in})
	})
}
