package bpf

import (
	"fmt"
	"net/netip"
)

// Action is what a rule says about packets that it matches.
type Action uint8

// The actions.
const (
	Allow Action = iota
	Deny
)

// Side is which end of a packet a rule looks at.
type Side uint8

// The sides.
const (
	Either Side = iota
	Source
	Destination
)

// PrefixRule matches packets by address. Of the rules for one side of a packet
// the one with the longest prefix counts: an allowed prefix inside a denied one
// is an exception.
type PrefixRule struct {
	Action Action
	Side   Side
	Prefix netip.Prefix
}

// PortRule matches packets of TCP, UDP, SCTP, DCCP and UDP-Lite by port.
type PortRule struct {
	Action   Action
	Side     Side
	Protocol uint8  // IP protocol number; 0: all that have ports
	First    uint16 // lowest port
	Last     uint16 // highest port; 0: First
}

// ProtocolRule matches packets by IP protocol number, for IPv6 the one behind
// the extension headers.
type ProtocolRule struct {
	Action   Action
	Protocol uint8
}

// Rules is what the prefilter is to do. In this order: what is denied by
// protocol, prefix or port is dropped; if there are rules that allow, what none
// of them allows is dropped; so are IP packets that nobody wants; of what is
// left, 1 of Sample flows passes. The zero value lets everything pass.
type Rules struct {
	Prefixes  []PrefixRule
	Ports     []PortRule
	Protocols []ProtocolRule
	DropNonIP bool   // drop what is neither IPv4 nor IPv6
	Sample    uint32 // keep 1 of so many flows; 0 and 1: all
	// Wanted are the IP packets that somebody looks at; others are dropped. With
	// nil all are wanted, with an empty list none is.
	Wanted []Match
}

// tables are rules in the form in which they are looked up.
type tables struct {
	settings       prefilterSettings
	prefix4        []prefixBits
	prefix6        []prefixBits
	ranges4        ranges
	ranges6        ranges
	portAllowed    [classes + 1]bool // some port of the class is allowed
	anyPortAllowed bool
}

// compile checks rules and makes tables of them.
func compile(r *Rules) (*tables, error) {
	t := &tables{settings: prefilterSettings{Sample: r.Sample}}
	if r.DropNonIP {
		t.flag(prefilterFlagNO_NON_IP)
	}
	if err := t.want(r.Wanted); err != nil {
		return nil, fmt.Errorf("wanted packets: %w", err)
	}
	if err := t.addPrefixes(r.Prefixes, r.Wanted); err != nil {
		return nil, err
	}
	for i, rule := range r.Ports {
		if err := t.addPorts(rule); err != nil {
			return nil, fmt.Errorf("port rule %d: %w", i+1, err)
		}
	}
	if err := t.addProtocols(r.Protocols); err != nil {
		return nil, err
	}
	t.addMaybe()
	return t, nil
}

func (t *tables) flag(f prefilterFlag) { t.settings.Flags |= uint32(f) }

func (t *tables) has(f prefilterFlag) bool { return t.settings.Flags&uint32(f) != 0 }

// sides returns the bits for a rule, see enum side in c/tables.h.
func sides(a Action, s Side) (bits uint8, err error) {
	switch s {
	case Either:
		bits = uint8(prefilterSideALLOW_SRC | prefilterSideALLOW_DST)
	case Source:
		bits = uint8(prefilterSideALLOW_SRC)
	case Destination:
		bits = uint8(prefilterSideALLOW_DST)
	default:
		return 0, fmt.Errorf("unknown side %d: use Either, Source or Destination", s)
	}
	switch a {
	case Allow:
		return bits, nil
	case Deny:
		return bits << denyShift, nil
	}
	return 0, fmt.Errorf("unknown action %d: use Allow or Deny", a)
}

// denyShift makes the bits that deny of those that allow.
const denyShift = 2

const (
	srcBits = uint8(prefilterSideALLOW_SRC | prefilterSideDENY_SRC)
	dstBits = uint8(prefilterSideALLOW_DST | prefilterSideDENY_DST)
	allows  = uint8(prefilterSideALLOW_SRC | prefilterSideALLOW_DST)
	denies  = uint8(prefilterSideDENY_SRC | prefilterSideDENY_DST)
)

// contradicts tells whether bits allow and deny the same side.
func contradicts(bits uint8) bool { return bits&allows&(bits>>denyShift) != 0 }

func (t *tables) addPrefixes(rules []PrefixRule, wanted []Match) error {
	list := map[netip.Prefix]prefixBits{}
	for i, rule := range rules {
		bits, err := sides(rule.Action, rule.Side)
		if err != nil {
			return fmt.Errorf("prefix rule %d: %w", i+1, err)
		}
		if !rule.Prefix.IsValid() {
			return fmt.Errorf("prefix rule %d: no prefix", i+1)
		}
		p := rule.Prefix.Masked()
		if bits |= list[p].bits; contradicts(bits) {
			return fmt.Errorf("prefix rule %d: %s is both allowed and denied: keep one of the two", i+1, p)
		}
		list[p] = prefixBits{bits: bits}
		if rule.Action == Allow {
			t.flag(prefilterFlagHAVE_ALLOW)
		}
	}
	addWantedPrefixes(list, wanted)
	t.prefix4, t.prefix6 = inherit(list)
	if err := t.classifyPrefixes(wanted); err != nil {
		return fmt.Errorf("wanted packets: %w", err)
	}
	t.ranges4, t.ranges6 = newRanges(t.prefix4), newRanges(t.prefix6)
	if len(t.prefix4) > 0 {
		t.flag(prefilterFlagHAVE_PREFIX4)
	}
	if len(t.prefix6) > 0 {
		t.flag(prefilterFlagHAVE_PREFIX6)
	}
	return nil
}

func (t *tables) addPorts(rule PortRule) error {
	bits, err := sides(rule.Action, rule.Side)
	if err != nil {
		return err
	}
	last := max(rule.Last, rule.First)
	if rule.Last != 0 && rule.Last < rule.First {
		return fmt.Errorf("ports %d to %d: the first is the higher", rule.First, rule.Last)
	}
	class := classOf(rule.Protocol)
	if class == 0 && rule.Protocol != 0 {
		return fmt.Errorf("protocol %d has no ports: use a protocol rule", rule.Protocol)
	}
	t.flag(prefilterFlagHAVE_PORTS)
	if rule.Action == Allow {
		t.flag(prefilterFlagHAVE_ALLOW)
	}
	for c := 1; c <= classes; c++ {
		if class == c || class == 0 {
			t.allowPorts(c, rule.Action)
			t.setPorts(uint16(bits)<<((c-1)*4), rule.First, last)
		}
	}
	return nil
}

func (t *tables) allowPorts(class int, a Action) {
	if a == Allow {
		t.portAllowed[class], t.anyPortAllowed = true, true
	}
}

// setPorts adds bits to a range of ports; a port that is allowed and denied is
// denied, so that ranges may have exceptions.
func (t *tables) setPorts(bits, first, last uint16) {
	for port := int(first); port <= int(last); port++ {
		t.settings.Ports[port] |= bits
	}
}

func (t *tables) addProtocols(rules []ProtocolRule) error {
	for i, rule := range rules {
		bit := uint8(prefilterKnownALLOW_PROTOCOL)
		switch rule.Action {
		case Allow:
			t.flag(prefilterFlagHAVE_ALLOW)
		case Deny:
			bit = uint8(prefilterKnownDENY_PROTOCOL)
		default:
			return fmt.Errorf("protocol rule %d: unknown action %d: use Allow or Deny", i+1, rule.Action)
		}
		known := &t.settings.Protocols[rule.Protocol]
		if *known |= bit; *known&deniedAndAllowed == deniedAndAllowed {
			return fmt.Errorf("protocol rule %d: protocol %d is both allowed and denied: keep one of the two", i+1, rule.Protocol)
		}
	}
	return nil
}

const deniedAndAllowed = uint8(prefilterKnownALLOW_PROTOCOL | prefilterKnownDENY_PROTOCOL)

// addMaybe marks the protocols of which some port is allowed. The extension
// headers that may hide behind a fragment header can hide any protocol.
func (t *tables) addMaybe() {
	hidden := t.anyPortAllowed
	for _, known := range t.settings.Protocols {
		hidden = hidden || known&uint8(prefilterKnownALLOW_PROTOCOL) != 0
	}
	for p := range t.settings.Protocols {
		if t.portAllowed[classOf(uint8(p))] || hidden && isExtension(uint8(p)) {
			t.settings.Protocols[p] |= uint8(prefilterKnownALLOW_MAYBE)
		}
	}
}
