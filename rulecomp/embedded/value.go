package embedded

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// Limits of the structures in mmt_core.h.
const (
	pathSize      = 16
	arraySize     = 64
	binarySize    = 64
	binaryVarSize = 1024
)

// put writes a value into an argument: numbers as they are, everything else in
// the arena, in the layout that its type has in C.
func (a *arena) put(arg *argument, v *rule.Value) {
	arg.number, arg.pointer = v.Num, 0
	switch {
	case v.Null:
		arg.number = 0
	case v.Type == dpi.TimeVal:
		arg.pointer = a.time(v.Num)
	case v.Type.IsNumber():
	case v.Type == dpi.ProtoPath:
		arg.pointer = a.path(v.B)
	case v.Type == dpi.U16Array || v.Type == dpi.U32Array || v.Type == dpi.U64Array:
		arg.pointer = a.array(v)
	case v.Type == dpi.Binary:
		arg.pointer = a.counted(v.B, binarySize)
	case v.Type == dpi.BinaryVar:
		arg.pointer = a.counted(v.B, binaryVarSize)
	default:
		arg.pointer = a.text(v.B)
	}
}

// time writes microseconds since 1970, and after them the microseconds within
// the second, where code that takes it for a struct timeval looks for tv_usec.
func (a *arena) time(micros float64) uintptr {
	times, address := place[uint64](a, 2)
	if times != nil {
		times[0] = uint64(max(micros, 0))
		times[1] = times[0] % 1e6
	}
	return address
}

// path writes a proto_hierarchy_t.
func (a *arena) path(b []byte) uintptr {
	path, address := place[int32](a, 1+pathSize)
	if path == nil {
		return 0
	}
	clear(path)
	n := min(len(b)/2, pathSize)
	path[0] = int32(n)
	for i := range n {
		path[1+i] = int32(binary.BigEndian.Uint16(b[2*i:]))
	}
	return address
}

// array writes a mmt_u16_array_t, mmt_u32_array_t or mmt_u64_array_t.
func (a *arena) array(v *rule.Value) uintptr {
	width := elementSize(v.Type)
	start := max(width, 4) // data stands at its own alignment after len
	address := a.here()
	piece := a.take(start + arraySize*width)
	if piece == nil {
		return 0
	}
	clear(piece)
	n := min(len(v.B)/width, arraySize)
	binary.NativeEndian.PutUint32(piece, uint32(n))
	for i := range n {
		in, out := v.B[i*width:], piece[start+i*width:]
		switch width {
		case 2:
			binary.NativeEndian.PutUint16(out, binary.BigEndian.Uint16(in))
		case 4:
			binary.NativeEndian.PutUint32(out, binary.BigEndian.Uint32(in))
		default:
			binary.NativeEndian.PutUint64(out, binary.BigEndian.Uint64(in))
		}
	}
	return address
}

// elementSize returns the size of an array's numbers in bytes.
func elementSize(t dpi.DataType) int {
	switch t {
	case dpi.U16Array:
		return 2
	case dpi.U32Array:
		return 4
	}
	return 8
}

// counted writes a mmt_binary_data_t or mmt_binary_var_data_t.
func (a *arena) counted(b []byte, most int) uintptr {
	address := a.here()
	piece := a.take(4 + most)
	if piece == nil {
		return 0
	}
	n := copy(piece[4:], b)
	clear(piece[4+n:])
	binary.NativeEndian.PutUint32(piece, uint32(n))
	return address
}

// fromHistory turns a value of a verdict's history into one that functions take.
func fromHistory(v *dpi.Value) rule.Value {
	if n, ok := v.Number(); ok {
		return rule.Value{Type: v.Type, Num: n}
	}
	return rule.Value{Type: v.Type, B: v.B}
}
