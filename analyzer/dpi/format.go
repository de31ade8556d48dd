package dpi

import (
	"encoding/binary"
	"math"
	"net/netip"
	"strconv"
)

// maxShown is how many bytes of a view are shown.
const maxShown = 256

// AppendText appends a value as people read it: numbers in decimal, times as
// seconds.micros, addresses in their usual form, MAC addresses in lower case,
// text with what does not print shown as '.', other bytes as text if they
// print, else in hexadecimal.
func (v *Value) AppendText(dst []byte) []byte {
	switch v.Type {
	case Float:
		return strconv.AppendFloat(dst, math.Float64frombits(v.N), 'f', 3, 64)
	case TimeVal:
		return AppendTime(dst, int64(v.N))
	case MACAddr:
		return appendMAC(dst, v.B)
	case IP4Addr, IP6Addr:
		if addr, ok := netip.AddrFromSlice(v.B); ok {
			return addr.AppendTo(dst)
		}
	case U16Array, U32Array, U64Array:
		return v.appendArray(dst)
	case Undefined:
		return dst
	}
	switch {
	case v.B == nil:
		return strconv.AppendUint(dst, v.N, 10)
	case v.Type.IsText() || printable(v.B):
		return AppendPrintable(dst, v.B[:min(len(v.B), maxShown)])
	}
	return appendHex(dst, v.B[:min(len(v.B), maxShown)])
}

// AppendTime appends a time in nanoseconds as seconds.micros.
func AppendTime(dst []byte, ns int64) []byte {
	dst = strconv.AppendInt(dst, ns/1e9, 10)
	micros := uint64(ns%1e9) / 1000
	var digits [7]byte
	digits[0] = '.'
	for i := 6; i > 0; i-- {
		digits[i] = byte('0' + micros%10)
		micros /= 10
	}
	return append(dst, digits[:]...)
}

// AppendPrintable appends bytes with those that do not print shown as '.'.
func AppendPrintable(dst, text []byte) []byte {
	for _, c := range text {
		if c < ' ' || c > '~' {
			c = '.'
		}
		dst = append(dst, c)
	}
	return dst
}

func printable(b []byte) bool {
	for _, c := range b {
		if (c < ' ' || c > '~') && c != '\r' && c != '\n' && c != '\t' {
			return false
		}
	}
	return len(b) > 0
}

const hexDigits = "0123456789abcdef"

func appendHex(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

func appendMAC(dst, b []byte) []byte {
	for i, c := range b {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// appendArray appends the numbers of an array as [a,b].
func (v *Value) appendArray(dst []byte) []byte {
	size := map[DataType]int{U16Array: 2, U32Array: 4, U64Array: 8}[v.Type]
	dst = append(dst, '[')
	for i := 0; i+size <= len(v.B); i += size {
		if i > 0 {
			dst = append(dst, ',')
		}
		var n uint64
		switch size {
		case 2:
			n = uint64(binary.BigEndian.Uint16(v.B[i:]))
		case 4:
			n = uint64(binary.BigEndian.Uint32(v.B[i:]))
		default:
			n = binary.BigEndian.Uint64(v.B[i:])
		}
		dst = strconv.AppendUint(dst, n, 10)
	}
	return append(dst, ']')
}
