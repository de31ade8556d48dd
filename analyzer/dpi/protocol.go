package dpi

// ProtocolID identifies a protocol; AttributeID identifies an attribute within
// its protocol.
type (
	ProtocolID  uint16
	AttributeID uint16
)

// The identifiers that mean something to the library itself.
const (
	Unknown       ProtocolID = 0    // a payload that nothing recognised
	Meta          ProtocolID = 1    // the packet itself: time, length, path
	MaxProtocolID ProtocolID = 4096 // identifiers are below this

	// Stop is what a next-protocol function returns when nothing follows, or
	// when what follows cannot be told from this packet alone.
	Stop ProtocolID = 0xffff
	// ByFlow is what a transport's next-protocol function returns to say that
	// the payload at the given offset belongs to what its flow is classified as.
	ByFlow ProtocolID = 0xfffe
)

// IsValid tells whether id may identify a protocol: positive and below
// MaxProtocolID (manual section 5.3.1, is_valid_protocol_id).
func (id ProtocolID) IsValid() bool { return id > 0 && id < MaxProtocolID }

// ExtractFunc reads one attribute of the given layer of p into v and reports
// whether the packet has it. It must not trust any length field.
type ExtractFunc func(p *Packet, layer int, v *Value) bool

// Position of an attribute that depends on the content of the message.
const PositionNotKnown = -1

// Attribute describes one attribute of a protocol (the manual's
// attribute_metadata_t).
type Attribute struct {
	ID      AttributeID
	Name    string
	Type    DataType
	Len     int // bytes; 0 means the size of Type
	Pos     int // byte offset in the protocol's header, or PositionNotKnown
	Scope   Scope
	Extract ExtractFunc // nil: read Type at Pos, network byte order
}

// Verdict is a classifier's answer.
type Verdict uint8

// What a classifier can answer.
const (
	No   Verdict = iota // this flow is not of my protocol: do not ask again
	More                // cannot tell yet: ask again with more payload
	Yes                 // this flow is of my protocol
)

// ClassifyFunc decides whether the beginning of a payload is of a protocol. For
// a stream transport d is everything of this direction from its first byte on,
// in order, up to the library's limit; for datagrams d is the datagram.
// The function may look at p for ports, direction, and the other direction.
type ClassifyFunc func(p *Packet, d []byte) Verdict

// NextFunc finds the protocol that the header at offset off encapsulates, and
// where that one starts.
type NextFunc func(p *Packet, off int) (ProtocolID, int)

// ObserveFunc sees the given layer of a packet.
type ObserveFunc func(p *Packet, layer int)

// Classifier recognises a protocol over one parent (manual section 5.3.1,
// "registering a classification function with parent protocol").
type Classifier struct {
	Parent ProtocolID
	// Weight orders the classifiers of one parent: higher is asked earlier.
	Weight int
	// Ports where this classifier is asked before all others.
	Ports []uint16
	// Only limits the classifier to its Ports.
	Only     bool
	Classify ClassifyFunc
	// As is the protocol that a Yes stands for, the owner of the list if 0.
	As ProtocolID
}

// Protocol describes a protocol: one value in one file of package proto.
type Protocol struct {
	ID         ProtocolID
	Name       string
	Class      Class
	Attributes []Attribute

	// Stream says that the payload is a stream of bytes whose segments have no
	// meaning of their own (TCP).
	Stream bool
	// Shim says that the protocol stands between a transport and the payload of
	// the transport's flows, in some packets of them, without being a part of
	// either (in-band telemetry). Its Next returns ByFlow and where the payload
	// starts.
	Shim bool
	// Hosted says that flows of the protocol belong to services, which are told
	// by host name or address and put on top of the path (HTTP, TLS).
	Hosted bool
	// Service says that this is no protocol that packets speak but a service,
	// told by host name or address.
	Service bool

	// Next finds the protocol that the header at offset off of p encapsulates,
	// and where it starts (manual: classification function of the protocol). It
	// returns Stop where nothing follows, Unknown where something does that has
	// no protocol. It must not keep state: Observe is for that. A protocol that
	// flows are classified as may have it too, for what some of its packets carry.
	Next NextFunc

	// Classifiers recognise the protocol in the payload of its parents.
	Classifiers []Classifier

	// Inspect is called with the payload of a flow that was just recognised as
	// this protocol, and with what follows, as a Classifier is, until it returns
	// true: to learn host names and protocols on top.
	Inspect func(p *Packet, d []byte) (done bool)

	// Track is called with each further piece of payload of a flow of this
	// protocol, in order, once, as long as somebody wants what it gathers.
	Track func(p *Packet, d []byte)
	// Always says that Track is called even if nobody asked for what it gathers,
	// because other flows are recognised by it (FTP announces data connections).
	Always bool

	// Observe is called once for each packet and layer of this protocol before
	// extraction, for protocols whose attributes count packets.
	Observe ObserveFunc

	// State is the memory that the protocol keeps for a flow, made by
	// NewState; nil if it keeps none.
	State StateSpec
	// Context makes the memory that the protocol keeps for a whole Handler; nil
	// if it keeps none. What flows tell of other hosts does not belong there but
	// in Shared.
	Context func() any
	// Shared makes the memory for what flows tell of other hosts than their own,
	// which is part of a Knowledge; nil if there is none.
	Shared func() any
	// Heralds describe the packets by which flows of this protocol tell of other
	// hosts. Without them the protocol's functions may not add to what the
	// handler knows (Handler.Learns).
	Heralds []Herald
}

// Class is the family of an application, the application family of report 100.
type Class uint8
