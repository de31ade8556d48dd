package config

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// PrefilterMode says where the prefilter runs.
type PrefilterMode string

// The modes. PrefilterAuto is native where the driver can, else generic, else
// user.
const (
	PrefilterAuto    PrefilterMode = "auto"
	PrefilterNative  PrefilterMode = "native"  // XDP in the driver
	PrefilterGeneric PrefilterMode = "generic" // XDP behind the driver
	PrefilterUser    PrefilterMode = "user"    // the probe itself
)

// Prefilter keeps packets away before anything else looks at them: what is
// denied by protocol, prefix or port; where something is allowed, what is not;
// and of the rest all but one of Sample flows.
type Prefilter struct {
	Enable        bool
	Mode          PrefilterMode
	AllowPrefix   []PrefilterPrefix
	DenyPrefix    []PrefilterPrefix
	AllowPort     []PrefilterPort
	DenyPort      []PrefilterPort
	AllowProtocol []PrefilterProtocol
	DenyProtocol  []PrefilterProtocol
	DropNonIP     bool   // drop what is neither IPv4 nor IPv6
	Sample        uint32 // keep one of so many flows, 1 for all
	Bypass        bool   // sessions that need no more looking at are only counted
	BypassPackets int64  // packets that make a session large enough for it
	PushRules     bool   // keep away what no security rule can look at
}

// PacketSide is which end of a packet a condition speaks of.
type PacketSide string

// The sides.
const (
	EitherSide PacketSide = ""
	SourceSide PacketSide = "src"
	DestSide   PacketSide = "dst"
)

// prefixed puts the side before what it speaks of.
func (s PacketSide) prefixed(text string) string {
	if s == EitherSide {
		return text
	}
	return string(s) + " " + text
}

// cutSide takes a side off a condition.
func cutSide(s string) (PacketSide, string) {
	words := strings.Fields(s)
	if len(words) == 2 {
		switch side := PacketSide(strings.ToLower(words[0])); side {
		case SourceSide, DestSide:
			return side, words[1]
		}
	}
	return EitherSide, strings.TrimSpace(s)
}

// PrefilterPrefix is addresses of one or either side.
type PrefilterPrefix struct {
	Side   PacketSide
	Prefix netip.Prefix // masked; IPv4 as such
}

// String gives "10.0.0.0/8" or "src 10.0.0.0/8".
func (p PrefilterPrefix) String() string { return p.Side.prefixed(p.Prefix.String()) }

// prefixKind says what a PrefilterPrefix may be.
const prefixKind = `an address or a prefix (as in 10.0.0.0/8, 2001:db8::1 or "src 10.0.0.0/8")`

func parsePrefilterPrefix(s string) (PrefilterPrefix, error) {
	side, text := cutSide(s)
	p, err := parsePrefix(text)
	if err != nil {
		return PrefilterPrefix{}, notA(s, prefixKind)
	}
	if a := p.Addr(); a.Is4In6() {
		return PrefilterPrefix{}, fmt.Errorf("%q is IPv4 in the form of IPv6 (write %s)", clip(s),
			side.prefixed(netip.PrefixFrom(a.Unmap(), max(p.Bits()-96, 0)).Masked().String()))
	}
	if p != p.Masked() {
		return PrefilterPrefix{}, fmt.Errorf("%q has bits beyond its length (write %s, or %s for the one address)", clip(s),
			side.prefixed(p.Masked().String()), side.prefixed(p.Addr().String()))
	}
	return PrefilterPrefix{side, p}, nil
}

// parsePrefix reads a prefix, or an address as the prefix of it alone.
func parsePrefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		return netip.ParsePrefix(s)
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, cmp.Or(err, fmt.Errorf("%q has a zone", s))
	}
	return a.Prefix(a.BitLen())
}

// PrefilterPort is ports of one or either side.
type PrefilterPort struct {
	Side        PacketSide
	Protocol    PrefilterProtocol // 0: all protocols that have ports
	First, Last uint16            // First <= Last
}

// String gives "53", "tcp/80" or "src udp/1000-2000".
func (p PrefilterPort) String() string {
	text := strconv.Itoa(int(p.First))
	if p.Last != p.First {
		text += "-" + strconv.Itoa(int(p.Last))
	}
	if p.Protocol != 0 {
		text = p.Protocol.String() + "/" + text
	}
	return p.Side.prefixed(text)
}

// portKind says what a PrefilterPort may be.
const portKind = `a port (as in 53, tcp/80, udp/1000-2000 or "src tcp/80")`

// portProtocols are the protocols whose header starts with two ports.
var portProtocols = map[PrefilterProtocol]bool{6: true, 17: true, 33: true, 132: true, 136: true}

func parsePrefilterPort(s string) (PrefilterPort, error) {
	side, text := cutSide(s)
	p := PrefilterPort{Side: side}
	if protocol, ports, ok := strings.Cut(text, "/"); ok {
		var err error
		if p.Protocol, err = parsePrefilterProtocol(protocol); err != nil {
			return p, fmt.Errorf("%q: %w", clip(s), err)
		}
		if !portProtocols[p.Protocol] {
			return p, fmt.Errorf("%q: %s has no ports (use tcp, udp, sctp, dccp or udplite)", clip(s), p.Protocol)
		}
		text = ports
	}
	low, high, isRange := strings.Cut(text, "-")
	if !isRange {
		high = low
	}
	first, ok1 := parseInt(low, 0, math.MaxUint16)
	last, ok2 := parseInt(high, 0, math.MaxUint16)
	switch {
	case !ok1 || !ok2:
		return p, notA(s, portKind)
	case first > last:
		return p, fmt.Errorf("%q runs backwards (write %d-%d)", clip(s), last, first)
	}
	p.First, p.Last = uint16(first), uint16(last)
	return p, nil
}

// PrefilterProtocol is an IP protocol by its number.
type PrefilterProtocol uint8

// prefilterProtocols are the protocols that have a name here; the numbers are
// from the IANA registry of protocol numbers.
var prefilterProtocols = []struct {
	number PrefilterProtocol
	names  []string // the first one is written
}{
	{1, []string{"icmp"}}, {2, []string{"igmp"}}, {4, []string{"ipip"}}, {6, []string{"tcp"}}, {17, []string{"udp"}},
	{33, []string{"dccp"}}, {41, []string{"ipv6"}}, {46, []string{"rsvp"}}, {47, []string{"gre"}}, {50, []string{"esp"}},
	{51, []string{"ah"}}, {58, []string{"icmpv6", "icmp6", "ipv6-icmp"}}, {88, []string{"eigrp"}}, {89, []string{"ospf"}},
	{103, []string{"pim"}}, {112, []string{"vrrp"}}, {115, []string{"l2tp"}}, {132, []string{"sctp"}}, {136, []string{"udplite"}},
}

// String gives the name, or the number of a protocol that has none here.
func (p PrefilterProtocol) String() string {
	for _, known := range prefilterProtocols {
		if known.number == p {
			return known.names[0]
		}
	}
	return strconv.Itoa(int(p))
}

// protocolKind says what a PrefilterProtocol may be.
const protocolKind = "an IP protocol (a number from 0 to 255, or a name such as tcp, udp, icmp, icmpv6, gre, esp, sctp)"

func parsePrefilterProtocol(s string) (PrefilterProtocol, error) {
	if n, ok := parseInt(s, 0, math.MaxUint8); ok {
		return PrefilterProtocol(n), nil
	}
	for _, known := range prefilterProtocols {
		for _, name := range known.names {
			if strings.EqualFold(name, s) {
				return known.number, nil
			}
		}
	}
	return 0, notA(s, protocolKind)
}

// sampleKind says how a share of flows is written.
const sampleKind = "a number n or 1:n, n from 1 to 1000000"

func parseSample(s string) (uint32, error) {
	n, ok := parseInt(strings.TrimPrefix(strings.ReplaceAll(s, " ", ""), "1:"), 1, 1e6)
	if !ok {
		return 0, notA(s, sampleKind)
	}
	return uint32(n), nil
}

func formatSample(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// checkPrefilter refuses what is both allowed and denied, and so neither.
func (l *loader) checkPrefilter() {
	p := &l.cfg.Prefilter
	for _, a := range p.AllowPrefix {
		for _, d := range p.DenyPrefix {
			if a.Prefix == d.Prefix && (a.Side == d.Side || a.Side == EitherSide || d.Side == EitherSide) {
				l.bothWays(a.Prefix.String(), "prefix")
			}
		}
	}
	for _, a := range p.AllowProtocol {
		for _, d := range p.DenyProtocol {
			if a == d {
				l.bothWays(a.String(), "protocol")
			}
		}
	}
}

func (l *loader) bothWays(what, kind string) {
	deny, allow := "prefilter.deny-"+kind, "prefilter.allow-"+kind
	l.errs.add(l.where(deny, allow), "%s names %s, which %s allows at %v (remove it from one of the two)", deny, what, allow, l.where(allow))
}
