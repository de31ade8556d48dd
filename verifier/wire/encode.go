package wire

import (
	"encoding/binary"
	"math"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security"
)

// Sizes of the parts of a message, bytes.
const (
	headerSize    = 4 + 1 + 16
	attributeSize = 4 + 4 + 2
	layerShift    = 16 // of the occurrence, in the protocol id
)

// MaxAttributes is how many attributes one message can carry.
const MaxAttributes = math.MaxUint8

// DefaultMaxMessage is the size of the largest message in bytes where nothing
// else is wanted.
const DefaultMaxMessage = security.DefaultMaxMessage

// MinMaxMessage is the least that a limit on the size of messages can be.
const MinMaxMessage = 64

// Encoder makes messages, one after the other. It is not for several goroutines
// at once.
type Encoder struct {
	max     int
	buf     []byte // finished messages, then the one that is being made
	start   int    // of that one
	count   int    // of its attributes
	leftOut uint64
}

// NewEncoder makes an encoder of messages of at most max bytes (at least
// MinMaxMessage); 0 stands for DefaultMaxMessage.
func NewEncoder(max int) *Encoder {
	if max <= 0 {
		max = DefaultMaxMessage
	}
	return &Encoder{max: max}
}

// Begin starts the message of a packet, t ns after 1970.
func (e *Encoder) Begin(t int64) {
	e.start, e.count = len(e.buf), 0
	e.buf = append(e.buf, make([]byte, 5)...)
	e.time(uint64(max(t, 0)))
}

// time appends seconds and microseconds of a time in ns.
func (e *Encoder) time(t uint64) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf, t/uint64(time.Second))
	e.buf = binary.LittleEndian.AppendUint64(e.buf, t%uint64(time.Second)/uint64(time.Microsecond))
}

// Add appends an attribute. It reports whether there was room for it; what has
// none is left out and counted. A proto_path has its protocol ids in v.B, 16
// bits each in network order.
func (e *Encoder) Add(key security.Key, v *dpi.Value) bool {
	before := len(e.buf)
	layer := uint32(max(key.Layer, 0)) << layerShift
	e.buf = binary.LittleEndian.AppendUint32(e.buf, uint32(key.Protocol)|layer)
	e.buf = binary.LittleEndian.AppendUint32(e.buf, uint32(key.ID))
	e.buf = append(e.buf, 0, 0)
	e.value(v)
	size := len(e.buf) - before - attributeSize
	if size > math.MaxUint16 || len(e.buf)-e.start > e.max || e.count == MaxAttributes {
		e.buf = e.buf[:before]
		e.leftOut++
		return false
	}
	binary.LittleEndian.PutUint16(e.buf[before+attributeSize-2:], uint16(size))
	e.count++
	return true
}

// End completes the message.
func (e *Encoder) End() {
	binary.LittleEndian.PutUint32(e.buf[e.start:], uint32(len(e.buf)-e.start))
	e.buf[e.start+4] = byte(e.count)
}

// Bytes returns the messages since the last Reset. They are valid until the next
// call.
func (e *Encoder) Bytes() []byte { return e.buf }

// Reset drops all messages.
func (e *Encoder) Reset() { e.buf = e.buf[:0] }

// LeftOut returns how many attributes have had no room in their message.
func (e *Encoder) LeftOut() uint64 { return e.leftOut }

// value appends a value in the layout of its type.
func (e *Encoder) value(v *dpi.Value) {
	switch v.Type {
	case dpi.U8:
		e.buf = append(e.buf, byte(v.N))
	case dpi.U16:
		e.buf = binary.LittleEndian.AppendUint16(e.buf, uint16(v.N))
	case dpi.U32:
		e.buf = binary.LittleEndian.AppendUint32(e.buf, uint32(v.N))
	case dpi.U64:
		e.buf = binary.LittleEndian.AppendUint64(e.buf, v.N)
	case dpi.Float:
		e.float(math.Float64frombits(v.N))
	case dpi.TimeVal:
		e.time(v.N)
	default:
		e.bytes(v)
	}
}

func (e *Encoder) float(f float64) {
	if short := float32(f); float64(short) == f || math.IsNaN(f) {
		e.buf = binary.LittleEndian.AppendUint32(e.buf, math.Float32bits(short))
		return
	}
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(f))
}

// bytes appends a value that is no number.
func (e *Encoder) bytes(v *dpi.Value) {
	switch {
	case v.Type == dpi.IP4Addr && v.B == nil:
		e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(v.N))
	case listOf(v.Type).in > 0:
		e.buf = appendList(e.buf, v.B, listOf(v.Type))
	case v.Type == dpi.Binary || v.Type == dpi.BinaryVar:
		e.buf = binary.LittleEndian.AppendUint32(e.buf, uint32(len(v.B)))
		e.buf = append(e.buf, v.B...)
	case v.Type.IsText():
		e.buf = append(append(e.buf, v.B...), 0)
	case v.B == nil:
		e.buf = binary.LittleEndian.AppendUint64(e.buf, v.N)
	default:
		e.buf = append(e.buf, v.B...)
	}
}

// list says how a list of numbers looks: bytes of an element in a dpi.Value
// (network order) and in a message (little endian), and of the count before it.
type list struct{ in, out, count int }

// listOf returns the form of a list, zeros for types that are none.
func listOf(t dpi.DataType) list {
	switch t {
	case dpi.ProtoPath:
		return list{in: 2, out: 4, count: 4}
	case dpi.U16Array:
		return list{in: 2, out: 2, count: 4}
	case dpi.U32Array:
		return list{in: 4, out: 4, count: 4}
	case dpi.U64Array:
		return list{in: 8, out: 8, count: 8}
	}
	return list{}
}

// appendList appends a list of numbers.
func appendList(dst, elements []byte, l list) []byte {
	n := len(elements) / l.in
	dst = appendLittle(dst, uint64(n), l.count)
	for i := range n {
		dst = appendLittle(dst, bigNumber(elements[i*l.in:(i+1)*l.in]), l.out)
	}
	return dst
}

// appendLittle appends the lower size bytes of n, little endian.
func appendLittle(dst []byte, n uint64, size int) []byte {
	for range size {
		dst = append(dst, byte(n))
		n >>= 8
	}
	return dst
}

// bigNumber reads up to 8 bytes in network order.
func bigNumber(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// littleNumber reads up to 8 bytes, little endian.
func littleNumber(b []byte) (n uint64) {
	for i, c := range b {
		n |= uint64(c) << (8 * i)
	}
	return n
}
