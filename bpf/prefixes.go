package bpf

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"sort"
)

// number is an address as a number; IPv4 as ::ffff:a.b.c.d.
type number struct{ hi, lo uint64 }

func numberOf(a netip.Addr) number {
	b := a.As16()
	return number{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

func (n number) less(m number) bool { return n.hi < m.hi || n.hi == m.hi && n.lo < m.lo }

// next returns the number after n, and whether there is one.
func (n number) next() (number, bool) {
	n.lo++
	if n.lo == 0 {
		n.hi++
	}
	return n, n != number{}
}

// prefixBits is a prefix and what is to be done about the addresses in it.
type prefixBits struct {
	prefix   netip.Prefix
	bits     uint8  // enum side of c/tables.h
	class    uint8  // for struct wanted of c/tables.h
	src, dst uint64 // matches of Rules.Wanted that hold such addresses
}

// classShift is where the class begins in what is stored of a prefix.
const classShift = 8

// value is what is stored of the prefix.
func (p *prefixBits) value() uint16 { return uint16(p.class)<<classShift | uint16(p.bits) }

// last returns the highest address of a prefix.
func (p prefixBits) last() number {
	n, host := numberOf(p.prefix.Addr()), p.prefix.Addr().BitLen()-p.prefix.Bits()
	if host >= 64 {
		return number{n.hi | (1<<(host-64) - 1), ^uint64(0)}
	}
	return number{n.hi, n.lo | (1<<host - 1)}
}

// inherit sorts prefixes by family, address and length. A prefix that says
// nothing about one side takes over what the one around it says, and each belongs
// to the matches that the one around it belongs to: then looking up the longest
// prefix is enough.
func inherit(list map[netip.Prefix]prefixBits) (v4, v6 []prefixBits) {
	var all []prefixBits
	for p, b := range list {
		b.prefix = p
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b prefixBits) int { return a.prefix.Compare(b.prefix) })
	var around []prefixBits // prefixes that hold each other, the longest last
	split := len(all)
	for i := range all {
		p := &all[i]
		if p.prefix.Addr().Is6() {
			split = min(split, i)
		}
		for len(around) > 0 && !around[len(around)-1].prefix.Overlaps(p.prefix) {
			around = around[:len(around)-1]
		}
		if len(around) > 0 {
			outer := &around[len(around)-1]
			p.bits = over(p.bits, outer.bits)
			p.src, p.dst = p.src|outer.src, p.dst|outer.dst
		}
		around = append(around, *p)
	}
	return all[:split], all[split:]
}

// over lays bits over those of a shorter prefix.
func over(bits, under uint8) uint8 {
	for _, side := range []uint8{srcBits, dstBits} {
		if bits&side == 0 {
			bits |= under & side
		}
	}
	return bits
}

// ranges are prefixes of one family as ranges of addresses that do not overlap:
// what is stored of an address is that of the last start that is not above it.
// Flat and sorted: 14 steps find one of 10,000 prefixes.
type ranges struct {
	starts []number
	values []uint16
}

// newRanges lays sorted prefixes over each other.
func newRanges(list []prefixBits) (r ranges) {
	var around []prefixBits
	leave := func() {
		top := around[len(around)-1]
		around = around[:len(around)-1]
		value := uint16(0)
		if len(around) > 0 {
			value = around[len(around)-1].value()
		}
		if start, ok := top.last().next(); ok {
			r.begin(start, value)
		}
	}
	for _, p := range list {
		first := numberOf(p.prefix.Addr())
		for len(around) > 0 && around[len(around)-1].last().less(first) {
			leave()
		}
		r.begin(first, p.value())
		around = append(around, p)
	}
	for len(around) > 0 {
		leave()
	}
	return r
}

// begin adds a range; of two with the same start the later one counts.
func (r *ranges) begin(start number, value uint16) {
	if n := len(r.starts); n > 0 && r.starts[n-1] == start {
		r.values[n-1] = value
		return
	}
	r.starts, r.values = append(r.starts, start), append(r.values, value)
}

// look returns what is stored of the longest prefix around an address.
func (r *ranges) look(n number) uint16 {
	i := sort.Search(len(r.starts), func(i int) bool { return n.less(r.starts[i]) })
	if i == 0 {
		return 0
	}
	return r.values[i-1]
}
