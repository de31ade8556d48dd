package report

import "net/netip"

// LTEEvent is what happens to an element of a mobile network.
type LTEEvent uint8

// The events of report 400. An element of which more is learned is added again.
const (
	LTEAdded    LTEEvent = 1
	LTELinked   LTEEvent = 2 // to a parent
	LTEUnlinked LTEEvent = 3 // from all parents
	LTERemoved  LTEEvent = 4
)

// LTEKind is a kind of element.
type LTEKind uint8

// The kinds of element of report 400.
const (
	LTESubscriber  LTEKind = 1
	LTEBaseStation LTEKind = 2
	LTECore        LTEKind = 3 // MME
	LTEGateway     LTEKind = 4
)

// MaxLTEName limits the name of an element, in bytes (TS 36.413 section 9.2.1.68).
const MaxLTEName = 150

// LTETopology is report 400: what happens to an element of a mobile network.
type LTETopology struct {
	Time    int64 // packet, nanoseconds since 1970
	Element uint32
	Event   LTEEvent

	// Of an element that is added.
	IP   netip.Addr
	Kind LTEKind
	Name []byte // IMSI of a subscriber
	TMSI uint32 // of a subscriber

	Parent uint32 // of one that is linked
}

// Append implements Record. The fields depend on the event.
func (r *LTETopology) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "400", r.Time)
	dst = appendUintField(dst, uint64(r.Element))
	dst = appendUintField(dst, uint64(r.Event))
	switch r.Event {
	case LTEAdded:
		dst = appendAddrField(dst, r.IP)
		dst = appendUintField(dst, uint64(r.Kind))
		dst = e.textField(dst, cut(r.Name, MaxLTEName))
		if r.Kind == LTESubscriber {
			dst = appendUintField(dst, uint64(r.TMSI))
		}
	case LTELinked:
		dst = appendUintField(dst, uint64(r.Parent))
	}
	return e.end(dst)
}

// LTEQoS is report 401: a dedicated bearer is set up for a subscriber.
type LTEQoS struct {
	Time    int64  // packet, nanoseconds since 1970
	Element uint32 // the subscriber, as in report 400
	TEID    uint32 // of the gateway's end of the tunnel
	QCI     uint8  // quality class
}

// Append implements Record.
func (r *LTEQoS) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "401", r.Time)
	dst = appendUintField(dst, uint64(r.Element))
	dst = appendUintField(dst, uint64(r.TEID))
	return e.end(appendUintField(dst, uint64(r.QCI)))
}
