package pushdown

import (
	"errors"

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
	all   bool // every packet
	why   []need
	boxes []box // IP packets, if not all, beside tunnels
	rules []ruleBoxes
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
// begins nor ends its connection: one without SYN, FIN and RST, if it is TCP.
func (p *Plan) Needs(f bpf.Flow) bool {
	if p.all {
		return true
	}
	there, back := flowBox(f), flowBox(bpf.Flow{A: f.B, B: f.A, Protocol: f.Protocol})
	for _, wanted := range unite(p.boxes, tunnels()) {
		for _, b := range [...]box{there, back} {
			if c := wanted.and(&b); !c.empty() && !c.fragment {
				return true
			}
		}
	}
	return false
}

// flowBox returns the packets from end A to end B.
func flowBox(f bpf.Flow) box {
	a, b := f.A.Addr().Unmap(), f.B.Addr().Unmap()
	x := protocolBox(f.Protocol)
	x.versions = ip6
	if a.Is4() {
		x.versions = ip4
	}
	x.src, x.dst = addrSet{{a, a}}, addrSet{{b, b}}
	x.sport, x.dport = portsOf(f.A.Port()), portsOf(f.B.Port())
	const begins = 1 | 2 | 4 // FIN, SYN, RST
	if f.Protocol == numTCP {
		x.flags = bytesWhere(func(flags uint8) bool { return flags&begins == 0 })
	}
	return x
}
