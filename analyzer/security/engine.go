package security

import (
	"slices"
	"sync"
	"sync/atomic"

	"mmt/analyzer/security/rule"
	"mmt/dataplane/ring"
)

// Defaults of Options (manual section 3.3).
const (
	DefaultMaxInstances = 100000
	DefaultMaxMessage   = 60000
	DefaultRingSize     = 1000
)

// Range is the rules First to Last.
type Range struct{ First, Last uint32 }

// Ranges is a set of rules.
type Ranges []Range

// Contains tells whether a rule is in the set.
func (s Ranges) Contains(id uint32) bool {
	return slices.ContainsFunc(s, func(r Range) bool { return r.First <= id && id <= r.Last })
}

// Options of an Engine.
type Options struct {
	Feeds        int            // analyzers that give packets, 0: one
	Threads      int            // threads that verify, for each feed; 0: the feed's own thread, or one for several feeds
	Mask         map[int]Ranges // rules-mask: rules by thread, from 1, of every feed
	Exclude      Ranges         // exclude-rules
	MaxInstances int            // security.max-instances: of one rule
	MaxMessage   int            // input.max-message-size, bytes
	RingSize     int            // security.smp.ring-size, messages
	IgnoreFlow   bool           // ignore-remain-flow: nothing more of a session after a verdict
	Lose         bool           // a full ring loses messages, and counts them, instead of waiting
	Unordered    bool           // the packets' numbers do not tell in what order they came: their times do

	// Verdict is called with each verdict, on the thread of its shard: with two
	// threads or more, by several at once.
	Verdict func(shard int, v *rule.Verdict)
}

func (o *Options) setDefaults() {
	for p, d := range map[*int]int{&o.MaxInstances: DefaultMaxInstances, &o.MaxMessage: DefaultMaxMessage, &o.RingSize: DefaultRingSize} {
		if *p <= 0 {
			*p = d
		}
	}
	o.Feeds = max(o.Feeds, 1)
}

// shards returns how many shards have threads of their own, 0 if the caller's
// thread verifies. With several feeds all shards look at the packets of all, so
// that properties hold across them: there are as many as if each feed had its own.
// One is enough where none is asked for, as each costs the reading of all messages.
func (o *Options) shards() int {
	if o.Feeds > 1 {
		return max(o.Feeds*o.Threads, 1)
	}
	return o.Threads
}

// Engine verifies rules over the packets of its feeds, as if they came from one:
// in the order of their numbers. The first feed is part of it, so that an engine
// with one is used as a whole. Rules, Len, Settled and Stats may be called from
// any thread.
type Engine struct {
	*Feed
	options Options
	feeds   []*Feed
	shards  []*shard
	current atomic.Pointer[Change] // what feeds are to verify by
	serving sync.WaitGroup         // shards with threads of their own
	stats   []shared

	wakers []*ring.Waker // of the shards
}

// tell wakes the shards that sleep. It is called after what is news to them.
func (e *Engine) tell() {
	for _, w := range e.wakers {
		w.Wake()
	}
}

// NewEngine makes an engine.
func NewEngine(rules []*rule.Rule, options Options) (*Engine, error) {
	e, err := newEngine(rules, options)
	if err == nil {
		e.start()
	}
	return e, err
}

// newEngine makes an engine whose shards do not run yet.
func newEngine(rules []*rule.Rule, options Options) (*Engine, error) {
	options.setDefaults()
	e := &Engine{options: options}
	e.current.Store(&Change{})
	for i := range max(options.shards(), 1) {
		s := newShard(options.MaxInstances, func(v *rule.Verdict) {
			if options.Verdict != nil {
				options.Verdict(i, v)
			}
		})
		if options.IgnoreFlow {
			s.ignored = map[uint64]struct{}{}
		}
		e.shards = append(e.shards, s)
	}
	e.stats = make([]shared, len(e.shards))
	first, err := e.Prepare(rules)
	if err != nil {
		return nil, err
	}
	e.current.Store(first)
	for i, s := range e.shards {
		s.turn(first, i)
	}
	for range options.Feeds {
		e.feeds = append(e.feeds, newFeed(e))
	}
	e.Feed = e.feeds[0]
	return e, nil
}

// start starts the shards.
func (e *Engine) start() {
	if e.Threads() == 0 {
		return
	}
	for range e.shards {
		e.wakers = append(e.wakers, ring.NewWaker())
	}
	for i, s := range e.shards {
		m := newMerger(e, s, i)
		e.serving.Go(func() { m.serve(e, &e.stats[i]) })
	}
}

// Feeds returns the feeds.
func (e *Engine) Feeds() []*Feed { return e.feeds }

// Threads returns how many threads of its own the engine has, 0 if the caller's
// verifies.
func (e *Engine) Threads() int { return e.options.shards() }

// Rules returns the rules that are verified, by id.
func (e *Engine) Rules() []*rule.Rule {
	compiled := e.current.Load().compiled
	list := make([]*rule.Rule, len(compiled))
	for i, c := range compiled {
		list[i] = c.Rule
	}
	return list
}

// Len returns how many rules are verified.
func (e *Engine) Len() int { return len(e.current.Load().compiled) }

// Attributes returns the attributes that the rules read.
func (e *Engine) Attributes() []rule.Attribute { return e.Feed.schema.Attributes }

// Stats returns the counters of all shards and feeds together. Shards bring them
// up to date now and then, and when the engine is closed; the one of a caller's
// thread does with each Flush.
func (e *Engine) Stats() Stats {
	var total Stats
	for i := range e.stats {
		st := e.stats[i].load()
		total.Add(&st)
	}
	total.Packets /= uint64(len(e.stats))
	for _, f := range e.feeds {
		total.Lost += f.lost()
		total.Truncated += f.cut.Load()
	}
	return total
}

// Memory returns the waiting instances of all shards and the bytes they take,
// what they must remember included. Only for engines without threads of their
// own.
func (e *Engine) Memory() (instances, bytes int) {
	s := e.shards[0]
	return s.members.used(), s.bytes()
}

// Close closes the feeds, which nobody may use any more, waits until everything
// has been verified, and ends the shards.
func (e *Engine) Close() {
	for _, f := range e.feeds {
		f.Close()
	}
	e.serving.Wait()
}
