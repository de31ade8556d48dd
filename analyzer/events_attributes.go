package analyzer

import (
	"bytes"
	"encoding/binary"
	"math"

	"mmt/analyzer/dpi"
	"mmt/report"
)

// Attribute is an attribute that events or queries look at.
type Attribute struct {
	Protocol dpi.ProtocolID
	ID       dpi.AttributeID
	Layer    int // nth occurrence of the protocol in the path, 0: the chosen one
}

// item is the value of an attribute in the packet at hand.
type item struct {
	report.Value
	there bool // the packet has the attribute
	open  open
}

// open says which number stands for Value.N where several workers share a stream:
// 0, that one; openSession, that of the packet's session; from openCount on, a count
// of all workers, by its place among those that are looked at. How many sessions of a
// protocol are active and have timed out (a_session_count, t_session_count) changes
// without packets that could tell it: these two are the worker's own.
type open uint32

const (
	openSession open = 1
	openCount   open = 2
)

// counting are the attributes that count what a handler has seen so far, or tell when
// that began.
var counting = map[dpi.AttributeID]bool{
	dpi.AttrPacketCount: true, dpi.AttrDataCount: true, dpi.AttrPayloadCount: true,
	dpi.AttrFragPackets: true, dpi.AttrFragVolume: true, dpi.AttrDFPackets: true, dpi.AttrDFVolume: true,
	dpi.AttrSessionCount: true, dpi.AttrStats: true, dpi.AttrFirstPacketTime: true,
}

// metaSession is the attribute meta.session.
const metaSession dpi.AttributeID = 6

// numbersSession tells whether the attribute's value is the number of a session.
func (a Attribute) numbersSession() bool {
	return a.ID == dpi.AttrSession || a.ID == dpi.AttrSessionID || a.Protocol == dpi.Meta && a.ID == metaSession
}

// watch is an attribute that is looked at.
type watch struct {
	slot *dpi.Slot
	open open
	none report.Value // what stands for the attribute in packets without it
	told uint64       // count that the Merger knows
}

// watches are the attributes that a worker's events and queries look at.
type watches struct {
	h      *dpi.Handler
	shared bool // several workers share the stream
	all    []*watch
	counts []*watch
	path   []byte
}

// add begins to look at an attribute.
func (w *watches) add(a Attribute) (*watch, error) {
	slot, err := w.h.RegisterNth(a.Protocol, a.ID, a.Layer)
	if err != nil {
		return nil, err
	}
	w.h.TrackProtocol(a.Protocol)
	n := &watch{slot: slot, none: missing(a, slot.Attribute.Type)}
	w.all = append(w.all, n)
	switch {
	case !w.shared:
	case a.numbersSession():
		n.open = openSession
	case counting[a.ID]:
		n.open = openCount + open(len(w.counts))
		w.counts = append(w.counts, n)
	}
	return n, nil
}

func (w *watches) addAll(list []Attribute) (all []*watch, err error) {
	for _, a := range list {
		n, err := w.add(a)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// missing returns the value that stands for an attribute in packets without it: 0
// or an empty text.
func missing(a Attribute, t dpi.DataType) report.Value {
	if t.IsNumber() || t == dpi.Stats || a.numbersSession() {
		return report.Value{}
	}
	return report.Value{Kind: report.TextValue}
}

// read returns what the packet at hand has of an attribute.
func (w *watches) read(n *watch) item {
	v := n.slot.Value()
	if v == nil {
		return item{Value: n.none}
	}
	it := item{Value: shown(v), there: true, open: n.open}
	if v.Type == dpi.ProtoPath {
		it.Kind, it.B = report.PathValue, w.expand(dpi.PathID(v.N))
	}
	return it
}

// readAll appends what the packet at hand has of a list of attributes.
func (w *watches) readAll(dst []item, list []*watch) []item {
	for _, n := range list {
		dst = append(dst, w.read(n))
	}
	return dst
}

// expand returns the protocols of a path as a report.PathValue has them. All items
// of a packet share the bytes, as there is one path.
func (w *watches) expand(path dpi.PathID) []byte {
	w.path = w.path[:0]
	for _, id := range w.h.Path(path) {
		w.path = binary.BigEndian.AppendUint16(w.path, uint16(id))
	}
	return w.path
}

// valueKinds are the kinds by which reports show values; what is missing is a
// number.
var valueKinds = [...]report.ValueKind{
	dpi.Float: report.RealValue, dpi.TimeVal: report.TimeValue,
	dpi.MACAddr: report.MACValue, dpi.IP4Addr: report.AddressValue, dpi.IP6Addr: report.AddressValue,
	dpi.Pointer: report.TextValue, dpi.Binary: report.HexValue, dpi.BinaryVar: report.HexValue,
	dpi.String: report.TextValue, dpi.StringPointer: report.TextValue,
	dpi.HeaderLine: report.TextValue, dpi.GenericHeaderLine: report.TextValue,
	dpi.U16Array: report.List16Value, dpi.U32Array: report.List32Value, dpi.U64Array: report.List64Value,
	dpi.Stats: report.NumberValue,
}

// shown returns a value as reports show it: no more of its bytes than they show.
// Readers of these reports take a text to end at a NUL.
func shown(v *dpi.Value) report.Value {
	r := report.Value{Kind: valueKinds[v.Type], N: v.N, B: v.B[:min(len(v.B), report.MaxEventText)]}
	switch {
	case v.B == nil && (v.Type == dpi.Pointer || r.Kind == report.HexValue):
		r.Kind = report.NumberValue
	case v.Type.IsText():
		if n := bytes.IndexByte(r.B, 0); n >= 0 {
			r.B = r.B[:n]
		}
	}
	return r
}

// appendItem appends an item in a form that readItem reads.
func appendItem(dst []byte, it *item) []byte {
	flag := byte(it.Kind) << 1
	if it.there {
		flag |= 1
	}
	dst = append(dst, flag)
	dst = binary.AppendUvarint(dst, uint64(it.open))
	if it.IsNumber() {
		return binary.LittleEndian.AppendUint64(dst, it.N)
	}
	dst = binary.AppendUvarint(dst, uint64(len(it.B)))
	return append(dst, it.B...)
}

func appendItems(dst []byte, items []item) []byte {
	for i := range items {
		dst = appendItem(dst, &items[i])
	}
	return dst
}

// readItem reads what appendItem has written, and returns the rest. Bytes stay
// where they are.
func readItem(b []byte) (it item, rest []byte) {
	it.Kind, it.there = report.ValueKind(b[0]>>1), b[0]&1 != 0
	n, size := binary.Uvarint(b[1:])
	it.open, b = open(n), b[1+size:]
	if it.IsNumber() {
		it.N = binary.LittleEndian.Uint64(b)
		return it, b[8:]
	}
	n, size = binary.Uvarint(b)
	b = b[size:]
	it.B = b[:n:n]
	return it, b[n:]
}

// settle puts the number in place that an item leaves open.
func (it *item) settle(session uint64, counts []uint64) {
	switch {
	case it.open == openSession:
		it.N = session
	case it.open >= openCount:
		it.N = counts[it.open-openCount]
	}
}

// appendIdentity appends what tells the items apart from others in the same places.
func appendIdentity(dst []byte, items []item) []byte {
	for i := range items {
		it := items[i]
		it.open = 0
		dst = appendItem(dst, &it)
	}
	return dst
}

// realOf returns a value that is a number as a float; times count in microseconds.
func realOf(v *report.Value) float64 {
	switch v.Kind {
	case report.RealValue, report.AverageValue:
		return math.Float64frombits(v.N)
	}
	return wideOf(v).float()
}

// watch makes a worker look at what its events and queries need.
func (w *Worker) watch() error {
	if len(w.options.Events)+len(w.options.Queries) == 0 {
		return nil
	}
	all := &watches{h: w.handler, shared: w.options.Merger != nil}
	w.watches = all
	e, q := &events{w: w, watches: all}, &queries{w: w, watches: all}
	if err := e.open(w.options.Events); err != nil {
		return err
	}
	if err := q.open(w.options.Queries); err != nil {
		return err
	}
	if len(q.list) > 0 {
		w.queries = q
	}
	return w.handler.AddPacketHandler(watchHandler, func(p *dpi.Packet) {
		all.tellCounts(w.reporter.teller) // before what they are counts of
		e.packet(p)
		q.packet(p)
	})
}

// tellCounts tells the counts that the packet at hand changes.
func (w *watches) tellCounts(t *teller) {
	for place, n := range w.counts {
		v := n.slot.Value()
		if v == nil || v.N == n.told {
			continue
		}
		n.told = v.N
		kind := eventCount
		if n.slot.Attribute.ID == dpi.AttrFirstPacketTime {
			kind = eventFirst
		}
		var told [8]byte
		binary.LittleEndian.PutUint64(told[:], v.N)
		t.watched(kind, place, 0, told[:])
	}
}
