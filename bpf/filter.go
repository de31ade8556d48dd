package bpf

// Filter is the prefilter in user space, for where the kernel does not run it.
// It does not change: to change rules, make another. Match may be called from
// any number of goroutines.
type Filter struct{ tables *tables }

// NewFilter makes a filter. The error says which rule is wrong.
func NewFilter(r *Rules) (*Filter, error) {
	t, err := compile(r)
	if err != nil {
		return nil, err
	}
	return &Filter{t}, nil
}

// Match returns what the prefilter does with an Ethernet frame and why; the
// first bytes of a frame, to the ports, are enough. There are no bypassed flows
// in user space, where a session that is not looked into costs little, and no
// frame is too long.
func (f *Filter) Match(frame []byte) Reason {
	var h header
	return f.judge(h.decode(frame), &h)
}

// MatchNetwork is Match for packets of links other than Ethernet: what an
// EtherType announces, from the VLAN tag or the IP header on.
func (f *Filter) MatchNetwork(etherType uint16, b []byte) Reason {
	var h header
	return f.judge(h.network(etherType, b), &h)
}

func (f *Filter) judge(k kind, h *header) Reason {
	switch k {
	case kindIP:
		return f.tables.judge(h)
	case kindNonIP:
		if f.tables.has(prefilterFlagNO_NON_IP) {
			return DropNonIP
		}
		return PassNonIP
	}
	return PassDamaged
}

func (t *tables) judge(h *header) Reason {
	if r := t.byRules(h); r != Pass {
		return r
	}
	if h.undecided {
		return PassUndecided
	}
	if n := t.settings.Sample; n > 1 {
		if k, _ := h.key(); hash(&k)%n != 0 {
			return DropSampled
		}
	}
	return Pass
}

// byRules returns Pass or why the packet is dropped.
func (t *tables) byRules(h *header) Reason {
	protocol := prefilterKnown(t.settings.Protocols[h.protocol])
	if protocol&prefilterKnownDENY_PROTOCOL != 0 {
		return DropProtocol
	}
	src, dst := t.byPrefix(h)
	prefix := uint8(src)&srcBits | uint8(dst)&dstBits
	if prefix&denies != 0 {
		return DropPrefix
	}
	port := t.byPort(h)
	if port&denies != 0 {
		return DropPort
	}
	if t.has(prefilterFlagHAVE_ALLOW) && (prefix|port)&allows == 0 && !allowed(protocol, h) {
		return DropNotAllowed
	}
	if t.has(prefilterFlagHAVE_WANTED) && !t.isWanted(h, src, dst) {
		return DropUnwanted
	}
	return Pass
}

// allowed tells whether the packet's protocol is allowed, or may hold ports that
// are.
func allowed(protocol prefilterKnown, h *header) bool {
	return protocol&prefilterKnownALLOW_PROTOCOL != 0 || h.undecided && protocol&prefilterKnownALLOW_MAYBE != 0
}

// byPrefix returns what is stored of the longest prefixes around both addresses.
func (t *tables) byPrefix(h *header) (src, dst uint16) {
	r := &t.ranges4
	if h.ip6 {
		r = &t.ranges6
	}
	return r.look(h.src), r.look(h.dst)
}

// byPort returns what port rules say about both ports.
func (t *tables) byPort(h *header) uint8 {
	class := classOf(h.protocol)
	if class == 0 || h.undecided || !t.has(prefilterFlagHAVE_PORTS) {
		return 0
	}
	shift := (class - 1) * 4
	src, dst := t.settings.Ports[h.sport]>>shift, t.settings.Ports[h.dport]>>shift
	return uint8(src)&srcBits | uint8(dst)&dstBits
}
