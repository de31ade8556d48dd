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

// prefixBits is a prefix and what is to be done about the addresses in it, as
// in enum side of c/tables.h.
type prefixBits struct {
	prefix netip.Prefix
	bits   uint8
}

// last returns the highest address of a prefix.
func (p prefixBits) last() number {
	n, host := numberOf(p.prefix.Addr()), p.prefix.Addr().BitLen()-p.prefix.Bits()
	if host >= 64 {
		return number{n.hi | (1<<(host-64) - 1), ^uint64(0)}
	}
	return number{n.hi, n.lo | (1<<host - 1)}
}

// inherit sorts prefixes by family, address and length. A prefix that says
// nothing about one side takes over what the one around it says: then looking up
// the longest prefix is enough for both sides.
func inherit(list map[netip.Prefix]uint8) (v4, v6 []prefixBits) {
	var all []prefixBits
	for p, bits := range list {
		all = append(all, prefixBits{p, bits})
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
			p.bits = over(p.bits, around[len(around)-1].bits)
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
// the bits of an address are those of the last start that is not above it. Flat
// and sorted: 14 steps find one of 10,000 prefixes.
type ranges struct {
	starts []number
	bits   []uint8
}

// newRanges lays sorted prefixes over each other.
func newRanges(list []prefixBits) (r ranges) {
	var around []prefixBits
	leave := func() {
		top := around[len(around)-1]
		around = around[:len(around)-1]
		bits := uint8(0)
		if len(around) > 0 {
			bits = around[len(around)-1].bits
		}
		if start, ok := top.last().next(); ok {
			r.begin(start, bits)
		}
	}
	for _, p := range list {
		first := numberOf(p.prefix.Addr())
		for len(around) > 0 && around[len(around)-1].last().less(first) {
			leave()
		}
		r.begin(first, p.bits)
		around = append(around, p)
	}
	for len(around) > 0 {
		leave()
	}
	return r
}

// begin adds a range; of two with the same start the later one counts.
func (r *ranges) begin(start number, bits uint8) {
	if n := len(r.starts); n > 0 && r.starts[n-1] == start {
		r.bits[n-1] = bits
		return
	}
	r.starts, r.bits = append(r.starts, start), append(r.bits, bits)
}

// look returns the bits of the longest prefix around an address.
func (r *ranges) look(n number) uint8 {
	i := sort.Search(len(r.starts), func(i int) bool { return n.less(r.starts[i]) })
	if i == 0 {
		return 0
	}
	return r.bits[i-1]
}
