package hosts

import (
	"cmp"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
)

// addrIndex maps addresses to applications. Nested blocks are flattened: range i
// goes from its start to the start of range i+1. The first range of each family
// starts at address zero, so that every address is in one.
type addrIndex struct {
	start4 []uint32
	app4   []uint32
	start6 []addr6
	app6   []uint32
}

// addr6 is an IPv6 address as two numbers in host byte order.
type addr6 struct{ high, low uint64 }

func (a addr6) less(b addr6) bool {
	return a.high < b.high || a.high == b.high && a.low < b.low
}

func toAddr6(b *[16]byte) addr6 {
	return addr6{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// lookup returns the application of a, 0 if it has none.
func (x *addrIndex) lookup(a *[16]byte) uint32 {
	key := toAddr6(a)
	if key.high == 0 && key.low>>32 == 0xffff {
		return x.lookup4(uint32(key.low))
	}
	low, high := 0, len(x.start6)
	for high-low > 1 {
		if mid := (low + high) / 2; key.less(x.start6[mid]) {
			high = mid
		} else {
			low = mid
		}
	}
	return x.app6[low]
}

func (x *addrIndex) lookup4(key uint32) uint32 {
	low, high := 0, len(x.start4)
	for high-low > 1 {
		if mid := (low + high) / 2; key < x.start4[mid] {
			high = mid
		} else {
			low = mid
		}
	}
	return x.app4[low]
}

func (x *addrIndex) build(blocks map[netip.Prefix]owner) {
	prefixes := slices.SortedFunc(maps.Keys(blocks), func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), a.Bits()-b.Bits())
	})
	// Addresses of IPv4 sort before those of IPv6.
	first6, _ := slices.BinarySearchFunc(prefixes, 0, func(p netip.Prefix, _ int) int {
		if p.Addr().Is4() {
			return -1
		}
		return 1
	})
	for _, r := range flatten(prefixes[:first6], netip.IPv4Unspecified(), blocks) {
		start := r.start.As4()
		x.start4 = append(x.start4, binary.BigEndian.Uint32(start[:]))
		x.app4 = append(x.app4, r.app)
	}
	for _, r := range flatten(prefixes[first6:], netip.IPv6Unspecified(), blocks) {
		start := r.start.As16()
		x.start6 = append(x.start6, toAddr6(&start))
		x.app6 = append(x.app6, r.app)
	}
}

// addrRange is a range of addresses from start up to the next range's.
type addrRange struct {
	start netip.Addr
	app   uint32
}

// flatten cuts nested blocks, sorted by address and then by length, into ranges
// that do not overlap, from zero on.
func flatten(sorted []netip.Prefix, zero netip.Addr, blocks map[netip.Prefix]owner) []addrRange {
	ranges := []addrRange{{zero, 0}}
	from := func(start netip.Addr, app uint32) {
		if last := &ranges[len(ranges)-1]; last.start == start {
			last.app = app
		} else if start.IsValid() {
			ranges = append(ranges, addrRange{start, app})
		}
	}
	var open []netip.Prefix // blocks around the current address, the outermost first
	closeUpTo := func(p netip.Prefix) {
		for len(open) > 0 && !open[len(open)-1].Overlaps(p) {
			end := lastAddr(open[len(open)-1]).Next()
			open = open[:len(open)-1]
			var app uint32
			if len(open) > 0 {
				app = blocks[open[len(open)-1]].app
			}
			from(end, app)
		}
	}
	for _, p := range sorted {
		closeUpTo(p)
		from(p.Addr(), blocks[p].app)
		open = append(open, p)
	}
	closeUpTo(netip.Prefix{}) // overlaps nothing
	return ranges
}

// lastAddr returns the last address of a block.
func lastAddr(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}
