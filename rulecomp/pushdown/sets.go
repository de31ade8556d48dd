package pushdown

import (
	"math/bits"
	"net/netip"

	"mmt/bpf"
)

// byteSet is a set of values of one byte; nil holds all.
type byteSet *[4]uint64

// bytesWhere returns the values for which ok holds.
func bytesWhere(ok func(v uint8) bool) byteSet {
	s := new([4]uint64)
	for v := range 256 {
		if ok(uint8(v)) {
			s[v>>6] |= 1 << (v & 63)
		}
	}
	return s
}

// bytesOf returns the set of the given values.
func bytesOf(list ...uint8) byteSet {
	s := new([4]uint64)
	for _, v := range list {
		s[v>>6] |= 1 << (v & 63)
	}
	return s
}

// listOf returns the values of a set, ascending; nil if it holds all.
func listOf(s byteSet) (list []uint8) {
	if s == nil {
		return nil
	}
	for v := range 256 {
		if s[v>>6]&(1<<(v&63)) != 0 {
			list = append(list, uint8(v))
		}
	}
	return list
}

func andBytes(a, b byteSet) byteSet {
	if a == nil || b == nil {
		return either(a, b)
	}
	return &[4]uint64{a[0] & b[0], a[1] & b[1], a[2] & b[2], a[3] & b[3]}
}

func orBytes(a, b byteSet) byteSet {
	if a == nil || b == nil {
		return nil
	}
	return &[4]uint64{a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]}
}

// either returns the one of two sets that is not nil.
func either[T any](a, b *T) *T {
	if a == nil {
		return b
	}
	return a
}

// hasBytes tells whether a holds all that b holds.
func hasBytes(a, b byteSet) bool { return a == nil || b != nil && *andBytes(a, b) == *b }

func hasByte(s byteSet, v uint8) bool { return s == nil || s[v>>6]&(1<<(v&63)) != 0 }

func noBytes(s byteSet) bool { return s != nil && *s == [4]uint64{} }

// portSet is a set of ports; nil holds all.
type portSet *[65536 / 64]uint64

// portsWhere returns the ports for which ok holds.
func portsWhere(ok func(port uint16) bool) portSet {
	s := new([65536 / 64]uint64)
	for port := range 65536 {
		if ok(uint16(port)) {
			s[port>>6] |= 1 << (port & 63)
		}
	}
	return s
}

func portsOf(list ...uint16) portSet {
	s := new([65536 / 64]uint64)
	for _, port := range list {
		s[port>>6] |= 1 << (port & 63)
	}
	return s
}

func hasPort(s portSet, port uint16) bool { return s == nil || s[port>>6]&(1<<(port&63)) != 0 }

func andPorts(a, b portSet) portSet {
	if a == nil || b == nil {
		return either(a, b)
	}
	s := new([65536 / 64]uint64)
	for i := range s {
		s[i] = a[i] & b[i]
	}
	return s
}

func orPorts(a, b portSet) portSet {
	if a == nil || b == nil {
		return nil
	}
	s := new([65536 / 64]uint64)
	for i := range s {
		s[i] = a[i] | b[i]
	}
	return s
}

func hasPorts(a, b portSet) bool { return a == nil || a == b || b != nil && *andPorts(a, b) == *b }

func noPorts(s portSet) bool { return s != nil && *s == [65536 / 64]uint64{} }

// rangesOf returns a set as ranges; nil if it holds all.
func rangesOf(s portSet) (list []bpf.PortRange) {
	if s == nil {
		return nil
	}
	for port := 0; port < 65536; port++ {
		if !hasPort(s, uint16(port)) {
			continue
		}
		first := port
		for port < 65535 && hasPort(s, uint16(port+1)) {
			port++
		}
		list = append(list, bpf.PortRange{First: uint16(first), Last: uint16(port)})
	}
	return list
}

// countPorts returns how many ports a set holds.
func countPorts(s portSet) (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// addrSet is addresses as intervals that may overlap; nil holds all, an empty one
// none. IPv4 lies before IPv6.
type addrSet []interval

// interval is the addresses from lo to hi, of one IP version.
type interval struct{ lo, hi netip.Addr }

func andAddrs(a, b addrSet) addrSet {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	s := addrSet{}
	for _, x := range a {
		for _, y := range b {
			if y.lo.Compare(x.lo) < 0 {
				y.lo = x.lo
			}
			if x.hi.Compare(y.hi) < 0 {
				y.hi = x.hi
			}
			if y.lo.Compare(y.hi) <= 0 {
				s = append(s, y)
			}
		}
	}
	return s
}

func orAddrs(a, b addrSet) addrSet {
	if a == nil || b == nil {
		return nil
	}
	s := append(addrSet{}, a...)
	for _, x := range b {
		if !hasAddrs(a, addrSet{x}) {
			s = append(s, x)
		}
	}
	return s
}

// hasAddrs tells whether each interval of b lies within one of a.
func hasAddrs(a, b addrSet) bool {
	if a == nil || b == nil {
		return a == nil
	}
	for _, y := range b {
		inside := false
		for _, x := range a {
			inside = inside || x.lo.Compare(y.lo) <= 0 && y.hi.Compare(x.hi) <= 0
		}
		if !inside {
			return false
		}
	}
	return true
}

// hasAddr tells whether an address is in a set.
func hasAddr(s addrSet, a netip.Addr) bool {
	for _, x := range s {
		if x.lo.Compare(a) <= 0 && a.Compare(x.hi) <= 0 {
			return true
		}
	}
	return s == nil
}

func noAddrs(s addrSet) bool { return s != nil && len(s) == 0 }

// maxPrefixes is how many prefixes the addresses of a match may take.
const maxPrefixes = 256

// prefixesOf returns addresses as prefixes: nil if they are all, or too many.
func prefixesOf(s addrSet) (list []netip.Prefix) {
	for _, x := range s {
		for a := x.lo; a.IsValid() && a.Compare(x.hi) <= 0; {
			p := widest(a, x.hi)
			if list = append(list, p); len(list) > maxPrefixes {
				return nil
			}
			a = lastOf(p).Next()
		}
	}
	return list
}

// widest returns the shortest prefix that begins with an address and does not
// reach beyond another.
func widest(a, hi netip.Addr) netip.Prefix {
	for n := 0; ; n++ {
		p := netip.PrefixFrom(a, n)
		if n == a.BitLen() || p.Masked().Addr() == a && lastOf(p).Compare(hi) <= 0 {
			return p
		}
	}
}

// lastOf returns the highest address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
