package security

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"

	"mmt/analyzer/security/rule"
)

// Limits of one property, far beyond what people write.
const (
	maxEvents  = 64
	maxStates  = 4096
	maxWindows = 8 // that one instance is in at a time
)

// machine is a property as states and steps: every way that an instance can
// take through the tree, followed in advance.
type machine struct {
	rule   *rule.Rule
	states []*state // states[0] is the start, where there are no instances
	// failsAtOnce is an event whose packet is a failure by itself unless it
	// completes an instance that waits for it, 0 if there is none.
	failsAtOnce int

	index map[string]int
	tree  *tree
}

// state is a point in the way of an instance.
type state struct {
	number   int
	occurred uint64   // events whose values it remembers, bit N-1 for event N
	windows  []window // that it is in, whether or not it waits in them
	open     []bool   // by window: it waits for an event in it
	counted  []bool   // by window: it is bounded in packets
	waits    []wait   // by event, ascending
	over     []step   // by window: what happens when it is over
	dies     bool     // when its only window is over, the instance fails or ends
	now      uint64   // windows that end with the packet that opened them, bit n for window n
	residue  *residue
}

// wait is an event that a state waits for.
type wait struct {
	event   int
	windows []int // of the leaves that wait for it
	copies  bool  // a copy advances, not the instance
	back    bool  // it completes a context whose trigger came before
	steps   []step
}

// outcome is where a step leads.
type outcome uint8

const (
	toState outcome = iota
	toPass
	toFail
	toEnd // nothing to tell
)

// step leads from a state to another, or to the end.
type step struct {
	outcome outcome
	next    int
	windows []windowFrom // of the next state
	begins  bool         // something new is waited for, not only less
}

// windowFrom says where a window of the next state comes from.
type windowFrom struct {
	old  int     // the same window of the old state, noWindow if it opens now
	win  *window // else what it is
	clip int     // window of the old state that bounds it, noWindow if none
}

// kept returns what windows of the old state are called in the next one, as bits;
// those that are gone are left out.
func (st *step) kept(old uint64) (windows uint64) {
	for i := range st.windows {
		if from := st.windows[i].old; from != noWindow && old&(1<<from) != 0 {
			windows |= 1 << i
		}
	}
	return windows
}

// set returns those of the windows of a wait that are among the given ones, as
// the number of a step.
func (w *wait) set(windows uint64) (set int) {
	for i, win := range w.windows {
		if win != noWindow && windows&(1<<win) != 0 {
			set |= 1 << i
		}
	}
	return set
}

// newMachine follows all ways through a property.
func newMachine(r *rule.Rule) (*machine, error) {
	if len(r.Events) > maxEvents {
		return nil, fmt.Errorf("rule %d: %d events are too many, at most %d", r.ID, len(r.Events), maxEvents)
	}
	t, err := growTree(r)
	if err != nil {
		return nil, fmt.Errorf("rule %d: %w", r.ID, err)
	}
	m := &machine{rule: r, index: map[string]int{}, tree: t}
	if n := windowOf(r.Root); tellsFailure(r) && r.Root.Op == rule.Then && n.backward() {
		if _, ok := n.forward(); !ok && r.Root.Left.Op == rule.Leaf {
			m.failsAtOnce = r.Root.Left.Event
		}
	}
	var k walker
	m.state(k.activate(t, noWindow), 0, nil, nil)
	for i := 0; i < len(m.states); i++ {
		if err := m.follow(m.states[i]); err != nil {
			return nil, fmt.Errorf("rule %d: %w", r.ID, err)
		}
		if i == 0 && m.failsAtOnce != 0 {
			m.addFailure(m.states[0])
		}
	}
	return m, nil
}

// addFailure lets the event that fails at once be seen at the start.
func (m *machine) addFailure(s *state) {
	w := wait{event: m.failsAtOnce, windows: []int{noWindow}, copies: true, steps: []step{{}, {outcome: toFail}}}
	s.waits = append(s.waits, w)
	slices.SortFunc(s.waits, func(a, b wait) int { return a.event - b.event })
}

// state returns the number of the state of a residue, a new one if needed.
// windows are those of the residue in its own numbering.
func (m *machine) state(r *residue, occurred uint64, windows []window, counted []bool) int {
	key := string(r.appendKey(strconv.AppendUint(nil, occurred, 16)))
	if n, ok := m.index[key]; ok {
		return n
	}
	s := &state{number: len(m.states), occurred: occurred, windows: windows, counted: counted, residue: r}
	m.index[key] = s.number
	m.states = append(m.states, s)
	s.open = make([]bool, len(windows))
	for _, l := range r.leaves(nil) {
		if l.win != noWindow {
			s.open[l.win] = true
			if windows[l.win].samePacket() {
				s.now |= 1 << l.win
			}
		}
	}
	return s.number
}

// follow finds the steps that lead out of a state.
func (m *machine) follow(s *state) error {
	if len(m.states) > maxStates {
		return fmt.Errorf("more than %d ways through its operators: split the property", maxStates)
	}
	if len(s.windows) > maxWindows {
		return fmt.Errorf("more than %d windows open at once: split the property", maxWindows)
	}
	leaves := s.residue.leaves(nil)
	slices.SortStableFunc(leaves, func(a, b leaf) int { return a.tree.event - b.tree.event })
	for len(leaves) > 0 {
		n := 1
		for n < len(leaves) && leaves[n].tree.event == leaves[0].tree.event {
			n++
		}
		m.followEvent(s, leaves[:n])
		leaves = leaves[n:]
	}
	for win := range s.windows {
		k := walker{windows: len(s.windows)}
		s.over = append(s.over, m.step(s, &k, k.over(s.residue, win), s.occurred))
	}
	s.dies = len(s.over) == 1 && (s.over[0].outcome == toEnd || s.over[0].outcome == toFail)
	return nil
}

// followEvent finds the steps of one event, for each set of windows in which it
// may come.
func (m *machine) followEvent(s *state, leaves []leaf) {
	w := wait{event: leaves[0].tree.event, copies: !leaves[0].tree.moving}
	for _, l := range leaves {
		w.windows = append(w.windows, l.win)
		w.back = w.back || l.back
	}
	w.steps = make([]step, 1<<len(leaves))
	occurred := s.occurred | 1<<(w.event-1)
	for set := 1; set < len(w.steps); set++ {
		in := func(win int) bool {
			i := slices.Index(w.windows, win)
			return i >= 0 && set&(1<<i) != 0
		}
		k := walker{windows: len(s.windows)}
		w.steps[set] = m.step(s, &k, k.event(s.residue, w.event, in), occurred)
	}
	s.waits = append(s.waits, w)
}

// step turns a residue into the step that leads to it.
func (m *machine) step(s *state, k *walker, r *residue, occurred uint64) step {
	switch r.kind {
	case passes:
		return step{outcome: toPass}
	case fails:
		if m.contextOnly(s.residue) {
			return step{outcome: toEnd}
		}
		return step{outcome: toFail}
	case ends:
		return step{outcome: toEnd}
	}
	n := &renumbering{}
	r = n.apply(r)
	st := step{outcome: toState}
	windows, counted := make([]window, len(n.old)), make([]bool, len(n.old))
	for i, old := range n.old {
		from := windowFrom{old: old, clip: noWindow}
		if old >= k.windows {
			o := &k.opened[old-k.windows]
			from = windowFrom{old: noWindow, win: &o.of.win, clip: o.clip}
			windows[i] = o.of.win
			counted[i] = o.of.win.hasCount || o.clip != noWindow && s.counted[o.clip]
			st.begins = true
		} else {
			windows[i], counted[i] = s.windows[old], s.counted[old]
		}
		st.windows = append(st.windows, from)
	}
	st.next = m.state(r, occurred, windows, counted)
	return st
}

// contextOnly tells whether a residue lies outside any trigger of the property,
// where failing means nothing.
func (m *machine) contextOnly(r *residue) bool {
	for r.kind == oneOf && len(r.kids) == 1 {
		r = r.kids[0]
	}
	return r.tree == nil || !r.tree.root
}

// renumbering gives the windows that a residue still needs numbers from 0.
type renumbering struct{ old []int }

func (n *renumbering) apply(r *residue) *residue {
	c := *r
	c.win = noWindow
	if r.win != noWindow && (r.kind == waits || r.kind == inFirst && r.tree.clip) {
		c.win = n.number(r.win)
	}
	c.kids = nil
	for _, kid := range r.kids {
		c.kids = append(c.kids, n.apply(kid))
	}
	return &c
}

func (n *renumbering) number(win int) int {
	i := slices.Index(n.old, win)
	if i < 0 {
		i = len(n.old)
		n.old = append(n.old, win)
	}
	return i
}

// appendKey appends what tells a residue from others.
func (r *residue) appendKey(b []byte) []byte {
	b = fmt.Appendf(b, "(%d %p %d", r.kind, r.tree, r.win)
	for _, kid := range r.kids {
		b = kid.appendKey(b)
	}
	return append(b, ')')
}

// events returns the events that the state remembers, ascending.
func (s *state) events() []int {
	var list []int
	for set := s.occurred; set != 0; set &= set - 1 {
		list = append(list, bits.TrailingZeros64(set)+1)
	}
	return list
}
