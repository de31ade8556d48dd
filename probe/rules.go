package probe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp"
	"mmt/rulecomp/rulefile"
)

// ruleBook holds the rules of a run and changes them while they are verified.
// Rule files are read, compiled and put together on the thread of whoever asks
// for a change; the thread of the packets only takes over what is ready.
type ruleBook struct {
	log    *slog.Logger
	opener rulefile.Opener
	orders chan *order   // changes for the threads of the packets
	ended  chan struct{} // closed when these take no more
	once   sync.Once

	mu      sync.Mutex // one change at a time
	exclude security.Ranges
	edition *rulefile.Edition
	texts   []rulefile.Text
	removed map[uint32]bool
	from    string // where the rules come from
	pushed  *pushed
	bypass  *bypass
	engine  *security.Engine
	workers int
}

// order is a change that is ready, for all workers.
type order struct {
	change *security.Change
	left   atomic.Int32  // workers that have not applied it yet
	done   chan struct{} // closed when all have
}

// apply makes a worker verify by the change. It is called between two bursts, on
// the worker's thread; all workers must apply it between the same two.
func (o *order) apply(w *analyzer.Worker) {
	defer func() {
		if o.left.Add(-1) == 0 {
			close(o.done)
		}
	}()
	w.ApplyRules(o.change)
	w.RecallBypassed()
}

// noRules says that there is nothing to verify.
type noRules struct {
	from     string
	excluded bool
}

func (e *noRules) Error() string {
	if e.excluded {
		return fmt.Sprintf("no rules to verify: all rules of %s are excluded (exclude fewer)", e.from)
	}
	return fmt.Sprintf("no rules to verify: %s has no rule files (put .xml or .so files there, or remove the folder to use the built-in rules, or disable security)", e.from)
}

func newRuleBook(reg *dpi.Registry, log *slog.Logger) *ruleBook {
	return &ruleBook{
		log: log, opener: rulefile.Opener{Properties: rulecomp.Compiler{Registry: reg}, Log: log},
		orders: make(chan *order), ended: make(chan struct{}),
	}
}

// builtIn is where rules come from if there is no folder of rules.
const builtIn = "this program"

// readDefault reads the rule files of ./rules, else of /opt/mmt/security/rules
// (manual section 4.5), else those that are part of the program.
func readDefault() (from string, texts []rulefile.Text, err error) {
	from, err = rulecomp.DefaultDir()
	if err != nil {
		texts, err = rulefile.BuiltIn()
		return builtIn, texts, err
	}
	texts, err = rulefile.ReadFolder(from)
	if err == nil && len(texts) == 0 {
		err = &noRules{from: from}
	}
	return from, texts, err
}

// open loads the rules to start with.
func (b *ruleBook) open(exclude security.Ranges) ([]*rule.Rule, error) {
	b.exclude = exclude
	from, texts, err := readDefault()
	if err != nil {
		return nil, err
	}
	edition, err := b.opener.Next(nil, texts)
	if err != nil {
		return nil, err
	}
	b.edition, b.texts, b.from = edition, texts, from
	rules := edition.Rules
	n := len(b.without(rules, nil))
	if n == 0 {
		return nil, errors.Join(&noRules{from: from, excluded: true}, edition.Retire(nil))
	}
	b.log.Info(fmt.Sprintf("security: %d rules of %s%s%s", n, from, missingFolder(from), excludedText(len(rules)-n)))
	return rules, nil
}

// missingFolder says why the rules are those of the program.
func missingFolder(from string) string {
	if from != builtIn {
		return ""
	}
	return " (neither ./rules nor /opt/mmt/security/rules exists)"
}

func excludedText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d more are excluded", n)
}

// without returns the rules that are neither excluded nor removed.
func (b *ruleBook) without(rules []*rule.Rule, removed map[uint32]bool) (kept []*rule.Rule) {
	for _, r := range rules {
		if !b.exclude.Contains(r.ID) && !removed[r.ID] {
			kept = append(kept, r)
		}
	}
	return kept
}

// next returns a change that waits to be applied before the next burst, nil if none
// does. The nil book has none.
func (b *ruleBook) next() *order {
	if b == nil {
		return nil
	}
	select {
	case o := <-b.orders:
		return o
	default:
		return nil
	}
}

// plan is what a change wants.
type plan struct {
	from    string
	texts   []rulefile.Text
	removed map[uint32]bool
}

// change makes a plan come true. After an error the rules are those of before.
func (b *ruleBook) change(ctx context.Context, p plan) (*security.Change, error) {
	next, err := b.opener.Next(b.edition, p.texts)
	if err != nil {
		return nil, err
	}
	c, err := b.prepare(next.Rules, p)
	before, after := b.without(b.edition.Rules, b.removed), b.without(next.Rules, p.removed)
	if err == nil {
		err = b.pushed.widen(before, after)
	}
	if err == nil {
		b.bypass.widen(before, after)
		if err = b.order(ctx, c); err != nil {
			b.narrow(before)
		}
	}
	if err != nil {
		return nil, errors.Join(err, next.Retire(b.edition))
	}
	b.narrow(after)
	old := b.edition
	b.edition, b.texts, b.removed, b.from = next, p.texts, p.removed, p.from
	b.log.Info("security: " + describe(c, p.from))
	b.settle()
	return c, old.Retire(next)
}

// narrow tells what is in front of the workers which rules are in force.
func (b *ruleBook) narrow(rules []*rule.Rule) {
	b.pushed.narrow(rules)
	b.bypass.narrow(rules)
}

func (b *ruleBook) prepare(rules []*rule.Rule, p plan) (*security.Change, error) {
	rules = b.without(rules, p.removed)
	if len(rules) == 0 {
		return nil, &noRules{from: p.from, excluded: true}
	}
	return b.engine.Prepare(rules)
}

// errEnded says that a change came too late.
var errEnded = errors.New("the rules are not changed: the analysis has ended meanwhile")

// order waits until all workers have applied a change, which they do before the
// next burst.
func (b *ruleBook) order(ctx context.Context, c *security.Change) error {
	o := &order{change: c, done: make(chan struct{})}
	o.left.Store(int32(b.workers))
	select {
	case b.orders <- o:
	case <-ctx.Done():
		return fmt.Errorf("the rules are not changed: %w", context.Cause(ctx))
	case <-b.ended:
		return errEnded
	}
	select {
	case <-o.done:
		return nil
	case <-b.ended: // all workers are closed
	}
	select {
	case <-o.done:
		return nil
	default:
		return errEnded
	}
}

// settle waits until no shard uses the rules of before.
func (b *ruleBook) settle() {
	for !b.engine.Settled() {
		time.Sleep(time.Millisecond)
	}
}

// describe tells what is different.
func describe(c *security.Change, from string) string {
	return fmt.Sprintf("rules changed to those of %s: added %s, replaced %s, removed %s, kept %d",
		from, idList(c.Added), idList(c.Replaced), idList(c.Removed), len(c.Kept))
}

// maxListed is how many rules a log line names.
const maxListed = 20

func idList(ids []uint32) string {
	switch n := len(ids); {
	case n == 0:
		return "none"
	case n > maxListed:
		return fmt.Sprintf("%d (%v ...)", n, ids[:maxListed])
	default:
		return fmt.Sprintf("%d %v", n, ids)
	}
}

// stop tells those who wait for a change that there will be none any more.
func (b *ruleBook) stop() { b.once.Do(func() { close(b.ended) }) }

// close unloads the rules. Nobody can change them any more.
func (b *ruleBook) close() {
	b.stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.edition == nil {
		return
	}
	if err := b.edition.Retire(nil); err != nil {
		b.log.Error("security: " + err.Error())
	}
	b.edition = nil
}
