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

// SetRules replaces the rules with others, from the next packet on. Instances of
// rules that are in both sets live on. After an error nothing has changed.
func (e *Engine) SetRules(rules []*rule.Rule) error {
	c, err := e.Prepare(rules)
	if err == nil {
		e.Apply(c)
	}
	return err
}

// Prepare does the work of SetRules that takes time. It may run on another thread
// than the engine's, but only one at a time, and not before the last Change has
// been applied.
func (e *Engine) Prepare(rules []*rule.Rule) (*Change, error) {
	compiled, err := e.compile(rules)
	if err != nil {
		return nil, err
	}
	c := &Change{compiled: compiled, schema: newSchema()}
	for _, part := range e.options.spread(compiled) {
		p := newProgram(part)
		p.place(c.schema)
		c.programs = append(c.programs, p)
	}
	c.compare(e.compiled)
	return c, nil
}

// Apply makes the engine verify by a change, from the next packet on.
func (e *Engine) Apply(c *Change) {
	e.compiled, e.schema = c.compiled, c.schema
	if e.options.Threads > 0 {
		e.sendPrograms(c.programs)
		e.sent++
	} else {
		e.shards[0].use(c.programs[0])
	}
	if e.tap != nil {
		e.tap.resolve(e.attributes())
	}
}

// Settled tells whether all shards verify by the last change: rules that it
// removed are in use no more.
func (e *Engine) Settled() bool {
	return e.options.Threads == 0 || !slices.ContainsFunc(e.shards, func(s *shard) bool { return s.applied.Load() < e.sent })
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

// compile compiles rules, except those that have been already.
func (e *Engine) compile(rules []*rule.Rule) ([]*compiledRule, error) {
	known := map[uint32]*compiledRule{}
	for _, c := range e.compiled {
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
