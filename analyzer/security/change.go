package security

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"mmt/analyzer/security/rule"
)

// Change is a set of rules, ready to take the place of the one that is verified.
type Change struct {
	// Rules by id, ascending. Replaced are those of which another has taken the
	// id; their instances end. Those of the kept ones live on.
	Added, Removed, Replaced, Kept []uint32

	compiled []*compiledRule
	schema   *Schema
	programs []*program
}

// SetRules replaces the rules of an engine with one feed with others, from the
// next packet on. Instances of rules that are in both sets live on. After an error
// nothing has changed.
func (e *Engine) SetRules(rules []*rule.Rule) error {
	c, err := e.Prepare(rules)
	if err == nil {
		e.Apply(c)
	}
	return err
}

// Prepare does the work of SetRules that takes time. It may run on another thread
// than the feeds', but only one at a time, and not before the last Change has been
// applied by all feeds.
func (e *Engine) Prepare(rules []*rule.Rule) (*Change, error) {
	before := e.current.Load().compiled
	compiled, err := e.compile(before, rules)
	if err != nil {
		return nil, err
	}
	c := &Change{compiled: compiled, schema: newSchema()}
	for _, part := range e.options.spread(compiled) {
		p := newProgram(part)
		p.place(c.schema)
		c.programs = append(c.programs, p)
	}
	c.compare(before)
	return c, nil
}

// Apply makes the engine verify by a change, from the next packet of the feed on.
// Each feed must apply each change, at the same place in the order of packets:
// those that it sends after it have numbers above all that other feeds send
// before it.
func (f *Feed) Apply(c *Change) {
	f.engine.current.Store(c)
	if f.ring != nil {
		f.schema = c.schema
		f.sendChange(c)
	} else {
		f.engine.shards[0].turn(c, 0)
		f.schema = c.programs[0].schema
	}
	if f.tap != nil {
		f.tap.resolve()
	}
}

// turn makes a shard verify by a change.
func (s *shard) turn(c *Change, number int) {
	s.use(c.programs[number])
	s.change.Store(c)
}

// Settled tells whether all shards verify by the last change: rules that it
// removed are in use no more.
func (e *Engine) Settled() bool {
	last := e.current.Load()
	return !slices.ContainsFunc(e.shards, func(s *shard) bool { return s.change.Load() != last })
}

// compare notes what is different from the rules before.
func (c *Change) compare(before []*compiledRule) {
	old := map[uint32]*compiledRule{}
	for _, r := range before {
		old[r.ID] = r
	}
	for _, r := range c.compiled {
		switch was := old[r.ID]; was {
		case nil:
			c.Added = append(c.Added, r.ID)
		case r:
			c.Kept = append(c.Kept, r.ID)
		default:
			c.Replaced = append(c.Replaced, r.ID)
		}
		delete(old, r.ID)
	}
	for id := range old {
		c.Removed = append(c.Removed, id)
	}
	slices.Sort(c.Removed)
}

// same tells whether a rule says the same as the one that was compiled.
func (c *compiledRule) same(r *rule.Rule) bool {
	return c.Rule == r || c.Reaction == nil && r.Reaction == nil && !c.calls && !callsForeign(r) &&
		string(rule.AppendText(nil, []*rule.Rule{c.Rule})) == string(rule.AppendText(nil, []*rule.Rule{r}))
}

// compile compiles rules, except those that have been already.
func (e *Engine) compile(before []*compiledRule, rules []*rule.Rule) ([]*compiledRule, error) {
	known := map[uint32]*compiledRule{}
	for _, c := range before {
		known[c.ID] = c
	}
	var list []*compiledRule
	var errs []error
	for _, r := range rules {
		if e.options.Exclude.Contains(r.ID) {
			continue
		}
		if c := known[r.ID]; c != nil && c.same(r) {
			list = append(list, c)
			continue
		}
		c, err := compile(r)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.Source, err))
			continue
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *compiledRule) int { return cmp.Compare(a.ID, b.ID) })
	for i := 1; i < len(list); i++ {
		if list[i].ID == list[i-1].ID {
			errs = append(errs, fmt.Errorf("rule %d is there twice: %s and %s", list[i].ID, list[i-1].Source, list[i].Source))
		}
	}
	return list, errors.Join(errs...)
}
