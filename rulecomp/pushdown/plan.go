package pushdown

import (
	"errors"
	"net/netip"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
	"mmt/bpf"
)

// Options of Analyze.
type Options struct {
	// Registry has the protocols that the rules were checked against.
	Registry *dpi.Registry
	// IgnoreFlow is ignore-remain-flow: nothing more of a session is verified
	// after a verdict. It makes rules depend on all packets of all sessions.
	IgnoreFlow bool
}

// Plan is the packets that a set of rules can look at.
type Plan struct {
	all    bool // every packet
	why    []need
	boxes  []box // IP packets, if not all, beside tunnels
	wanted []box // and tunnels
	rules  []ruleBoxes
}

// need is why a rule looks at every packet.
type need struct {
	rule uint32
	why  string
}

// ruleBoxes is what one rule looks at.
type ruleBoxes struct {
	rule  uint32
	boxes []box
}

// Analyze finds out which packets rules can look at.
func Analyze(rules []*rule.Rule, o Options) *Plan {
	p := &Plan{}
	where := newPlaces(o.Registry)
	for _, r := range rules {
		p.add(&analysis{places: where, rule: r}, o.IgnoreFlow)
	}
	p.all = len(p.why) > 0
	for i := range p.rules {
		p.boxes = unite(p.boxes, p.rules[i].boxes)
	}
	p.fit()
	p.wanted = unite(p.boxes, tunnels())
	return p
}

// add works out one rule.
func (p *Plan) add(a *analysis, ignoreFlow bool) {
	var list []box
	why := clocked(a.rule)
	if ignoreFlow {
		why = "ignore-remain-flow leaves out sessions after a verdict"
	}
	for i := range a.rule.Events {
		boxes, all := a.event(&a.rule.Events[i])
		if all && why == "" {
			why = "it reads what depends on all packets"
		}
		list = unite(list, boxes)
	}
	if why != "" {
		p.why = append(p.why, need{a.rule.ID, why})
	}
	p.rules = append(p.rules, ruleBoxes{a.rule.ID, merge(list, maxBoxes)})
}

// fit makes the boxes few enough for the prefilter: it puts some together, and, if
// they still tell too many ports or addresses apart, gives these up.
func (p *Plan) fit() {
	p.boxes = merge(p.boxes, bpf.MaxWanted-len(tunnels()))
	for !p.all {
		_, err := bpf.NewFilter(&bpf.Rules{Wanted: p.matches()})
		if !errors.Is(err, bpf.ErrTooMany) {
			return
		}
		var wider []box
		for i := range p.boxes {
			b := p.boxes[i]
			b.src, b.dst, b.sport, b.dport = nil, nil, nil, nil
			wider = add(wider, b)
		}
		p.boxes = wider
	}
}

func (p *Plan) matches() []bpf.Match {
	list := []bpf.Match{}
	for _, b := range unite(p.boxes, tunnels()) {
		list = append(list, b.match())
	}
	return list
}

// Wanted returns the packets as bpf.Rules.Wanted has them: nil if none can be kept
// away.
func (p *Plan) Wanted() []bpf.Match {
	if p.all {
		return nil
	}
	return p.matches()
}

// Needs tells whether a rule can look at a further packet of a flow that neither
// begins nor ends its connection: one without SYN, FIN and RST, if it is TCP. It
// allocates nothing and may be called from any number of goroutines.
func (p *Plan) Needs(f bpf.Flow) bool {
	a, b := netip.AddrPortFrom(f.A.Addr().Unmap(), f.A.Port()), netip.AddrPortFrom(f.B.Addr().Unmap(), f.B.Port())
	for i := range p.wanted {
		if w := &p.wanted[i]; w.passes(a, b, f.Protocol) || w.passes(b, a, f.Protocol) {
			return true
		}
	}
	return p.all
}

// passes tells whether packets within a connection from one end to another can be
// in the box. Fragments pass the prefilter even if their flow is bypassed.
func (b *box) passes(from, to netip.AddrPort, protocol uint8) bool {
	version := ip6
	if from.Addr().Is4() {
		version = ip4
	}
	return b.versions&version != 0 && !b.fragment && hasByte(b.protocols, protocol) &&
		hasPort(b.sport, from.Port()) && hasPort(b.dport, to.Port()) && hasAddr(b.src, from.Addr()) && hasAddr(b.dst, to.Addr()) &&
		(protocol != numTCP || b.midway())
}

// midway tells whether the flags are those of packets within a connection.
func (b *box) midway() bool { return b.flags == nil || !noBytes(andBytes(b.flags, midway)) }

// midway are the flags without FIN, SYN and RST.
var midway = bytesWhere(func(flags uint8) bool { return flags&7 == 0 })
