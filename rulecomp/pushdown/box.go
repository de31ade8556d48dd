package pushdown

import (
	"slices"

	"mmt/bpf"
)

// IP versions of a box.
const (
	ip4 uint8 = 1 << iota
	ip6
)

// box is a set of IP packets outside of tunnels: those that meet all its
// conditions. As in bpf.Match, a condition on ports, flags or types speaks of the
// packets that have them.
type box struct {
	versions     uint8
	protocols    byteSet
	src, dst     addrSet
	sport, dport portSet
	flags        byteSet // of TCP
	types        byteSet // of ICMP
	fragment     bool    // fragments only
	options      bool    // packets with options only
}

// anyIP is all IP packets.
var anyIP = box{versions: ip4 | ip6}

// protocolBox is all packets of some IP protocols.
func protocolBox(list ...uint8) box { return box{versions: ip4 | ip6, protocols: bytesOf(list...)} }

// and returns the packets that are in both boxes.
func (b *box) and(c *box) box {
	return box{
		versions: b.versions & c.versions, protocols: andBytes(b.protocols, c.protocols),
		src: andAddrs(b.src, c.src), dst: andAddrs(b.dst, c.dst),
		sport: andPorts(b.sport, c.sport), dport: andPorts(b.dport, c.dport),
		flags: andBytes(b.flags, c.flags), types: andBytes(b.types, c.types),
		fragment: b.fragment || c.fragment, options: b.options || c.options,
	}
}

// or returns the smallest box around two.
func (b *box) or(c *box) box {
	return box{
		versions: b.versions | c.versions, protocols: orBytes(b.protocols, c.protocols),
		src: orAddrs(b.src, c.src), dst: orAddrs(b.dst, c.dst),
		sport: orPorts(b.sport, c.sport), dport: orPorts(b.dport, c.dport),
		flags: orBytes(b.flags, c.flags), types: orBytes(b.types, c.types),
		fragment: b.fragment && c.fragment, options: b.options && c.options,
	}
}

// conditions says something of each condition of a box.
type conditions [10]bool

var allOfThem = conditions{true, true, true, true, true, true, true, true, true, true}

// within tells of each condition whether what b wants by it lies within what c
// does.
func (b *box) within(c *box) conditions {
	return conditions{
		b.versions&^c.versions == 0, hasBytes(c.protocols, b.protocols),
		hasAddrs(c.src, b.src), hasAddrs(c.dst, b.dst), hasPorts(c.sport, b.sport), hasPorts(c.dport, b.dport),
		hasBytes(c.flags, b.flags), hasBytes(c.types, b.types), b.fragment || !c.fragment, b.options || !c.options,
	}
}

// holds tells whether each packet of c is in b, as far as the conditions tell one
// by one.
func (b *box) holds(c *box) bool { return c.within(b) == allOfThem }

// differences counts the conditions in which two boxes differ. Of two boxes that
// differ in one, the box around both holds no more than the two do.
func (b *box) differences(c *box) (n int) {
	there, back := b.within(c), c.within(b)
	for i := range there {
		if !there[i] || !back[i] {
			n++
		}
	}
	return n
}

// empty tells whether no packet is in the box.
func (b *box) empty() bool {
	return b.versions == 0 || noBytes(b.protocols) || noAddrs(b.src) || noAddrs(b.dst) ||
		noPorts(b.sport) || noPorts(b.dport) || noBytes(b.flags) || noBytes(b.types)
}

// flows returns all packets of the flows that packets of the box may belong to.
func (b *box) flows() []box {
	there := box{versions: b.versions, protocols: b.protocols, src: b.src, dst: b.dst, sport: b.sport, dport: b.dport}
	back := there
	back.src, back.dst, back.sport, back.dport = b.dst, b.src, b.dport, b.sport
	return []box{there, back}
}

// match returns the box as the prefilter knows it.
func (b *box) match() bpf.Match {
	m := bpf.Match{
		Protocols: listOf(b.protocols), Sources: prefixesOf(b.src), Destinations: prefixesOf(b.dst),
		SourcePorts: rangesOf(b.sport), DestinationPorts: rangesOf(b.dport),
		Flags: listOf(b.flags), Types: listOf(b.types), Fragment: b.fragment, Options: b.options,
	}
	switch b.versions {
	case ip4:
		m.Version = 4
	case ip6:
		m.Version = 6
	}
	return m
}

// intersect returns what is in a box of each of two lists.
func intersect(a, b []box) (list []box) {
	for i := range a {
		for k := range b {
			if c := a[i].and(&b[k]); !c.empty() {
				list = add(list, c)
			}
		}
	}
	return merge(list, maxBoxes)
}

// maxBoxes is how many boxes one condition may come to.
const maxBoxes = 32

// unite adds boxes to a list.
func unite(list, more []box) []box {
	for i := range more {
		list = add(list, more[i])
	}
	return list
}

// add adds a box to a list, unless it is in another one; boxes that are in it
// leave.
func add(list []box, b box) []box {
	if b.empty() || slices.ContainsFunc(list, func(c box) bool { return c.holds(&b) }) {
		return list
	}
	list = slices.DeleteFunc(slices.Clone(list), func(c box) bool { return b.holds(&c) })
	return append(list, b)
}

// merge puts boxes together: where that adds no packets, and then, until there are
// at most so many, those that differ least.
func merge(list []box, most int) []box {
	m := newMerging(list)
	for m.left > 1 {
		i, k, n := m.closest()
		if n > 1 && m.left <= most {
			break
		}
		m.join(i, k)
	}
	var merged []box
	for i := range m.list {
		if !m.gone[i] {
			merged = append(merged, m.list[i])
		}
	}
	return merged
}

// merging is boxes that are put together, and how much they differ.
type merging struct {
	list  []box
	gone  []bool // it is part of another one
	left  int
	apart [][]int // differences of a box and the ones before it
}

func newMerging(list []box) *merging {
	m := &merging{list: slices.Clone(list), gone: make([]bool, len(list)), left: len(list)}
	for i := range list {
		m.apart = append(m.apart, make([]int, i))
		for k := range i {
			m.apart[i][k] = list[i].differences(&list[k])
		}
	}
	return m
}

// closest returns the two boxes that differ in the fewest conditions, and in how
// many.
func (m *merging) closest() (i, k, n int) {
	n = len(conditions{}) + 1
	for a := range m.list {
		for b := 0; b < a && !m.gone[a]; b++ {
			if !m.gone[b] && m.apart[a][b] < n {
				i, k, n = a, b, m.apart[a][b]
			}
		}
	}
	return i, k, n
}

// join makes the box around two of one of them. Others that are in it then are
// gone as well.
func (m *merging) join(i, k int) {
	m.list[i] = m.list[i].or(&m.list[k])
	m.drop(k)
	for a := range m.list {
		switch {
		case a == i || m.gone[a]:
		case m.list[i].holds(&m.list[a]):
			m.drop(a)
		default:
			m.apart[max(a, i)][min(a, i)] = m.list[i].differences(&m.list[a])
		}
	}
}

func (m *merging) drop(i int) {
	m.gone[i] = true
	m.left--
}
