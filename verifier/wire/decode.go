package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security"
)

// ErrMessage says that bytes are no message. After it nothing in the stream can
// be trusted.
var ErrMessage = errors.New("no attribute message")

// Decoder reads messages.
type Decoder struct {
	// Registry knows the types of attributes.
	Registry *dpi.Registry
	// Max is the size of the largest message in bytes.
	Max int

	// Unknown counts attributes that the registry does not know, Short values
	// that were too short for their type.
	Unknown, Short uint64
}

// Length returns the size of the message that starts b, 0 if b is too short to
// tell. The error wraps ErrMessage.
func (d *Decoder) Length(b []byte) (int, error) {
	if len(b) < 4 {
		return 0, nil
	}
	n := binary.LittleEndian.Uint32(b)
	if n < headerSize {
		return 0, fmt.Errorf("%w: its length of %d bytes is less than the %d of a header", ErrMessage, n, headerSize)
	}
	if uint64(n) > uint64(d.Max) {
		return 0, fmt.Errorf("%w: its length of %d bytes is above input.max_message_size, %d", ErrMessage, n, d.Max)
	}
	return int(n), nil
}

// Decode reads a whole message, whose size Length has told. It returns the time
// of its packet in ns since 1970 and appends its attributes to dst. Their values
// point into b, parts of which are brought into another order. The error wraps
// ErrMessage; dst is then returned as it was.
func (d *Decoder) Decode(b []byte, dst []security.Attribute) (t int64, list []security.Attribute, err error) {
	if len(b) < headerSize {
		return 0, dst, fmt.Errorf("%w: %d bytes, a header has %d", ErrMessage, len(b), headerSize)
	}
	ns, ok := timeOf(b[5:headerSize])
	if !ok {
		return 0, dst, fmt.Errorf("%w: its time is no time", ErrMessage)
	}
	list = dst
	rest := b[headerSize:]
	for i := range int(b[4]) {
		value, after, ok := cutAttribute(rest)
		if !ok {
			return 0, dst, fmt.Errorf("%w: attribute %d of %d runs past its end", ErrMessage, i+1, b[4])
		}
		list = d.attribute(rest, value, list)
		rest = after
	}
	if len(rest) > 0 {
		return 0, dst, fmt.Errorf("%w: %d bytes after the last attribute", ErrMessage, len(rest))
	}
	return int64(ns), list, nil
}

// cutAttribute returns the value of the attribute at the start of b and what
// follows it.
func cutAttribute(b []byte) (value, after []byte, ok bool) {
	if len(b) < attributeSize {
		return nil, nil, false
	}
	end := attributeSize + int(binary.LittleEndian.Uint16(b[attributeSize-2:]))
	if end > len(b) {
		return nil, nil, false
	}
	return b[attributeSize:end:end], b[end:], true
}

// attribute appends an attribute if its type is known and its value sound.
func (d *Decoder) attribute(head, value []byte, list []security.Attribute) []security.Attribute {
	protocol, id := binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[4:])
	known := d.Registry.Attribute(dpi.ProtocolID(protocol&(1<<layerShift-1)), dpi.AttributeID(id))
	if known == nil || uint32(known.ID) != id {
		d.Unknown++
		return list
	}
	a := security.Attribute{Key: security.Key{
		Protocol: dpi.ProtocolID(protocol & (1<<layerShift - 1)), ID: known.ID, Layer: int(protocol >> layerShift),
	}}
	if !setValue(&a.Value, known.Type, value) {
		d.Short++
		return list
	}
	return append(list, a)
}

// timeOf reads seconds and microseconds as ns. ok is false for what does not fit.
func timeOf(b []byte) (ns uint64, ok bool) {
	s, us := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	if s >= uint64(math.MaxInt64/time.Second) || us >= uint64(time.Second/time.Microsecond) {
		return 0, false
	}
	return s*uint64(time.Second) + us*uint64(time.Microsecond), true
}

// setValue makes a value of the bytes of a message. It reports false for what is
// no value of the type.
func setValue(v *dpi.Value, t dpi.DataType, b []byte) bool {
	switch t {
	case dpi.U8, dpi.U16, dpi.U32, dpi.U64:
		return len(b) > 0 && v.SetU(t, littleNumber(number(b, t.Size())))
	case dpi.Float:
		return setFloat(v, b)
	case dpi.TimeVal:
		return setTime(v, b)
	case dpi.MACAddr:
		return len(b) >= 6 && v.SetBytes(t, b[:6:6])
	case dpi.IP4Addr:
		return len(b) >= 4 && v.SetIP4(b[:4:4])
	case dpi.IP6Addr:
		return len(b) >= 16 && v.SetBytes(t, b[:16:16])
	case dpi.Binary, dpi.BinaryVar:
		return v.SetBytes(t, counted(b, t.Size()))
	case dpi.Undefined, dpi.Stats:
		return false
	}
	if l := listOf(t); l.in > 0 {
		return setList(v, t, l, b)
	}
	if t.IsText() {
		b = text(b, t)
	}
	return v.SetBytes(t, b)
}

// number returns the bytes of a number that should have size bytes.
func number(b []byte, size int) []byte {
	const longest = 8
	if len(b) > longest {
		return b[:size]
	}
	return b
}

func setFloat(v *dpi.Value, b []byte) bool {
	switch {
	case len(b) >= 8:
		return v.SetFloat(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	case len(b) >= 4:
		return v.SetFloat(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
	}
	return false
}

func setTime(v *dpi.Value, b []byte) bool {
	switch {
	case len(b) >= 16:
		ns, ok := timeOf(b)
		return ok && v.SetU(dpi.TimeVal, ns)
	case len(b) >= 8:
		us := binary.LittleEndian.Uint64(b)
		return us < math.MaxInt64/1000 && v.SetU(dpi.TimeVal, us*1000)
	}
	return false
}

// counted returns the bytes after a count, or all where there is no count: where
// the rest is neither as long as the count says nor room for size bytes in all.
func counted(b []byte, size int) []byte {
	if len(b) < 4 {
		return b
	}
	n := binary.LittleEndian.Uint32(b)
	if uint64(n) == uint64(len(b)-4) || len(b) == size && uint64(n) <= uint64(size-4) {
		return b[4 : 4+n : 4+n]
	}
	return b
}

// setList makes a list of numbers, which are turned to network order where they
// are.
func setList(v *dpi.Value, t dpi.DataType, l list, b []byte) bool {
	if len(b) < l.count {
		return false
	}
	n := binary.LittleEndian.Uint32(b)
	elements := b[l.count:]
	if uint64(n) > uint64(len(elements)/l.out) {
		return false
	}
	for i := range int(n) {
		x := littleNumber(elements[i*l.out : (i+1)*l.out])
		for k := range l.in {
			elements[i*l.in+k] = byte(x >> (8 * (l.in - 1 - k)))
		}
	}
	return v.SetBytes(t, elements[:int(n)*l.in:int(n)*l.in])
}

// text returns a string without the NUL that ends it. A string that fills the
// room of its type ends at the first.
func text(b []byte, t dpi.DataType) []byte {
	if t == dpi.String && len(b) == t.Size() {
		before, _, _ := bytes.Cut(b, []byte{0})
		return before
	}
	return bytes.TrimSuffix(b, []byte{0})
}
