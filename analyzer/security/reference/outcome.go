package reference

import (
	"slices"

	"mmt/analyzer/security/rule"
)

// over is a window that the packet at hand shows to be over.
type over struct {
	instance *instance
	leaf     *node
	end      moment
	byCount  bool
}

// firstOver returns the window to end first: time windows before count windows,
// then the earliest, then that of the older instance; nil if there is none.
func (i *Interpreter) firstOver() (first *over) {
	for _, x := range i.waiting {
		for _, leaf := range x.open() {
			if o := i.over(x, leaf); o != nil && (first == nil || o.before(first)) {
				first = o
			}
		}
	}
	return first
}

// over returns when the window of a leaf ended, nil if it has not. After a time
// window that is its upper bound and the last packet in it; after a count window
// the last packet in it and its time.
func (i *Interpreter) over(x *instance, leaf *node) *over {
	to := x.states[leaf.id].window.to
	switch {
	case i.at.time > to.time:
		return &over{x, leaf, moment{to.time, i.at.count - 1}, false}
	case i.at.count > to.count:
		return &over{x, leaf, moment{i.previous.time, to.count}, true}
	}
	return nil
}

func (o *over) before(p *over) bool {
	switch {
	case o.byCount != p.byCount:
		return p.byCount
	case !o.byCount && o.end.time != p.end.time:
		return o.end.time < p.end.time
	case o.byCount && o.end.count != p.end.count:
		return o.end.count < p.end.count
	}
	return o.instance.since < p.instance.since
}

// lose ends the windows of some leaves of an instance at m. If that lets
// something else begin, the packet at hand may satisfy it.
func (i *Interpreter) lose(x *instance, leaves []*node, m moment) {
	if len(leaves) == 0 {
		return
	}
	for _, leaf := range leaves {
		x.states[leaf.id].status = failed
	}
	x.begun = false
	x.update(x.of.root, m)
	if x.begun {
		i.enter(x)
	}
	if x.done() {
		i.finish(x, true)
	}
}

// atOnce tries what must hold on the packet at hand. What then does not is over.
func (i *Interpreter) atOnce(x *instance) {
	for i.waits(x) {
		due := x.due()
		if len(due) == 0 {
			return
		}
		for k, leaf := range due {
			if k == 0 || leaf.event != due[k-1].event {
				i.tryNow(x, stillOpen(x, due, leaf.event))
			}
		}
		if i.waits(x) {
			i.lose(x, stillOpen(x, due, 0), i.at)
		}
	}
}

// stillOpen returns those of the leaves that wait for an event, 0: for any.
func stillOpen(x *instance, leaves []*node, event int) (list []*node) {
	open := x.open()
	for _, leaf := range leaves {
		if slices.Contains(open, leaf) && (event == 0 || leaf.event == event) {
			list = append(list, leaf)
		}
	}
	return list
}

// tryNow is take for events that must hold on the packet at hand.
func (i *Interpreter) tryNow(x *instance, leaves []*node) {
	if len(leaves) > 0 && i.waits(x) && i.packet.carries(i.rule, i.rule.Events[leaves[0].event-1].Needs) {
		i.take(x, leaves)
	}
}

// settle ends an instance whose property has come to an end by an event.
func (i *Interpreter) settle(x *instance) {
	if x.done() {
		i.finish(x, false)
	}
}

// finish ends an instance. A verdict drops its family, and so does an outcome
// that nobody is told, except a failure by time-out.
func (i *Interpreter) finish(x *instance, timeout bool) {
	i.drop(func(y *instance) bool { return y == x })
	pass := x.root() == passed && x.of.ends != atOnce
	if x.inconclusive() || pass && len(x.memory.putOff) > 0 {
		return
	}
	if pass {
		i.complete[x.of] = true
	}
	i.conclude(pass, x.memory)
	if i.verdict != nil || pass || !timeout {
		i.drop(func(y *instance) bool { return y.family == x.family })
	}
}

// drop forgets instances.
func (i *Interpreter) drop(gone func(*instance) bool) {
	i.waiting = slices.DeleteFunc(slices.Clone(i.waiting), gone)
}

// conclude gives a verdict, if the type of the property tells this outcome.
func (i *Interpreter) conclude(pass bool, m memory) {
	outcome := rule.NotRespected
	switch i.rule.Type {
	case rule.Attack, rule.Evasion:
		if !pass {
			return
		}
		outcome = rule.Detected
	case rule.Security:
		if pass {
			return
		}
	case rule.Test:
		if pass {
			outcome = rule.Respected
		}
	}
	i.verdict = &Verdict{
		Rule: i.rule.ID, Outcome: outcome, Time: i.packet.Time, Counter: i.packet.Counter, Flow: i.packet.Flow,
		History: m.history(),
	}
}
