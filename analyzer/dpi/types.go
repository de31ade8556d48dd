package dpi

import (
	"encoding/binary"
	"math"
)

// DataType is the type of an attribute's value (manual section 5.1.2, "data
// type of the attribute").
type DataType uint8

// The data types of the attribute tables.
const (
	Undefined DataType = iota
	U8
	U16
	U32
	U64
	Float             // IEEE 754, bits in Value.N as a float64
	TimeVal           // nanoseconds in Value.N, shown as seconds.micros
	MACAddr           // 6 bytes
	IP4Addr           // 4 bytes, network order; also in Value.N
	IP6Addr           // 16 bytes
	ProtoPath         // protocol path of the packet
	Pointer           // a view of packet bytes, or of a structure that only the library reads
	Binary            // bytes, at most 64
	BinaryVar         // bytes, at most 1024
	String            // text
	StringPointer     // text
	HeaderLine        // text inside the packet, such as the value of an HTTP header
	GenericHeaderLine // "field: value" inside the packet
	U16Array          // 16-bit numbers, big endian, in Value.B
	U32Array          // 32-bit numbers, big endian, in Value.B
	U64Array          // 64-bit numbers, big endian, in Value.B
	Stats             // statistics of a protocol
)

// typeFacts gives each type the name that the attribute tables use and the
// size in bytes that the manual's "data size of the given data type" returns.
var typeFacts = [...]struct {
	name string
	size int
}{
	Undefined: {"undefined", 0}, U8: {"u8", 1}, U16: {"u16", 2}, U32: {"u32", 4}, U64: {"u64", 8},
	Float: {"float", 4}, TimeVal: {"timeval", 16}, MACAddr: {"mac_addr", 6}, IP4Addr: {"ip4_addr", 4},
	IP6Addr: {"ip6_addr", 16}, ProtoPath: {"proto_path", 68}, Pointer: {"pointer", 8}, Binary: {"binary", 68},
	BinaryVar: {"binary_var", 1028}, String: {"string", 64}, StringPointer: {"string_pointer", 8},
	HeaderLine: {"header_line", 8}, GenericHeaderLine: {"generic_header_line", 8},
	U16Array: {"u16_array", 132}, U32Array: {"u32_array", 260}, U64Array: {"u64_array", 520}, Stats: {"stats", 8},
}

// String returns the type's name as the attribute tables write it.
func (t DataType) String() string {
	if int(t) < len(typeFacts) {
		return typeFacts[t].name
	}
	return typeFacts[Undefined].name
}

// Size returns the size in bytes of a value of the type, 0 if the type is
// unknown.
func (t DataType) Size() int {
	if int(t) < len(typeFacts) {
		return typeFacts[t].size
	}
	return 0
}

// IsNumber tells whether values of the type compare as numbers.
func (t DataType) IsNumber() bool { return t >= U8 && t <= TimeVal }

// IsText tells whether values of the type are bytes meant to be read as text.
func (t DataType) IsText() bool { return t >= String && t <= GenericHeaderLine }

// Scope says how long an attribute's value holds.
type Scope uint8

// The scopes of the attribute tables.
const (
	ScopePacket  Scope = iota // a field of this packet
	ScopeSession              // holds for the whole session
	ScopeEvent                // exists only on the packet where something happened
	ScopeOther                // anything else, mostly values gathered over packets
)

// String returns the scope's name as the attribute tables write it.
func (s Scope) String() string {
	return [...]string{"packet", "session", "event", "other"}[s&3]
}

// Value is an attribute's value. Numbers, times and IPv4 addresses are in N;
// everything that is bytes is a view B into the packet or into memory of the
// protocol's state, valid until the next packet is processed.
type Value struct {
	B    []byte
	N    uint64
	Type DataType
}

// SetU sets a number of the given type.
func (v *Value) SetU(t DataType, n uint64) bool {
	v.Type, v.N, v.B = t, n, nil
	return true
}

// SetBytes sets a byte view of the given type.
func (v *Value) SetBytes(t DataType, b []byte) bool {
	v.Type, v.N, v.B = t, 0, b
	return true
}

// SetIP4 sets an IPv4 address from its four bytes.
func (v *Value) SetIP4(b []byte) bool {
	v.Type, v.N, v.B = IP4Addr, uint64(binary.BigEndian.Uint32(b)), b[:4]
	return true
}

// SetFloat sets a floating-point number.
func (v *Value) SetFloat(f float64) bool {
	v.Type, v.N, v.B = Float, math.Float64bits(f), nil
	return true
}

// Number returns the value as the double that rules compare with; times count
// in microseconds. ok is false for anything that is not a number.
func (v *Value) Number() (n float64, ok bool) {
	switch {
	case v.Type == Float:
		return math.Float64frombits(v.N), true
	case v.Type == TimeVal:
		return float64(v.N / 1000), true
	case v.Type.IsNumber():
		return float64(v.N), true
	}
	return 0, false
}
