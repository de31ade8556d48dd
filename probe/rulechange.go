package probe

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mmt/analyzer"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp/rulefile"
)

// open lets rules be changed from now on.
func (r *Run) open(book *ruleBook, v *analyzer.Verifier, workers int) {
	if v != nil {
		book.engine, book.workers = v.Engine(), workers
		r.book.Store(book)
	}
}

// ReloadRules reads the rule files again, as at the start: what AddRules and
// RemoveRules did is forgotten. Like these two it may be called from any thread
// while the run goes on; it returns when the packets are verified by the new rules,
// which begins with a burst that comes after the call, or when ctx is done, and
// tells the log what has changed. No packet is lost, and what waits of rules that
// stay the same goes on waiting. With an error, which the log is told as well, the
// rules are those of before.
func (r *Run) ReloadRules(ctx context.Context) (*security.Change, error) {
	return r.changeRules(func(b *ruleBook) (*security.Change, error) { return b.reload(ctx) })
}

// AddRules adds rule files (.xml or .so); one that is in use already is read
// again. Rules that were removed come back with their file.
func (r *Run) AddRules(ctx context.Context, paths ...string) (*security.Change, error) {
	return r.changeRules(func(b *ruleBook) (*security.Change, error) { return b.add(ctx, paths) })
}

// RemoveRules removes rules by id. At least one must be left.
func (r *Run) RemoveRules(ctx context.Context, ids ...uint32) (*security.Change, error) {
	return r.changeRules(func(b *ruleBook) (*security.Change, error) { return b.remove(ctx, ids) })
}

// changeRules makes one change at a time.
func (r *Run) changeRules(f func(*ruleBook) (*security.Change, error)) (*security.Change, error) {
	b := r.book.Load()
	if b == nil {
		err := errors.New("no rules are verified: security is not enabled, or the run has not begun")
		r.Log.Error("security: " + err.Error())
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var c *security.Change
	err := errEnded
	if b.edition != nil {
		c, err = f(b)
	}
	if err != nil {
		for line := range strings.Lines(err.Error()) {
			r.Log.Error("security: the rules stay as they are: " + strings.TrimSpace(line))
		}
	}
	return c, err
}

// reload reads the rule files again, as at the start: what was added or removed
// since then is forgotten.
func (b *ruleBook) reload(ctx context.Context) (*security.Change, error) {
	from, texts, err := readDefault()
	if err != nil {
		return nil, err
	}
	return b.change(ctx, plan{from: from, texts: texts})
}

// add adds rule files; one that is in use already is read again. Rules that were
// removed come back with their file.
func (b *ruleBook) add(ctx context.Context, paths []string) (*security.Change, error) {
	more, err := rulefile.ReadFiles(paths)
	if err != nil {
		return nil, err
	}
	p := plan{from: b.from, texts: slices.Clone(b.texts), removed: map[uint32]bool{}}
	for _, text := range more {
		p.texts = slices.DeleteFunc(p.texts, func(t rulefile.Text) bool { return filepath.Clean(t.Path) == filepath.Clean(text.Path) })
		p.texts = append(p.texts, text)
	}
	for id := range b.removed {
		p.removed[id] = true
	}
	for _, id := range b.idsOf(more) {
		delete(p.removed, id)
	}
	return b.change(ctx, p)
}

// idsOf returns the rules of files; a file that cannot be read has none.
func (b *ruleBook) idsOf(texts []rulefile.Text) (ids []uint32) {
	for _, text := range texts {
		f, err := b.opener.Read(text.Path)
		if err != nil {
			continue // the change tells it
		}
		for _, r := range f.Rules {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// leaveOut excludes rules, in place of those that were excluded.
func (b *ruleBook) leaveOut(ctx context.Context, exclude security.Ranges) (*security.Change, error) {
	before := b.exclude
	b.exclude = exclude
	c, err := b.change(ctx, plan{from: b.from, texts: b.texts, removed: b.removed})
	if err != nil {
		b.exclude = before
	}
	return c, err
}

// remove removes rules by id.
func (b *ruleBook) remove(ctx context.Context, ids []uint32) (*security.Change, error) {
	p := plan{from: b.from, texts: b.texts, removed: map[uint32]bool{}}
	for id := range b.removed {
		p.removed[id] = true
	}
	for _, id := range ids {
		if !slices.ContainsFunc(b.without(b.edition.Rules, b.removed), func(r *rule.Rule) bool { return r.ID == id }) {
			return nil, fmt.Errorf("rule %d is not verified", id)
		}
		p.removed[id] = true
	}
	return b.change(ctx, p)
}
