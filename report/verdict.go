package report

import (
	"bytes"
	"math"
	"net/netip"
	"strconv"
)

// MaxHistoryText is how many bytes of a text attribute a history shows.
const MaxHistoryText = 255

// Verdict is report 10: a security property was verified. It is meant to be
// reused: Reset, then Event for each event of the history.
type Verdict struct {
	Time        int64 // of the packet that brought it, nanoseconds since 1970
	Property    uint32
	Verdict     string // "detected", "respected", "not_respected"
	Type        string // "attack", "evasion", "security", "test"
	Description string
	History     []Event // by ascending event id, each id once
}

// Event is what happened of one event of the property.
type Event struct {
	ID         int    // from 1
	Time       int64  // of its packet, nanoseconds since 1970
	Counter    uint64 // number of its packet
	Attributes []Attribute
}

// Kind says how the value of an Attribute is kept and written.
type Kind uint8

// The kinds of values.
const (
	Integer Kind = iota // N, a number
	Real                // N, the bits of a float64; five decimals, no zeros at the end
	Text                // B, up to the first NUL and MaxHistoryText
	IP                  // B, 4 or 16 bytes in network order
	MAC                 // B, 6 bytes; lower case, unlike in reports of sessions
)

// Attribute is an attribute of an event's packet.
type Attribute struct {
	Name string // "ip.src"
	Kind Kind
	N    uint64
	B    []byte
}

// Reset empties the history and keeps its memory.
func (r *Verdict) Reset() { r.History = r.History[:0] }

// Event adds an event without attributes to the history. It takes over the
// memory that a former event's attributes had in its place. The pointer is valid
// until the next call.
func (r *Verdict) Event(id int, t int64, counter uint64) *Event {
	n := len(r.History)
	if n < cap(r.History) {
		r.History = r.History[:n+1]
	} else {
		r.History = append(r.History, Event{})
	}
	e := &r.History[n]
	e.ID, e.Time, e.Counter, e.Attributes = id, t, counter, e.Attributes[:0]
	return e
}

// Append implements Record.
func (r *Verdict) Append(dst []byte, e *Encoder) []byte {
	if e.format == EVE {
		return r.appendAlert(dst, e)
	}
	dst = e.begin(dst, "10", r.Time)
	dst = appendUintField(dst, uint64(r.Property))
	dst = e.textField(dst, []byte(r.Verdict))
	dst = e.textField(dst, []byte(r.Type))
	dst = e.textField(dst, []byte(r.Description))
	dst = r.AppendHistory(append(dst, ','))
	return e.end(dst)
}

// AppendHistory appends the history alone. It is a JSON object in both formats;
// nothing in it needs an escape.
func (r *Verdict) AppendHistory(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range r.History {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.History[i].append(dst)
	}
	return append(dst, '}')
}

// append appends "event_1":{"timestamp":...,"counter":...,"attributes":[...]}.
func (v *Event) append(dst []byte) []byte {
	dst = append(dst, `"event_`...)
	dst = strconv.AppendInt(dst, int64(v.ID), 10)
	dst = append(dst, `":{"timestamp":`...)
	dst = appendTime(dst, v.Time)
	dst = append(dst, `,"counter":`...)
	dst = appendUint(dst, v.Counter)
	dst = append(dst, `,"attributes":[`...)
	for i := range v.Attributes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = v.Attributes[i].append(dst)
	}
	return append(dst, ']', '}')
}

// append appends ["name",value].
func (a *Attribute) append(dst []byte) []byte {
	dst = append(dst, '[')
	dst = appendHistoryText(dst, []byte(a.Name))
	switch a.Kind {
	case Integer:
		dst = appendUintField(dst, a.N)
	case Real:
		dst = appendRealField(dst, math.Float64frombits(a.N))
	case Text:
		dst = appendHistoryText(append(dst, ','), historyText(a.B))
	case IP:
		addr, _ := netip.AddrFromSlice(a.B)
		dst = appendAddrField(dst, addr)
	case MAC:
		dst = appendLowerMACField(dst, a.B)
	}
	return append(dst, ']')
}

// historyText returns what a history shows of b: C readers of these reports take
// a text to end at a NUL.
func historyText(b []byte) []byte {
	b = cut(b, MaxHistoryText)
	if n := bytes.IndexByte(b, 0); n >= 0 {
		return b[:n]
	}
	return b
}

// appendHistoryText appends b, quoted. All but printable ASCII becomes '.', as
// do quotes and backslashes: there is no escape inside a history, so that it is
// the same in CSV as in JSON.
func appendHistoryText(dst, b []byte) []byte {
	return append(appendPlain(append(dst, '"'), b), '"')
}

// appendRealField appends a comma and v with as many of five decimals as it
// needs; a value that is no number is 0, as JSON has no other word.
func appendRealField(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	dst = strconv.AppendFloat(append(dst, ','), v, 'f', 5, 64)
	dst = bytes.TrimRight(dst, "0") // ends at the point, of which there is one
	return bytes.TrimSuffix(dst, []byte("."))
}

// appendLowerMACField appends a comma and the address, quoted, as
// aa:bb:cc:dd:ee:ff.
func appendLowerMACField(dst, mac []byte) []byte { return appendLowerMAC(append(dst, ','), mac) }

func appendLowerMAC(dst, mac []byte) []byte {
	const lowerHex = "0123456789abcdef"
	dst = append(dst, '"')
	for i, b := range mac {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, lowerHex[b>>4], lowerHex[b&15])
	}
	return append(dst, '"')
}
