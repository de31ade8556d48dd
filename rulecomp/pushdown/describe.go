package pushdown

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxNamed is how many rules or values a line names.
const maxNamed = 8

// Explain returns lines that say what is kept away and why not more.
func (p *Plan) Explain() []string {
	if p.all {
		return p.explainAll()
	}
	if slices.ContainsFunc(p.boxes, func(b box) bool { return b.holds(&anyIP) }) {
		return []string{p.whoAll() + " every IP packet: nothing can be left out"}
	}
	var lines []string
	for i := range p.boxes {
		if who := p.who(&p.boxes[i]); who != "" {
			lines = append(lines, who+" "+p.boxes[i].String())
		}
	}
	return append(lines, "other IP packets are left out, but for tunnels")
}

// explainAll names the rules that need every packet, by reason.
func (p *Plan) explainAll() (lines []string) {
	var order []string
	ids := map[string][]uint32{}
	for _, n := range p.why {
		if ids[n.why] == nil {
			order = append(order, n.why)
		}
		ids[n.why] = append(ids[n.why], n.rule)
	}
	for _, why := range order {
		lines = append(lines, lookAt(ids[why])+" every packet ("+why+"): nothing can be left out")
	}
	return lines
}

// whoAll says which rules look at every IP packet: those that do so alone, or all
// where only rules together do.
func (p *Plan) whoAll() string {
	var ids []uint32
	for i := range p.rules {
		if slices.ContainsFunc(p.rules[i].boxes, func(c box) bool { return c.holds(&anyIP) }) {
			ids = append(ids, p.rules[i].rule)
		}
	}
	if len(ids) == 0 {
		return p.who(&anyIP)
	}
	return lookAt(ids)
}

// who says which rules look at packets of a box; "" if none does.
func (p *Plan) who(b *box) string {
	var ids []uint32
	for i := range p.rules {
		if slices.ContainsFunc(p.rules[i].boxes, func(c box) bool { return b.holds(&c) }) {
			ids = append(ids, p.rules[i].rule)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return lookAt(ids)
}

// lookAt begins a sentence about rules.
func lookAt(ids []uint32) string {
	var names []string
	for _, id := range ids[:min(len(ids), maxNamed)] {
		names = append(names, strconv.FormatUint(uint64(id), 10))
	}
	switch {
	case len(ids) == 1:
		return "rule " + names[0] + " looks at"
	case len(ids) > maxNamed:
		return fmt.Sprintf("%d rules (%s, ...) look at", len(ids), strings.Join(names, ", "))
	}
	return "rules " + strings.Join(names, ", ") + " look at"
}

// protocolNames are the names of IP protocols in descriptions.
var protocolNames = map[uint8]string{
	numICMP: "icmp", numTCP: "tcp", numUDP: "udp", numDCCP: "dccp", numICMP6: "icmpv6", numSCTP: "sctp", numUDPLite: "udplite",
}

// flagNames are the TCP flags from the lowest on.
var flagNames = []string{"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"}

// String describes the packets: "tcp of IPv4 from port 22 with flags syn+ack".
func (b *box) String() string {
	s := "IP packets"
	if list := listOf(b.protocols); len(list) > 0 {
		s = some(list, func(v uint8) string {
			if name := protocolNames[v]; name != "" {
				return name
			}
			return fmt.Sprintf("protocol %d", v)
		})
	}
	switch b.versions {
	case ip4:
		s += " of IPv4"
	case ip6:
		s += " of IPv6"
	}
	if b.fragment {
		s += " in fragments"
	}
	if b.options {
		s += " with options"
	}
	s += addresses(" from ", b.src) + ports(" from port ", b.sport) + addresses(" to ", b.dst) + ports(" to port ", b.dport)
	if list := listOf(b.flags); list != nil {
		s += " with flags " + some(list, flagsText)
	}
	if list := listOf(b.types); list != nil {
		s += " of type " + some(list, func(v uint8) string { return strconv.Itoa(int(v)) })
	}
	return s
}

func flagsText(v uint8) string {
	var names []string
	for i, name := range flagNames {
		if v>>i&1 != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, "+")
}

// some lists the first of some values.
func some[T any](list []T, text func(T) string) string {
	var names []string
	for _, v := range list[:min(len(list), maxNamed)] {
		names = append(names, text(v))
	}
	if len(list) > maxNamed {
		names = append(names, fmt.Sprintf("... (%d)", len(list)))
	}
	return strings.Join(names, ", ")
}

func ports(before string, s portSet) string {
	if s == nil {
		return ""
	}
	text := before
	for i, r := range rangesOf(s) {
		switch {
		case i == maxNamed:
			return text + fmt.Sprintf(", ... (%d)", countPorts(s))
		case i > 0:
			text += ", "
		}
		text += strconv.Itoa(int(r.First))
		if r.Last != r.First {
			text += "-" + strconv.Itoa(int(r.Last))
		}
	}
	return text
}

func addresses(before string, s addrSet) string {
	if s == nil {
		return ""
	}
	return before + some(s, func(x interval) string {
		if x.lo == x.hi {
			return x.lo.String()
		}
		return x.lo.String() + "-" + x.hi.String()
	})
}
