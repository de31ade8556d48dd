package bpf

import (
	"errors"
	"fmt"
	"net/netip"
)

// MaxWanted is how many matches Rules.Wanted can have.
const MaxWanted = 64

// ErrTooMany says that Rules.Wanted tells more kinds of packets apart than the
// tables can hold: more than MaxWanted matches, or more than 256 ways in which
// ports, or prefixes, belong to them. Wider matches help.
var ErrTooMany = errors.New("too many kinds of packets")

// Match is a set of IP packets: those that meet all its conditions. An empty
// condition is met by every packet, and one on what cannot be known of a packet,
// such as the ports of a fragment, counts as met.
type Match struct {
	Version   uint8   // 4 or 6; 0: either
	Protocols []uint8 // IP protocol numbers, for IPv6 the one behind the extension headers

	// Ends of the packet. Ports are of TCP, UDP, SCTP, DCCP and UDP-Lite; packets
	// of other protocols have none and are not held back by them.
	Sources, Destinations         []netip.Prefix
	SourcePorts, DestinationPorts []PortRange

	Flags []uint8 // whole bytes of TCP flags; for other protocols no condition
	Types []uint8 // of ICMP and ICMPv6 messages; for other protocols no condition

	Fragment bool // fragments only
	Options  bool // packets with IPv4 options only; all fragments are taken to have them
}

// PortRange is ports from First to Last.
type PortRange struct{ First, Last uint16 }

// want makes the tables of what is wanted.
func (t *tables) want(list []Match) error {
	if list == nil {
		return nil
	}
	if len(list) > MaxWanted {
		return fmt.Errorf("%d matches, %d at most: %w", len(list), MaxWanted, ErrTooMany)
	}
	t.flag(prefilterFlagHAVE_WANTED)
	sports, dports := make([]uint64, 1<<16), make([]uint64, 1<<16)
	for i := range list {
		m := &list[i]
		if err := m.check(); err != nil {
			return fmt.Errorf("match %d: %w", i+1, err)
		}
		bit := uint64(1) << i
		t.wantBytes(m, bit)
		addPortRanges(sports, m.SourcePorts, bit)
		addPortRanges(dports, m.DestinationPorts, bit)
	}
	t.wantHidden()
	return t.classifyPorts(sports, dports)
}

// check refuses what no packet could meet.
func (m *Match) check() error {
	if m.Version != 0 && m.Version != 4 && m.Version != 6 {
		return fmt.Errorf("IP version %d: use 4, 6 or 0 for either", m.Version)
	}
	for _, r := range append(m.SourcePorts[:len(m.SourcePorts):len(m.SourcePorts)], m.DestinationPorts...) {
		if r.Last < r.First {
			return fmt.Errorf("ports %d to %d: the first is the higher", r.First, r.Last)
		}
	}
	for _, p := range append(m.Sources[:len(m.Sources):len(m.Sources)], m.Destinations...) {
		if !p.IsValid() {
			return errors.New("no prefix")
		}
	}
	return nil
}

// wantBytes notes a match in the tables that are indexed by one byte.
func (t *tables) wantBytes(m *Match, bit uint64) {
	w := &t.settings.Wanted
	for shape := range w.Shapes {
		if m.hasShape(prefilterShape(shape)) {
			w.Shapes[shape] |= bit
		}
	}
	addBytes(&w.Protocols, m.Protocols, bit)
	addBytes(&w.Flags, m.Flags, bit)
	addBytes(&w.Types, m.Types, bit)
}

// hasShape tells whether packets of a shape can be in the set.
func (m *Match) hasShape(s prefilterShape) bool {
	version := uint8(4)
	if s&prefilterShapeIS_IP6 != 0 {
		version = 6
	}
	fragment := s&prefilterShapeIS_FRAGMENT != 0
	options := fragment || s&prefilterShapeHAS_OPTIONS != 0
	return (m.Version == 0 || m.Version == version) && (fragment || !m.Fragment) && (options || !m.Options)
}

// addBytes adds a bit to the values of a list, to all of them if it is empty.
func addBytes(to *[256]uint64, list []uint8, bit uint64) {
	for _, v := range list {
		to[v] |= bit
	}
	for v := range to {
		if len(list) == 0 {
			to[v] |= bit
		}
	}
}

func addPortRanges(to []uint64, list []PortRange, bit uint64) {
	if len(list) == 0 {
		list = []PortRange{{0, 0xffff}}
	}
	for _, r := range list {
		for port := int(r.First); port <= int(r.Last); port++ {
			to[port] |= bit
		}
	}
}

// wantHidden lets extension headers be any protocol: behind the header of a
// fragment they hide it.
func (t *tables) wantHidden() {
	w := &t.settings.Wanted
	all := uint64(0)
	for _, sets := range w.Protocols {
		all |= sets
	}
	for p := range w.Protocols {
		if isExtension(uint8(p)) {
			w.Protocols[p] = all
		}
	}
}

// classifyPorts gives ports that are in the same sets the same class.
func (t *tables) classifyPorts(sports, dports []uint64) error {
	w := &t.settings.Wanted
	c := classifier{}
	for port := range sports {
		class, err := c.of(sports[port], dports[port])
		if err != nil {
			return fmt.Errorf("ports: %w", err)
		}
		w.Classes[port] = class
	}
	c.fill(&w.Sports, &w.Dports)
	return nil
}

// classifier numbers pairs of sets of matches.
type classifier struct {
	pairs [][2]uint64
	known map[[2]uint64]uint8
}

func (c *classifier) of(src, dst uint64) (uint8, error) {
	pair := [2]uint64{src, dst}
	if class, ok := c.known[pair]; ok {
		return class, nil
	}
	if len(c.pairs) == 256 {
		return 0, ErrTooMany
	}
	if c.known == nil {
		c.known = map[[2]uint64]uint8{}
	}
	c.known[pair] = uint8(len(c.pairs))
	c.pairs = append(c.pairs, pair)
	return c.known[pair], nil
}

func (c *classifier) fill(src, dst *[256]uint64) {
	for i, pair := range c.pairs {
		src[i], dst[i] = pair[0], pair[1]
	}
}

// addWantedPrefixes notes in a list of prefixes which matches they belong to.
func addWantedPrefixes(list map[netip.Prefix]prefixBits, wanted []Match) {
	for i := range wanted {
		for _, p := range wanted[i].Sources {
			b := list[p.Masked()]
			b.src |= 1 << i
			list[p.Masked()] = b
		}
		for _, p := range wanted[i].Destinations {
			b := list[p.Masked()]
			b.dst |= 1 << i
			list[p.Masked()] = b
		}
	}
}

// classifyPrefixes gives prefixes that belong to the same matches the same
// class. Class 0 is what no prefix holds.
func (t *tables) classifyPrefixes(wanted []Match) error {
	var src, dst uint64 // matches without a condition on that side
	for i := range wanted {
		if len(wanted[i].Sources) == 0 {
			src |= 1 << i
		}
		if len(wanted[i].Destinations) == 0 {
			dst |= 1 << i
		}
	}
	c := classifier{}
	if _, err := c.of(src, dst); err != nil {
		return err
	}
	for _, list := range [][]prefixBits{t.prefix4, t.prefix6} {
		for i := range list {
			class, err := c.of(src|list[i].src, dst|list[i].dst)
			if err != nil {
				return fmt.Errorf("prefixes: %w", err)
			}
			list[i].class = class
		}
	}
	c.fill(&t.settings.Wanted.Src, &t.settings.Wanted.Dst)
	return nil
}

// isWanted tells whether a packet is in one of the sets that are wanted, or may
// be, as far as its headers can be known.
func (t *tables) isWanted(h *header, src, dst uint16) bool {
	w := &t.settings.Wanted
	sets := w.Shapes[h.shape] & w.Protocols[h.protocol] & w.Src[src>>classShift] & w.Dst[dst>>classShift]
	if h.undecided {
		return sets != 0
	}
	if classOf(h.protocol) != 0 {
		sets &= w.Sports[w.Classes[h.sport]] & w.Dports[w.Classes[h.dport]]
	}
	switch {
	case !h.looked:
	case h.protocol == protoTCP:
		sets &= w.Flags[h.flags]
	default:
		sets &= w.Types[h.icmp]
	}
	return sets != 0
}
