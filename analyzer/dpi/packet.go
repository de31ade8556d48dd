package dpi

import "mmt/dataplane"

// MaxLayers is how many protocols a path can hold, the meta protocol included.
const MaxLayers = 16

// maxTuples is how many IP layers of one packet are told apart.
const maxTuples = 4

// Layer is one protocol of a packet's path and where its header starts.
type Layer struct {
	Proto ProtocolID
	Off   uint32 // bytes from the start of Packet.Data
}

// Tuple is what one IP layer of a packet says about who speaks to whom. IPv4
// addresses are in the last four bytes of Src and Dst after ::ffff.
type Tuple struct {
	Src, Dst         [16]byte
	SrcPort, DstPort uint16
	Proto            uint8 // protocol number of the payload
	V6               bool
	Fragment         bool  // not the first fragment: there are no ports to see
	Part             bool  // a fragment, the first one included
	Layer            uint8 // index of the IP layer in the path
	Transport        uint8 // index of the layer that gave the ports, 0 if none did
}

// Direction of a packet within its flow.
type Direction uint8

// The two directions: up is the way of the flow's first packet.
const (
	Up Direction = iota
	Down
)

// Packet is a packet on its way through a Handler: what is known of it so far.
// It is valid only during the calls that get it.
type Packet struct {
	Data  []byte // from the link layer on; shorter than Len if cut by the capture
	Time  int64  // nanoseconds since the Unix epoch
	Index uint64 // number of the packet in its handler, from 1
	Len   uint32 // length on the wire, bytes
	Link  dataplane.LinkType
	Port  uint16 // interface it came in by

	Captured []byte // Data as it came, which Replace leaves as it is

	// Payload is what the innermost transport carries, nil if there is none.
	Payload []byte
	// Stream is what this packet adds to the payload of its direction: for TCP
	// the bytes not seen before, in order, which may be less than Payload
	// (retransmission) or more (a gap was filled); for datagrams it is Payload.
	Stream []byte
	// Gap tells that bytes before Stream were lost.
	Gap bool
	// Lost is how many those bytes are, 0 if that is not known.
	Lost uint32
	// TCP is what the session table says about this packet of a connection.
	TCP TCPInfo

	Flow *Flow
	Dir  Direction

	h          *Handler
	layers     [MaxLayers]Layer
	n          int
	end        int // end of the innermost payload in Data
	tuples     [maxTuples]Tuple
	nTuples    int
	transport  int // layer index of the innermost transport, 0 if none
	payloadOff int // where its payload starts
	shim       int // bytes of a Shim protocol before that, part of no payload
}

// Handler returns the handler that processes the packet.
func (p *Packet) Handler() *Handler { return p.h }

// Layers returns the protocol path with the meta protocol first. The slice is
// the packet's own.
func (p *Packet) Layers() []Layer { return p.layers[:p.n] }

// AppendPath appends the identifiers of the packet's path from the link layer
// on.
func (p *Packet) AppendPath(dst []ProtocolID) []ProtocolID {
	for _, l := range p.layers[1:p.n] {
		dst = append(dst, l.Proto)
	}
	return dst
}

// Find returns the index of the k-th layer of a protocol, counted from 1, or -1.
func (p *Packet) Find(id ProtocolID, k int) int {
	for i := range p.layers[:p.n] {
		if p.layers[i].Proto == id {
			if k--; k <= 0 {
				return i
			}
		}
	}
	return -1
}

// LayerOf returns the index of the nth layer of a protocol, counted from 1, or,
// for nth 0, of the one that the handler's Encapsulation chooses; -1 if there is
// none.
func (p *Packet) LayerOf(id ProtocolID, nth int) int {
	if nth > 0 {
		return p.Find(id, nth)
	}
	found, of := -1, 0
	for i := range p.layers[:p.n] {
		if p.layers[i].Proto == id {
			found = i
			of++
		}
	}
	if of <= 1 {
		return found
	}
	return p.Find(id, p.h.encapsulation.pick(of)+1)
}

// Bytes returns what follows offset off within the innermost enclosing payload.
// It is empty when off lies outside, so that len of it is the only check that a
// dissector needs.
func (p *Packet) Bytes(off int) []byte {
	if uint(off) > uint(p.end) {
		return nil
	}
	return p.Data[off:p.end]
}

// LayerBytes returns the bytes of the given layer from its header on.
func (p *Packet) LayerBytes(layer int) []byte {
	if uint(layer) >= uint(p.n) {
		return nil
	}
	return p.Bytes(int(p.layers[layer].Off))
}

// Limit cuts the innermost payload to end at offset end of Data, when a header
// says that less than the rest of the frame belongs to it (padding).
func (p *Packet) Limit(end int) {
	if end >= 0 && end < p.end {
		p.end = end
	}
}

// AddTuple notes an IP layer: addresses of 4 or 16 bytes each, and the number
// of the protocol it carries. The layer is the one being dissected.
func (p *Packet) AddTuple(src, dst []byte, proto uint8) *Tuple {
	i := p.nTuples
	if i == maxTuples {
		i-- // the innermost counts most
	} else {
		p.nTuples++
	}
	t := &p.tuples[i]
	*t = Tuple{Proto: proto, Layer: uint8(p.n - 1), V6: len(src) == 16}
	if t.V6 {
		copy(t.Src[:], src)
		copy(t.Dst[:], dst)
	} else {
		t.Src[10], t.Src[11] = 0xff, 0xff
		t.Dst[10], t.Dst[11] = 0xff, 0xff
		copy(t.Src[12:], src)
		copy(t.Dst[12:], dst)
	}
	return t
}

// SetPorts gives the innermost IP layer the ports of the transport header that
// is being dissected.
func (p *Packet) SetPorts(src, dst uint16) {
	if p.nTuples > 0 {
		t := &p.tuples[p.nTuples-1]
		t.SrcPort, t.DstPort, t.Transport = src, dst, uint8(p.n-1)
	}
}

// SetTransport says that what the innermost IP layer carries is of another
// protocol number than its header tells, because headers lie between that do
// not hide it (AH).
func (p *Packet) SetTransport(proto uint8) {
	if p.nTuples > 0 {
		p.tuples[p.nTuples-1].Proto = proto
	}
}

// Tuple returns the IP layer that sessions are keyed by, nil if the packet has
// no IP layer.
func (p *Packet) Tuple() *Tuple {
	if p.nTuples == 0 {
		return nil
	}
	return &p.tuples[p.h.encapsulation.pick(p.nTuples)]
}

// Tuples returns the IP layers of the packet, outermost first.
func (p *Packet) Tuples() []Tuple { return p.tuples[:p.nTuples] }

// SrcPort and DstPort return the ports of the innermost IP layer.
func (p *Packet) SrcPort() uint16 { return p.tuples[max(p.nTuples-1, 0)].SrcPort }

// DstPort returns the destination port of the innermost IP layer.
func (p *Packet) DstPort() uint16 { return p.tuples[max(p.nTuples-1, 0)].DstPort }

// HasPort tells whether either port of the innermost IP layer is port.
func (p *Packet) HasPort(port uint16) bool { return p.SrcPort() == port || p.DstPort() == port }

// Transport returns the index of the innermost transport layer, 0 if none.
func (p *Packet) Transport() int { return p.transport }

// ShimLen returns how many bytes stand between the header of the innermost
// transport and its payload because a protocol with Shim put them there; they
// count neither in the transport's sequence numbers nor as payload.
func (p *Packet) ShimLen() int { return p.shim }

// push adds a layer; a path that is full stays as it is.
func (p *Packet) push(id ProtocolID, off int) bool {
	if p.n == MaxLayers {
		return false
	}
	p.layers[p.n] = Layer{Proto: id, Off: uint32(off)}
	p.n++
	return true
}

// reset makes p hold a new packet.
func (p *Packet) reset(in *dataplane.Packet) {
	p.Data, p.Time, p.Len, p.Link, p.Port = in.Data, in.Time, in.Len, in.Link, in.Port
	p.Captured = in.Data
	p.Payload, p.Stream, p.Gap, p.Lost, p.Flow, p.Dir = nil, nil, false, 0, nil, Up
	p.TCP = TCPInfo{}
	p.layers[0] = Layer{Proto: Meta}
	p.n, p.nTuples, p.transport, p.end, p.shim = 1, 0, 0, len(in.Data), 0
	p.tuples[0] = Tuple{}
}

// Replace puts data in place of the packet's bytes from offset off on: what was
// put together from several packets, or was unpacked. The packet then lies in
// memory of the handler, which the next Replace of another packet overwrites.
func (p *Packet) Replace(off int, data []byte) {
	buf := append(p.h.whole[:0], p.Data[:off]...)
	p.h.whole = append(buf, data...)
	p.Data = p.h.whole
	p.end = len(p.Data)
}
