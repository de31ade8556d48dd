package logs

import (
	"hash/maphash"
	"log/slog"
	"time"
)

// Of one message so many are let through in a period; those after them are held
// back and told together when it ends.
const (
	burst  = 5
	period = time.Minute
	// maxKinds bounds the memory for messages that differ. Where more are under
	// way, the places of the program that log them are all that is told apart.
	maxKinds = 1024
)

// kind is what makes two messages the same: the level, the place in the program
// that logs them, and the text, in which numbers and attributes count for nothing.
type kind struct {
	level slog.Level
	place uintptr
	text  uint64
}

// repeats is what came of one kind in a period.
type repeats struct {
	begin time.Time
	text  string // the last that was held
	sev   severity
	let   int // so many were let through
	held  uint64
}

// limiter holds repeats back. It has no lock and no clock of its own.
type limiter struct {
	seed  maphash.Seed
	kinds map[kind]*repeats
}

func newLimiter() *limiter {
	return &limiter{seed: maphash.MakeSeed(), kinds: map[kind]*repeats{}}
}

// admit tells whether a message is to be written.
func (l *limiter) admit(now time.Time, level slog.Level, place uintptr, text string) bool {
	k := kind{level, place, l.hash(text)}
	r := l.kinds[k]
	if r == nil && len(l.kinds) >= maxKinds {
		k.text = 0
		r = l.kinds[k]
	}
	if r == nil {
		r = &repeats{begin: now, sev: severityOf(level)}
		l.kinds[k] = r
	}
	if r.let < burst {
		r.let++
		return true
	}
	r.text = clip(text, maxText)
	r.held++
	return false
}

// due forgets the kinds whose period is over, or all of them, and returns those of
// which some were held.
func (l *limiter) due(now time.Time, all bool) (list []*repeats) {
	for k, r := range l.kinds {
		if over := now.Sub(r.begin) >= period; !over && !all {
			continue
		}
		if r.held > 0 {
			list = append(list, r)
		}
		delete(l.kinds, k)
	}
	return list
}

// hash is that of a text in which all numbers are the same.
func (l *limiter) hash(text string) uint64 {
	var h maphash.Hash
	h.SetSeed(l.seed)
	digits := false
	for i := range len(text) {
		c := text[i]
		if number := c-'0' < 10; !number {
			h.WriteByte(c)
		} else if !digits {
			h.WriteByte('0')
		}
		digits = c-'0' < 10
	}
	return h.Sum64()
}
