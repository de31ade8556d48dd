package reference

import (
	"slices"

	"mmt/analyzer/security/rule"
)

// Interpreter verifies one rule.
type Interpreter struct {
	rule    *rule.Rule
	max     int
	starts  []*instance // what the property's first events are offered to
	waiting []*instance

	packet   *Packet
	at       moment // of the packet
	previous moment // of the packet before
	packets  int    // so far
	states   int    // that instances came into so far
	families int    // begun so far
	complete map[*alternative]bool
	verdict  *Verdict
}

// New returns an interpreter of a rule that opens new instances while fewer than
// maxInstances wait. It panics on a rule that the compiler must refuse.
func New(r *rule.Rule, maxInstances int) *Interpreter {
	i := &Interpreter{rule: r, max: maxInstances}
	for _, a := range alternatives(r) {
		i.starts = append(i.starts, newInstance(a))
	}
	return i
}

// Process lets the rule see a packet. Packets are to be given all and in order,
// whatever they carry. It returns the verdict that the packet brings, nil if it
// brings none.
func (i *Interpreter) Process(p *Packet) *Verdict {
	i.packet, i.at = p, moment{micros(p.Time), int64(p.Counter)}
	i.verdict, i.complete = nil, map[*alternative]bool{}
	i.packets++
	if i.isOnePacket() {
		i.onePacket()
	} else {
		i.timeouts()
		i.events()
	}
	i.previous = i.at
	return i.verdict
}

// timeouts ends windows that are over, the earliest upper bound first. It stops
// at the first verdict: the rest waits for the next packet.
func (i *Interpreter) timeouts() {
	for i.verdict == nil {
		o := i.firstOver()
		if o == nil {
			return
		}
		i.lose(o.instance, []*node{o.leaf}, o.end)
		for i.waits(o.instance) && len(o.instance.due()) > 0 {
			i.lose(o.instance, o.instance.due(), o.end)
		}
	}
}

// events offers the packet to events by ascending number; for each, to the
// instance that came into its present state last first, and in the end to the
// beginning of the property.
func (i *Interpreter) events() {
	for n := 1; n <= len(i.rule.Events); n++ {
		if !i.packet.carries(i.rule, i.rule.Events[n-1].Needs) {
			continue
		}
		for _, x := range i.newestFirst() {
			if x.tried != i.packets {
				i.offer(x, n)
			}
		}
		i.begin(n)
	}
}

// newestFirst returns the waiting instances.
func (i *Interpreter) newestFirst() []*instance {
	list := slices.Clone(i.waiting)
	slices.SortFunc(list, func(a, b *instance) int { return b.since - a.since })
	return list
}

// waits tells whether work on an instance goes on: it has not ended or been
// dropped, and there is no verdict yet.
func (i *Interpreter) waits(x *instance) bool {
	return i.verdict == nil && slices.Contains(i.waiting, x)
}

// offer lets an instance have an event, if it waits for it and the event holds.
func (i *Interpreter) offer(x *instance, event int) {
	if i.waits(x) {
		i.take(x, x.waiting(event, i.at))
		i.atOnce(x)
	}
}

// take lets an instance have an event at the given leaves. In the moving part the
// instance itself goes on, at all of them; in the context a copy for each.
func (i *Interpreter) take(x *instance, leaves []*node) {
	if len(leaves) > 0 && leaves[0].moving {
		if y := i.advanced(x, leaves); y != nil {
			*x = *y
			i.settle(x)
		}
		return
	}
	for _, leaf := range leaves {
		if !i.waits(x) {
			return
		}
		if y := i.advanced(x, []*node{leaf}); y != nil {
			i.add(y)
		}
	}
}

// begin opens instances with a first event. All that one packet opens with one
// event are one family.
func (i *Interpreter) begin(event int) {
	i.families++
	family := i.families
	for _, start := range i.starts {
		for _, leaf := range start.waiting(event, i.at) {
			if i.verdict != nil || len(i.waiting) >= i.max || i.complete[start.of.unless] {
				break
			}
			if y := i.advanced(start, []*node{leaf}); y != nil {
				y.family = family
				i.add(y)
			}
		}
	}
}

// advanced returns a copy of x after the event of the leaves has occurred, nil
// if the event does not hold: also if it would complete the property while
// conjuncts are still put off.
func (i *Interpreter) advanced(x *instance, leaves []*node) *instance {
	m, ok := x.memory.with(i.rule, leaves[0].event, i.packet)
	if !ok {
		return nil
	}
	y := x.clone()
	y.memory = m
	for _, leaf := range leaves {
		y.states[leaf.id].status = passed
	}
	if !leaves[0].moving {
		y.commit(y.of.root, leaves[0])
	}
	y.update(y.of.root, i.at)
	if y.root() == passed && y.of.ends != atOnce && len(m.putOff) > 0 {
		return nil
	}
	i.enter(y)
	y.tried = i.packets
	return y
}

// enter notes that an instance has come into a new state.
func (i *Interpreter) enter(x *instance) {
	i.states++
	x.since = i.states
}

// add adds a new instance.
func (i *Interpreter) add(x *instance) {
	i.waiting = append(i.waiting, x)
	i.settle(x)
	i.atOnce(x)
}
