package security

import (
	"math"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// way is a kind of look-up that finds classes from an attribute's value.
type way uint8

const (
	byNumber   way = iota // it is a number
	byBytes               // it is certain bytes
	byContents            // it contains certain bytes
	byFolded              // it contains certain letters, large or small
	byRange               // it is on one side of a number
	byPresence            // it is there
)

// key is one look-up that finds a class.
type key struct {
	way  way
	cell int32
	op   rule.Op // of byRange
	num  float64
	text string
}

// access is a set of keys of which at least one hits whenever the class's
// conditions hold, and how often that is to be expected.
type access struct {
	keys   []key
	chance float64
	exact  bool // a key hits only where the condition holds
}

// chances by which a key is expected to hit a packet that has the attribute.
const (
	chanceFlag     = 0.1
	chanceSmall    = 0.05
	chanceMedium   = 0.02
	chanceLarge    = 0.001
	chanceContents = 0.002
	chanceRange    = 0.3
	chanceOther    = 1.0
)

// countKeys counts how many conditions of classes offer each key: a constant
// that many rules look for is one that many packets have.
func (p *program) countKeys() {
	p.keys = map[key]int{}
	offered := make([]access, len(p.predicates))
	for i := range p.predicates {
		offered[i], _ = p.accessOf(&p.predicates[i])
	}
	for i := range p.classes {
		for _, q := range p.classes[i].local {
			for _, k := range offered[q].keys {
				p.keys[k]++
			}
		}
	}
}

// users returns how many classes look for a key, at least 1.
func (p *program) users(k key) float64 { return float64(max(p.keys[k], 1)) }

// bestAccess chooses the most selective way to a class.
func (p *program) bestAccess(c *class) access {
	best := p.presence(c.needs)
	for _, i := range c.local {
		q := &p.predicates[i]
		if a, ok := p.accessOf(q); ok && a.chance < best.chance {
			best = a
		}
	}
	return best
}

// presence is the way through the rarest attribute that a class needs; without
// any, every packet comes to it.
func (p *program) presence(needs []int32) access {
	best := access{chance: 2 * chanceOther}
	for _, cell := range needs {
		if c := chanceOther * p.rarity(cell); c < best.chance {
			best = access{keys: []key{{way: byPresence, cell: cell}}, chance: c}
		}
	}
	return best
}

// accessOf returns the way that a condition offers.
func (p *program) accessOf(q *predicate) (access, bool) {
	if q.form == general && q.cond.op == rule.AnyOf {
		return p.accessOfAny(q.cond)
	}
	k := key{cell: q.cell}
	var chance float64
	switch {
	case q.form == numberIs && q.op == rule.Eq && p.schema.Attributes[q.cell].Type != dpi.IP4Addr:
		k.way, k.num, chance = byNumber, q.num, p.numberChance(q.cell)
	case q.form == numberIs && q.op == rule.Ne:
		return p.accessOfOther(q), true
	case q.form == numberIs:
		k.way, k.op, k.num, chance = byRange, q.op, q.num, chanceRange
		if p.schema.Attributes[q.cell].Type == dpi.IP4Addr {
			chance = shareOfAddresses(q.op, q.num)
		}
	case q.form == bytesAre:
		k.way, k.text, chance = byBytes, string(q.text), chanceLarge
	case q.form == containsBytes && q.fold:
		k.way, k.text, chance = byFolded, string(q.text), chanceContents
	case q.form == containsBytes:
		k.way, k.text, chance = byContents, string(q.text), chanceContents
	default:
		return access{}, false
	}
	if k.way != byRange {
		chance *= p.users(k)
	}
	return access{keys: []key{k}, chance: chance * p.rarity(q.cell), exact: true}, true
}

// shareOfAddresses is the share of all IPv4 addresses on one side of one.
func shareOfAddresses(op rule.Op, n float64) float64 {
	share := n / (1 << 32)
	if op == rule.Gt || op == rule.Ge {
		return 1 - share
	}
	return share
}

// accessOfOther returns the ways to "is not the number": below it or above it.
// Numbers that are looked at for not being 0 mostly are.
func (p *program) accessOfOther(q *predicate) access {
	below, above := key{way: byRange, cell: q.cell, op: rule.Lt, num: q.num}, key{way: byRange, cell: q.cell, op: rule.Gt, num: q.num}
	chance := chanceOther
	if q.num == 0 {
		chance = chanceRange
	}
	return access{keys: []key{below, above}, chance: chance * p.rarity(q.cell), exact: true}
}

// accessOfAny returns the ways to all operands of ||, if all have one.
func (p *program) accessOfAny(c *cond) (all access, ok bool) {
	all.exact = true
	for _, arg := range c.args {
		a, ok := p.accessOfCond(arg)
		if !ok {
			return access{}, false
		}
		all.keys = append(all.keys, a.keys...)
		all.chance += a.chance
		all.exact = all.exact && a.exact
	}
	return all, true
}

// accessOfCond returns the best way that a condition, or one of its conjuncts,
// offers.
func (p *program) accessOfCond(c *cond) (best access, ok bool) {
	switch {
	case c.quick != nil:
		return p.accessOf(c.quick)
	case c.op != rule.AllOf:
		return p.accessOf(&predicate{cond: c})
	}
	best.chance = math.Inf(1)
	for _, arg := range c.args {
		if a, found := p.accessOfCond(arg); found && a.chance < best.chance {
			best, ok = a, true
			best.exact = false
		}
	}
	return best, ok
}

// numberChance is the chance that a numeric attribute is a certain number.
func (p *program) numberChance(cell int32) float64 {
	a := &p.schema.Attributes[cell]
	switch {
	case a.Flag:
		return chanceFlag
	case a.Type == dpi.U8:
		return chanceSmall
	case a.Type == dpi.U16:
		return chanceMedium
	}
	return chanceLarge
}

// rarity is the share of packets expected to have an attribute.
func (p *program) rarity(cell int32) float64 {
	switch id := p.schema.Attributes[cell].Protocol; {
	case id == dpi.Meta || id == ethernetID:
		return 1
	case id == ipID:
		return 0.95
	case id == tcpID:
		return 0.7
	case id == udpID:
		return 0.25
	}
	return 0.05
}

// Protocols that most packets have, by their numbers in the manual's tables.
const (
	tcpID      dpi.ProtocolID = 354
	udpID      dpi.ProtocolID = 376
	ipID       dpi.ProtocolID = 178
	ethernetID dpi.ProtocolID = 99
)
