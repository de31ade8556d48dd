package transport

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Lengths in bytes of what in-band telemetry puts behind the header of TCP or
// UDP before the metadata.
const (
	intShim    = 4
	intHeader1 = 8  // version 1
	intHeader2 = 12 // version 2
)

// INT is in-band network telemetry of type MD (hop by hop) over TCP and UDP:
// "In-band Network Telemetry (INT) Dataplane Specification" of P4.org, version
// 1.0 sections 4.6.1 and 4.7, version 2.1 sections 5.7.2 and 5.8. Switches put a
// shim header, a metadata header and the metadata of each hop before the payload
// of a flow and take them off again at its last hop. Both ends never see them,
// thus they are no payload here either.
//
// The specifications leave open how a packet is marked. Deployments set the DSCP
// of the IP header, so that telemetry is only looked for where it is not zero,
// or where the shim header says that it took the place of the UDP port.
var INT = dpi.Protocol{
	ID:         id.Int,
	Name:       "int",
	Attributes: intAttributes,
	Shim:       true,
	Next:       nextINT,
	Context:    func() any { return new(intLists) },
}

// The instruction bits: what each hop was asked for, most significant bit
// first. Bits 8 and 9 of version 1 are those of the switches of L4S and of cloud
// gaming; in version 2 bit 8 is the occupancy of a buffer.
const (
	intSwitchID uint16 = 1 << (15 - iota)
	intPorts
	intLatency
	intQueue
	intIngressTime
	intEgressTime
	intPorts2
	intTxUtilization
	intL4S
	intCloudGaming
	intReserved uint16 = 0x003e
	intChecksum uint16 = 0x0001
)

// intGamingWords is the length of the metadata of cloud gaming.
const intGamingWords = 7

// intLayout says how many words of four bytes the metadata have that
// implementations disagree about: time stamps, ports of level 2, and bit 8.
type intLayout struct{ time, ports2, bit8 uint8 }

// The layouts, tried in this order until one fills the length that a hop has by
// the header. Version 1: time stamps were specified with one word and are sent
// with two; ports of level 2 were specified with one word each and are sent with
// a half; L4S is sent with and without the probability.
var (
	intLayouts1 = []intLayout{{2, 1, 2}, {2, 2, 2}, {2, 1, 1}, {2, 2, 1}, {1, 2, 2}, {1, 2, 1}, {1, 1, 2}, {1, 1, 1}}
	intLayouts2 = []intLayout{{2, 2, 1}, {2, 2, 2}}
)

// words returns how many words the metadata of instruction bits take.
func (l intLayout) words(instructions uint16) int {
	n := bits.OnesCount16(instructions & (intSwitchID | intPorts | intLatency | intQueue | intTxUtilization | intChecksum))
	n += bits.OnesCount16(instructions&(intIngressTime|intEgressTime)) * int(l.time)
	if instructions&intPorts2 != 0 {
		n += int(l.ports2)
	}
	if instructions&intL4S != 0 {
		n += int(l.bit8)
	}
	if instructions&intCloudGaming != 0 {
		n += intGamingWords
	}
	return n
}

// intStack is what the headers of telemetry announce.
type intStack struct {
	version      uint8
	instructions uint16
	layout       intLayout
	end          int    // length of headers and metadata, bytes
	hop          int    // length of the metadata of one hop, bytes
	hops         int    // the latest hop is the first
	data         []byte // metadata, as far as captured
}

// parse reads the telemetry that d begins with, of which wire bytes were sent.
// It fails unless everything that the headers say fits together.
func (s *intStack) parse(d []byte, wire int) bool {
	if len(d) < intShim+intHeader1 {
		return false
	}
	words := 0 // of metadata
	switch {
	case d[0] <= 1 && d[1] == 0 && d[4]>>4 == 1:
		s.version, s.end = 1, int(d[2])*4
		words = int(d[2]) - (intShim+intHeader1)/4
	case d[0]&0xf3 == 0x10 && d[4]>>4 == 2 && d[4]&1 == 0 && len(d) >= intShim+intHeader2:
		s.version, s.end = 2, int(d[1])*4+intShim
		words = int(d[1]) - intHeader2/4
	}
	// Seven reserved bits after the flag for a full packet, three more before
	// the length of a hop.
	if s.version == 0 || words < 0 || s.end > wire || d[5]&0x7f != 0 || d[6]>>5 != 0 {
		return false
	}
	s.data = d[min(s.end-4*words, len(d)):min(s.end, len(d))]
	s.instructions = binary.BigEndian.Uint16(d[8:])
	own := s.version == 2 && binary.BigEndian.Uint16(d[12:]) != 0 // metadata of one domain
	return s.fit(int(d[6]&0x1f), words, own)
}

// fit finds the layout of hops of the given length that make the given length
// together, both in words. Metadata of one domain only come after the others,
// and more of them at the first hop. Switches get the length of a hop and what to
// add from their configuration, one by one: where the length is too short for
// what was added, the whole decides.
func (s *intStack) fit(hop, words int, own bool) bool {
	if hop == 0 || s.instructions == 0 || s.instructions&intReserved != 0 {
		return false
	}
	layouts := intLayouts1
	if s.version == 2 {
		layouts = intLayouts2
	}
	i := slices.IndexFunc(layouts, func(l intLayout) bool { return l.words(s.instructions) == hop })
	if i < 0 && layouts[0].words(s.instructions) > hop && words > 0 {
		i = slices.IndexFunc(layouts, func(l intLayout) bool { return words%l.words(s.instructions) == 0 })
		if i < 0 {
			return false
		}
		hop = layouts[i].words(s.instructions)
	}
	s.layout = layouts[max(i, 0)]
	s.hop, s.hops = hop*4, words/hop
	return s.layout.words(s.instructions) <= hop && (words%hop == 0 || own)
}

// INTLength returns the length in bytes of the telemetry that d begins with, of
// which wire bytes were sent, 0 if it begins with none.
func INTLength(d []byte, wire int) int {
	var s intStack
	if !s.parse(d, wire) {
		return 0
	}
	return s.end
}

// payloadOrINT is what follows the header of TCP or UDP: the payload of the
// flow at offset off, or telemetry before it.
func payloadOrINT(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < intShim+intHeader1 || b[0] > 0x1c || b[4]>>4-1 > 1 {
		return dpi.ByFlow, off
	}
	const replacedPort = 0x14 // type 1, the shim holds the UDP port
	if b[0] != replacedPort && !isMarked(p) || INTLength(b, wireLen(p, b)) == 0 {
		return dpi.ByFlow, off
	}
	return id.Int, off
}

// isMarked tells whether the DSCP of the innermost IP header is not zero.
func isMarked(p *dpi.Packet) bool {
	list := p.Tuples()
	if len(list) == 0 {
		return false
	}
	t := &list[len(list)-1]
	b := p.Bytes(int(p.Layers()[t.Layer].Off))
	if len(b) < 2 {
		return false
	}
	if t.V6 {
		return binary.BigEndian.Uint16(b)&0x0fc0 != 0
	}
	return b[1]&0xfc != 0
}

// wireLen returns how long b, which reaches to the end of the packet, was before
// the capture cut it.
func wireLen(p *dpi.Packet, b []byte) int { return len(b) + max(int(p.Len)-len(p.Data), 0) }

func nextINT(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	n := INTLength(b, wireLen(p, b))
	if n == 0 {
		return dpi.Stop, off
	}
	return dpi.ByFlow, off + n
}
