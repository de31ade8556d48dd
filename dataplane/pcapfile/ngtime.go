package pcapfile

import (
	"math/bits"

	"mmt/dataplane"
)

// Options of an interface block.
const (
	optResolution = 9  // if_tsresol, one byte
	optOffset     = 14 // if_tsoffset, eight bytes
)

// netInterface is what an interface block says about its packets.
type netInterface struct {
	link   dataplane.LinkType
	snap   uint32 // snapshot length, 0 for none
	offset int64  // nanoseconds to add to each time
	// A time unit is mul nanoseconds, or 1/div of one, or 2^-shift seconds.
	mul   uint64
	div   uint64
	shift uint
}

func (f *ng) addInterface(b []byte) error {
	if len(f.interfaces) == maxInterfaces {
		return damagef("more than %d interfaces", maxInterfaces)
	}
	in := netInterface{link: dataplane.LinkType(f.u16(b[8:])), snap: f.u32(b[12:])}
	in.setResolution(6)
	err := f.readOptions(b[16:len(b)-4], func(code uint16, value []byte) error {
		switch {
		case code == optResolution && len(value) == 1:
			in.setResolution(value[0])
		case code == optOffset && len(value) == 8:
			in.offset = f.i64(value) * 1e9
		case code == optResolution || code == optOffset:
			return damagef("interface option %d of %d bytes", code, len(value))
		}
		return nil
	})
	f.interfaces = append(f.interfaces, in)
	return err
}

func (f *ng) i64(b []byte) int64 {
	first, second := uint64(f.u32(b)), uint64(f.u32(b[4:]))
	if f.swap {
		return int64(first<<32 | second)
	}
	return int64(second<<32 | first)
}

// setResolution reads if_tsresol: a negative power of ten, or of two if the
// highest bit is set.
func (in *netInterface) setResolution(v byte) {
	in.mul, in.div, in.shift = 0, 0, 0
	switch n := int(v & 0x7f); {
	case v&0x80 != 0 && n > 0:
		in.shift = uint(n)
	case v&0x80 != 0:
		in.mul = 1e9
	case n <= 9:
		in.mul = pow10(9 - n)
	case n <= 9+19:
		in.div = pow10(n - 9)
	default: // units so small that 64 bits of them are less than a nanosecond
		in.shift = 127
	}
}

func pow10(n int) uint64 {
	v := uint64(1)
	for range n {
		v *= 10
	}
	return v
}

// time turns a count of units into nanoseconds since 1970.
func (in *netInterface) time(units uint64) int64 {
	switch {
	case in.mul > 0:
		return int64(units*in.mul) + in.offset
	case in.div > 0:
		return int64(units/in.div) + in.offset
	}
	hi, lo := bits.Mul64(units, 1e9)
	if in.shift >= 64 {
		return int64(hi>>(in.shift-64)) + in.offset
	}
	return int64(hi<<(64-in.shift)|lo>>in.shift) + in.offset
}
