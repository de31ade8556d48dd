package pushdown

import (
	"net/netip"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/security/rule"
)

// analysis works out the packets of one rule.
type analysis struct {
	places *places
	rule   *rule.Rule
	inner  bool // only what holds of the innermost packet of tunnels as well
}

// everything is all IP packets.
func everything() []box { return []box{anyIP} }

// event returns the packets outside of tunnels that an event may match, and those
// that matter for what it asks of them; all tells that it needs every packet.
func (a *analysis) event(e *rule.Event) (list []box, all bool) {
	list = a.matching(e)
	read := map[int]bool{}
	for _, need := range e.Needs {
		read[need] = true
	}
	e.Expr.Walk(func(x *rule.Expr) {
		if x.Op == rule.Attr && x.Event == 0 {
			read[x.Index] = true
		}
	})
	for i := range a.rule.Attributes {
		if read[i] {
			more, every := a.before(&a.rule.Attributes[i], e)
			list, all = unite(list, more), all || every
		}
	}
	return list, all
}

// matching returns the packets outside of tunnels that an event may match.
func (a *analysis) matching(e *rule.Event) []box {
	list := everything()
	for _, need := range e.Needs {
		list = intersect(list, a.carrying(&a.rule.Attributes[need]))
	}
	if !callsForeign(e.Expr) { // such a function may count its calls
		list = intersect(list, a.condition(e.Expr))
	}
	return list
}

// flows returns all packets outside of tunnels of the flows that an event may
// match packets of. A flow may run through a tunnel in one place and outside of
// it in another: only what is asked of TCP and of what runs on it, which carry no
// other packets, holds of it everywhere.
func (a *analysis) flows(e *rule.Event) (list []box) {
	inner := *a
	inner.inner = true
	for _, b := range inner.matching(e) {
		list = unite(list, b.flows())
	}
	return list
}

// carrying returns the packets outside of tunnels that may carry an attribute.
func (a *analysis) carrying(at *rule.Attribute) []box {
	if a.inner && !a.places.onTCP(at.Protocol) {
		return everything()
	}
	return a.places.carrying(at)
}

// before returns the packets that the value of an attribute depends on where an
// event asks for it.
func (a *analysis) before(at *rule.Attribute, e *rule.Event) (list []box, all bool) {
	if at.ID == dpi.AttrSessionID && !a.comparesSessions() {
		return nil, true
	}
	switch scopeOf(at) {
	case flowScope:
		return a.flows(e), false
	case fragmentScope:
		return []box{{versions: ip6, fragment: true}}, false
	case protocolScope:
		return a.places.of(at.Protocol), false
	case runScope:
		return nil, true
	}
	return list, false
}

// comparesSessions tells whether the rule asks of numbers of sessions only whether
// they are the same. What number a session has depends on all packets.
func (a *analysis) comparesSessions() bool {
	isSession := func(e *rule.Expr) bool {
		return e.Op == rule.Attr && a.rule.Attributes[e.Index].ID == dpi.AttrSessionID
	}
	read, compared := 0, 0
	for i := range a.rule.Events {
		a.rule.Events[i].Expr.Walk(func(e *rule.Expr) {
			if isSession(e) {
				read++
			}
			if (e.Op == rule.Eq || e.Op == rule.Ne) && isSession(e.Args[0]) && isSession(e.Args[1]) {
				compared += 2
			}
		})
	}
	return read == compared
}

func callsForeign(e *rule.Expr) (yes bool) {
	e.Walk(func(x *rule.Expr) { yes = yes || x.Func != nil && x.Func.Foreign })
	return yes
}

// condition returns the packets outside of tunnels for which an expression may be
// true.
func (a *analysis) condition(e *rule.Expr) []box {
	switch e.Op {
	case rule.AllOf:
		list := everything()
		for _, x := range e.Args {
			list = intersect(list, a.condition(x))
		}
		return list
	case rule.AnyOf:
		var list []box
		for _, x := range e.Args {
			list = unite(list, a.condition(x))
		}
		return merge(list, maxBoxes)
	case rule.Exists, rule.Present, rule.Empty:
		return a.operand(e.Args[0])
	case rule.Truth:
		return a.number(e.Args[0], func(v float64) bool { return v != 0 })
	case rule.Eq, rule.Ne, rule.Lt, rule.Le, rule.Gt, rule.Ge:
		return a.comparison(e)
	}
	return everything()
}

// own returns the attribute of the packet at hand that an expression is, nil if it
// is something else.
func (a *analysis) own(e *rule.Expr) *rule.Attribute {
	if e.Op != rule.Attr || e.Event != 0 {
		return nil
	}
	return &a.rule.Attributes[e.Index]
}

// operand returns the packets that may have what an expression is.
func (a *analysis) operand(e *rule.Expr) []box {
	if at := a.own(e); at != nil {
		return a.carrying(at)
	}
	return everything()
}

// number returns the packets for which ok may hold of an expression.
func (a *analysis) number(e *rule.Expr, ok func(v float64) bool) []box {
	if at := a.own(e); at != nil && at.Type.IsNumber() && (!a.inner || at.Protocol == id.Tcp) {
		return a.places.where(at, ok)
	}
	return everything()
}

// turned is a comparison with its sides swapped.
var turned = map[rule.Op]rule.Op{
	rule.Eq: rule.Eq, rule.Ne: rule.Ne, rule.Lt: rule.Gt, rule.Le: rule.Ge, rule.Gt: rule.Lt, rule.Ge: rule.Le,
}

// comparison returns the packets for which a comparison may be true; with
// something absent it is false.
func (a *analysis) comparison(e *rule.Expr) []box {
	left, right, op := e.Args[0], e.Args[1], e.Op
	if left.Op == rule.Number || left.Op == rule.Text {
		left, right, op = right, left, turned[op]
	}
	list := intersect(a.operand(left), a.operand(right))
	switch {
	case right.Op == rule.Number:
		n := right.Num
		return intersect(list, a.number(left, func(v float64) bool { return op.Compare(v, n) }))
	case right.Op == rule.Text && a.own(left) != nil && !a.inner:
		return intersect(list, addressBox(a.own(left), op, right.Bytes))
	}
	return list
}

// addressBox returns the packets whose address compares so with another.
func addressBox(at *rule.Attribute, op rule.Op, text []byte) []box {
	name, size := plainName(at), 4
	if name == "ipv6.src" || name == "ipv6.dst" {
		size = 16
	}
	addr, ok := netip.AddrFromSlice(text)
	if !ok || len(text) != size || op == rule.Ne {
		return everything()
	}
	set := addressesFrom(op, addr)
	b := anyIP
	switch name {
	case "ip.src", "ipv6.src":
		b.src = set
	case "ip.dst", "ipv6.dst":
		b.dst = set
	}
	return []box{b}
}

// addressesFrom returns the addresses of one version that compare so with a.
func addressesFrom(op rule.Op, a netip.Addr) addrSet {
	whole := netip.PrefixFrom(a, 0)
	x := interval{whole.Masked().Addr(), lastOf(whole)}
	switch op {
	case rule.Eq:
		x = interval{a, a}
	case rule.Lt:
		x.hi = a.Prev()
	case rule.Le:
		x.hi = a
	case rule.Gt:
		x.lo = a.Next()
	case rule.Ge:
		x.lo = a
	}
	if !x.lo.IsValid() || !x.hi.IsValid() {
		return addrSet{}
	}
	return addrSet{x}
}
