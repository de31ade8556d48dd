package dpi

// MaxAppPath is how many protocols a flow can have above its transport.
const MaxAppPath = 4

// Flow is what is known of a session while its packets pass: addresses,
// counters, what it was classified as, and where its protocols keep their
// state. It holds no pointers, so that tables of millions of flows cost the
// garbage collector nothing. It is a part of the record that a SessionTable
// keeps. What every packet needs is in its first two cache lines.
type Flow struct {
	LastTime int64 // time of the latest packet, ns
	// Both ends; index 0 is the client, who sent the first packet. IPv4
	// addresses are in the last four bytes after ::ffff.
	Addr  [2][16]byte
	Port  [2]uint16
	L4    uint8 // protocol number of the transport
	V6    bool
	nApp  uint8
	phase phase
	app   [MaxAppPath]ProtocolID
	open  [2]bool // the path goes on above the transport, by direction
	class Class
	Slot  uint32 // place in the session table

	// Counters of the whole life, by direction.
	Packets [2]uint64
	Bytes   [2]uint64 // on the wire, link layer included
	Data    [2]uint64 // payload of the transport
	paths   [2]PathID // path from the link layer to the transport, by direction
	work    uint32    // place of the classification's memory, 0 when it is done
	Host    Blob      // host name: HTTP host, TLS server name, ...

	ID        uint64 // number of the session in its handler, from 1
	FirstTime int64  // time of the first packet, ns
	MAC       [2][6]byte
	states    [3]stateSlot
}

// stateSlot says where a protocol keeps its state of the flow.
type stateSlot struct {
	index uint32
	proto ProtocolID
}

// phase says how far the classification of a flow is.
type phase uint8

const (
	classifying phase = iota // candidates are being asked
	inspecting               // the protocol is known, its Inspect is not done
	classified               // nothing more to learn
)

// App returns the protocols above the transport, deepest last. It is empty
// while the flow is not classified.
func (f *Flow) App() []ProtocolID { return f.app[:f.nApp] }

// Classified tells whether classification has ended, with or without result.
func (f *Flow) Classified() bool { return f.phase == classified }

// Classifying tells whether the flow's protocol or host name is still being
// looked for: its Stream must then be in order and without holes.
func (f *Flow) Classifying() bool { return f.phase != classified }

// Is tells whether the flow was recognised as protocol id.
func (f *Flow) Is(id ProtocolID) bool {
	for _, a := range f.app[:f.nApp] {
		if a == id {
			return true
		}
	}
	return false
}

// Top returns the deepest protocol above the transport, Unknown if none.
func (f *Flow) Top() ProtocolID {
	if f.nApp == 0 {
		return Unknown
	}
	return f.app[f.nApp-1]
}

// Class returns the application family of the flow.
func (f *Flow) Class() Class { return f.class }

// PathOf returns the interned path from the link layer to the transport of the
// given direction, 0 while there was no packet in it.
func (f *Flow) PathOf(d Direction) PathID { return f.paths[d] }

// SetTuple makes f a flow whose first packet has tuple t.
func (f *Flow) SetTuple(t *Tuple) {
	f.Addr[0], f.Addr[1] = t.Src, t.Dst
	f.Port[0], f.Port[1] = t.SrcPort, t.DstPort
	f.L4, f.V6 = t.Proto, t.V6
}

// SessionTable finds and keeps flows. The handler asks it once per packet that
// has an IP layer.
type SessionTable interface {
	// Lookup returns the flow of p, a new one if there is none, and sets p.Dir,
	// p.Stream and p.Gap. It counts the packet. It returns nil if the packet
	// belongs to no session.
	Lookup(p *Packet) *Flow
	// See tells the time of each packet, ns, before anything else is done with it.
	See(now int64)
}
