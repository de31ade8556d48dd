package report

import "encoding/binary"

// Elements calls f with the place and the value of each number of a list, up to most
// of them; any other value has none.
func (v *Value) Elements(most int, f func(i int, n Value)) {
	size := map[ValueKind]int{List16Value: 2, List32Value: 4, List64Value: 8}[v.Kind]
	if size == 0 {
		return
	}
	for i := range min(len(v.B)/size, most) {
		f(i, Value{N: bigEndian(v.B[i*size : (i+1)*size])})
	}
}

// bigEndian returns the number in b, of at most 8 bytes.
func bigEndian(b []byte) uint64 {
	var wide [8]byte
	copy(wide[8-len(b):], b)
	return binary.BigEndian.Uint64(wide[:])
}

// figureSize is how many bytes AppendFigure appends.
const figureSize = 1 + 8 + 8

// AppendFigure appends a number to the bytes of a FiguresValue.
func AppendFigure(dst []byte, v Value) []byte {
	dst = append(dst, byte(v.Kind))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(v.High))
	return binary.LittleEndian.AppendUint64(dst, v.N)
}

// appendFigures appends the numbers as a list.
func appendFigures(dst, b []byte) []byte {
	dst = append(dst, '[')
	for i := 0; i+figureSize <= len(b); i += figureSize {
		if i > 0 {
			dst = append(dst, ',')
		}
		v := Value{Kind: ValueKind(b[i]), High: int64(binary.LittleEndian.Uint64(b[i+1:])), N: binary.LittleEndian.Uint64(b[i+9:])}
		if v.IsNumber() {
			dst = v.appendBare(dst)
		}
	}
	return append(dst, ']')
}
