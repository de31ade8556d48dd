package security

import (
	"sync/atomic"

	"mmt/analyzer/security/rule"
)

// shard verifies rules on one thread.
type shard struct {
	evaluator
	store
	program  *program
	memo     []uint64 // by predicate: the packet it was last evaluated for, and the result
	tried    []uint64 // by class: the packet it was last looked at for
	waiting  []int32  // by class: how many groups wait for it
	runs     []*run   // nil where a rule was removed
	freeRuns []int32
	slots    []int32 // run of a rule, by its place in the program
	timers   [2]timers
	limit    int // instances of one rule

	functions map[*rule.Function]function // that the program calls
	change    atomic.Pointer[Change]      // that it verifies by

	now     int64  // time of the packet at hand, microseconds
	nanos   int64  // the same, nanoseconds
	before  int64  // time of the packet before it, microseconds
	counter int64  // its number
	flow    uint64 // its session
	seq     uint64 // of the instance that came last into its state
	mark    uint64 // seq before the events of the packet at hand
	hits    []hit
	lists   []int32
	cursors []cursor
	ignored map[uint64]struct{} // sessions of which nothing more is verified, nil if that is not wanted
	doomed  []uint32            // families that have come to their verdict
	emptied []uint32            // groups that may be empty

	adapter   adapter
	header    func(group int32) []byte // of a group's protocol in the packet at hand
	regrouped func()                   // tells that the groups of the index have changed, nil: nobody is to know
	walk      walk
	report    reporter
	stats     Stats
}

// run is a rule while it is verified.
type run struct {
	*compiledRule
	number  int32   // in shard.runs
	place   int32   // in the program
	queues  []int32 // by 2*state + clock
	waiting int     // instances
	done    uint64  // packet that brought a verdict
	back    uint64  // packet on which an instance was completed by the context that came after its trigger
	backTo  int     // the event of that
}

// hit is an event of a rule whose conditions on the packet hold: at the start
// of the rule, or for a group that waits for it.
type hit struct {
	place int32 // of the rule in the program
	event int32
	wait  int32
	group uint32 // 0: the start
	state int32
}

// Stats counts what a shard has done.
type Stats struct {
	Packets   uint64
	Verdicts  uint64
	Opened    uint64 // instances
	Refused   uint64 // instances that max-instances left out
	NoMemory  uint64 // instances whose values had no place
	Waiting   uint64 // instances at the moment
	Ignored   uint64 // packets of sessions after an alert (ignore-remain-flow)
	Truncated uint64 // attribute values that did not fit in a message (input.max-message-size)
	Lost      uint64 // messages that found a ring full
	Panics    uint64 // functions and attributes that panicked
	GivenUp   uint64 // instances that a panic left in an unknown state
}

// Add adds what another engine, or a part of this one, has counted.
func (s *Stats) Add(o *Stats) {
	s.Packets += o.Packets
	s.Verdicts += o.Verdicts
	s.Opened += o.Opened
	s.Refused += o.Refused
	s.NoMemory += o.NoMemory
	s.Waiting += o.Waiting
	s.Ignored += o.Ignored
	s.Truncated += o.Truncated
	s.Lost += o.Lost
	s.Panics += o.Panics
	s.GivenUp += o.GivenUp
}

// panicsThrough is set by tests that want to see panics.
var panicsThrough bool

// newShard makes a shard that takes at most limit instances of one rule.
func newShard(limit int, verdict func(*rule.Verdict)) *shard {
	s := &shard{limit: limit}
	s.store.init()
	for c := range s.timers {
		s.timers[c] = timers{store: &s.store, clock: clock(c)}
	}
	s.report.call = verdict
	return s
}

// process verifies the rules on one packet, whose attributes the cells will get
// from their source; groups are the groups of protocols that it has attributes
// of.
func (s *shard) process(nanos int64, counter uint64, flow uint64, groups []int32) {
	s.cells.epoch++
	s.before, s.nanos, s.now = s.now, nanos, nanos/1000
	s.counter, s.flow = int64(counter), flow
	s.stats.Packets++
	if s.cells.epoch == 1 {
		s.before = s.now
	}
	defer s.survive()
	s.expire()
	s.mark = s.seq
	if len(s.ignored) > 0 {
		if _, ok := s.ignored[flow]; ok && flow != 0 {
			s.stats.Ignored++
			return
		}
	}
	s.search(groups)
	if len(s.hits) > 0 {
		s.advance()
	}
	s.adapt()
}

// survive keeps a panic in a function or in the code of an attribute's protocol
// from going on. What it leaves behind may be half done: all instances are given
// up, and counted.
func (s *shard) survive() {
	if e := recover(); e != nil {
		s.stats.Panics++
		s.stats.GivenUp += s.stats.Waiting
		s.forgetAll()
		if panicsThrough {
			panic(e)
		}
	}
}

// search finds the events whose conditions on the packet hold.
func (s *shard) search(groups []int32) {
	x := &s.program.index
	s.hits = s.hits[:0]
	for _, class := range x.always.classes[:x.always.armed] {
		s.try(class)
	}
	for _, g := range groups {
		if int(g) < len(x.prints) && x.prints[g] != nil {
			s.searchPrint(x.prints[g], s.header(g))
		}
		for i := range x.member[g] {
			if m := &x.member[g][i]; m.armed > 0 && !m.printed {
				s.searchAttr(&x.attrs[m.attr])
			}
		}
	}
}

// searchAttr looks an attribute's value up.
func (s *shard) searchAttr(t *attrIndex) {
	c := s.cells.get(t.cell)
	if c == nil {
		return
	}
	found := t.listsOf(c.num, s.lists[:0])
	if len(t.texts) > 0 {
		if l, ok := t.texts[string(c.v.B)]; ok {
			found = append(found, l)
		}
	}
	if t.contents != nil {
		found = t.contents.find(c.v.B, s.cells.epoch, found)
	}
	for _, l := range found {
		s.tryList(l)
	}
	s.lists = found
}

func (s *shard) tryList(i int32) {
	l := &s.program.index.lists[i]
	for _, class := range l.classes[:l.armed] {
		s.try(class)
	}
}

// try adds the hits of a class, if the packet satisfies it.
func (s *shard) try(class int32) {
	if s.tried[class] == s.cells.epoch {
		return
	}
	s.tried[class] = s.cells.epoch
	s.adapter.tries[class]++
	c := &s.program.classes[class]
	if !s.satisfies(c) {
		return
	}
	for _, st := range c.starts {
		s.addStart(st)
	}
	if s.waiting[class] > 0 {
		s.addWaiting(class, c)
	}
}

// satisfies tells whether the packet has what a class needs and its conditions
// hold.
func (s *shard) satisfies(c *class) bool {
	for k, i := range c.local {
		if !s.holds(i) {
			if k > 0 { // what fails often comes first
				copy(c.local[1:k+1], c.local[:k])
				c.local[0] = i
			}
			return false
		}
	}
	for _, i := range c.needs {
		if s.cells.get(i) == nil {
			return false
		}
	}
	return true
}

func (s *shard) addStart(st start) {
	if st.wait == simpleRule {
		s.hits = append(s.hits, hit{place: st.rule, wait: simpleRule})
		return
	}
	r := s.runs[s.slots[st.rule]]
	s.hits = append(s.hits, hit{place: st.rule, wait: st.wait, event: int32(r.machine.states[0].waits[st.wait].event)})
}

// addWaiting adds the groups that wait for what the packet carries.
func (s *shard) addWaiting(class int32, c *class) {
	key := s.findKey(class, s.hashCells(class, c.joins))
	if key == 0 {
		return
	}
	for i := s.keys.at(key).links; i != 0; {
		l := s.links.at(i)
		g := s.groups.at(l.group)
		r := s.runs[g.run]
		w := &r.machine.states[g.state].waits[l.wait]
		s.hits = append(s.hits, hit{place: r.place, event: int32(w.event), wait: l.wait, group: l.group, state: int32(g.state)})
		i = l.next
	}
}

// hashCells hashes the join attributes of the packet.
func (s *shard) hashCells(class int32, joins []int32) uint64 {
	h := s.salt ^ uint64(class)
	for _, i := range joins {
		c := s.cells.get(i)
		if c == nil {
			return 0
		}
		if s.program.numeric[i] {
			h = mix(h ^ numberBits(c.num))
		} else {
			h = mix(h ^ s.hashBytes(c.v.B))
		}
	}
	return h
}

// hashSlots hashes what a guard compares the join attributes with.
func (s *shard) hashSlots(gd *guard, values memory) uint64 {
	h := s.salt ^ uint64(gd.class)
	for i, slot := range gd.slots {
		if gd.types[i].IsNumber() {
			h = mix(h ^ numberBits(toNumber(gd.types[i], values.number(slot))))
		} else {
			h = mix(h ^ s.hashBytes(values.bytes(slot)))
		}
	}
	return h
}

// joined tells whether the packet has what a guard wants remembered values to
// equal.
func (s *shard) joined(gd *guard) bool {
	joins := s.program.classes[gd.class].joins
	for i, slot := range gd.slots {
		c := s.cells.get(joins[i])
		switch {
		case c == nil:
			return false
		case s.program.numeric[joins[i]]:
			if c.num != toNumber(gd.types[i], s.past.number(slot)) {
				return false
			}
		case string(c.v.B) != string(s.past.bytes(slot)):
			return false
		}
	}
	return true
}
