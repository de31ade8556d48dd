package security

import (
	"slices"
	"sync"
	"sync/atomic"

	"mmt/analyzer/dpi"
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
	Threads      int            // shards with a thread of their own; 0: the caller's thread verifies
	Mask         map[int]Ranges // rules-mask: rules by thread, from 1
	Exclude      Ranges         // exclude-rules
	MaxInstances int            // security.max-instances: of one rule
	MaxMessage   int            // input.max-message-size, bytes
	RingSize     int            // security.smp.ring-size, messages
	IgnoreFlow   bool           // ignore-remain-flow: nothing more of a session after a verdict
	Lose         bool           // a full ring loses messages, and counts them, instead of waiting

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
}

// Engine verifies rules. It is for one thread, except Stats.
type Engine struct {
	options  Options
	compiled []*compiledRule
	shards   []*shard
	tap      *tap    // nil until Attach
	fed      carrier // of what Process is given

	// With threads of its own:
	schema *Schema // of the messages
	ring   *ring.Broadcast[message]
	wait   ring.Backoff
	done   sync.WaitGroup
	cut    atomic.Uint64 // values that did not fit
	again  atomic.Uint64 // messages that the ring counts as lost and that were sent again
	sent   uint64        // changes of rules
	stats  []shared
}

// NewEngine makes an engine.
func NewEngine(rules []*rule.Rule, options Options) (*Engine, error) {
	options.setDefaults()
	e := &Engine{options: options}
	for i := range max(options.Threads, 1) {
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
	change, err := e.Prepare(rules)
	if err != nil {
		return nil, err
	}
	e.compiled, e.schema = change.compiled, change.schema
	for i, p := range change.programs {
		e.shards[i].use(p)
	}
	if options.Threads > 0 {
		e.start()
	}
	return e, nil
}

// Rules returns the rules that are verified, by id.
func (e *Engine) Rules() []*rule.Rule {
	list := make([]*rule.Rule, len(e.compiled))
	for i, c := range e.compiled {
		list[i] = c.Rule
	}
	return list
}

// Len returns how many rules are verified.
func (e *Engine) Len() int { return len(e.compiled) }

// Queue returns how many messages, most of them of one packet each, wait for the
// slowest thread, and how many find room; 0 without threads of its own. It may be
// called from any thread.
func (e *Engine) Queue() (depth, capacity int) {
	if e.ring == nil {
		return 0, 0
	}
	for i := range e.shards {
		depth = max(depth, e.ring.Reader(i).Len())
	}
	return depth, e.ring.Cap()
}

// attributes returns the attributes to read of each packet.
func (e *Engine) attributes() *Schema {
	if e.options.Threads > 0 {
		return e.schema
	}
	return e.shards[0].program.schema
}

// Attributes returns the attributes that the rules read.
func (e *Engine) Attributes() []rule.Attribute { return e.attributes().Attributes }

// same tells whether a rule says the same as the one that was compiled.
func (c *compiledRule) same(r *rule.Rule) bool {
	return c.Rule == r || c.Reaction == nil && r.Reaction == nil && !c.calls && !callsForeign(r) &&
		string(rule.AppendText(nil, []*rule.Rule{c.Rule})) == string(rule.AppendText(nil, []*rule.Rule{r}))
}

// spread gives the rules, sorted by id, to the threads: those of the mask where
// it says, the rest in equal runs to the threads that it does not name. Rules that
// have a thread already stay there, with their instances, and new ones go where
// there are fewest.
func (o *Options) spread(rules []*compiledRule) [][]*compiledRule {
	if o.Threads == 0 {
		return [][]*compiledRule{rules}
	}
	parts := make([][]*compiledRule, o.Threads)
	var fresh []*compiledRule
	for _, r := range rules {
		if r.thread == 0 {
			r.thread = o.maskedThread(r.ID)
		}
		if r.thread > 0 {
			parts[r.thread-1] = append(parts[r.thread-1], r)
		} else {
			fresh = append(fresh, r)
		}
	}
	o.spreadFresh(parts, fresh)
	return parts
}

// spreadFresh gives rules to the threads that the mask does not name: in equal
// runs if these have none yet.
func (o *Options) spreadFresh(parts [][]*compiledRule, fresh []*compiledRule) {
	var free []int
	empty := true
	for i := range parts {
		if _, named := o.Mask[i+1]; !named {
			free = append(free, i)
			empty = empty && len(parts[i]) == 0
		}
	}
	if len(free) == 0 {
		return
	}
	for i, r := range fresh {
		to := slices.MinFunc(free, func(a, b int) int { return len(parts[a]) - len(parts[b]) })
		if empty {
			to = free[runOf(i, len(fresh), len(free))]
		}
		r.thread = to + 1
		parts[to] = append(parts[to], r)
	}
}

// runOf returns which of k runs, whose lengths differ by one at most and grow, a
// place in a list of n belongs to.
func runOf(i, n, k int) int {
	run := 0
	for n*(run+1)/k <= i {
		run++
	}
	return run
}

// maskedThread returns the thread that the mask names for a rule, 0 if none.
func (o *Options) maskedThread(id uint32) int {
	for thread := 1; thread <= o.Threads; thread++ {
		if o.Mask[thread].Contains(id) {
			return thread
		}
	}
	return 0
}

// EndFlow tells that a session has ended.
func (e *Engine) EndFlow(id uint64) {
	if !e.options.IgnoreFlow {
		return
	}
	if e.options.Threads == 0 {
		delete(e.shards[0].ignored, id)
		return
	}
	e.sendEnd(id)
}

// Stats returns the counters of all shards together. It may be called from any
// thread; with threads of its own, an engine brings them up to date now and
// then, and when it is closed.
func (e *Engine) Stats() Stats {
	var total Stats
	if e.options.Threads == 0 {
		return e.shards[0].stats
	}
	for i := range e.stats {
		st := e.stats[i].load()
		total.add(&st)
	}
	total.Packets /= uint64(len(e.stats))
	again := e.again.Load() // before the count that it is part of
	total.Lost += e.ring.Lost() - again
	total.Truncated += e.cut.Load()
	return total
}

// Memory returns the waiting instances of all shards and the bytes they take,
// what they must remember included. Only for engines without threads of their
// own.
func (e *Engine) Memory() (instances, bytes int) {
	s := e.shards[0]
	return s.members.used(), s.bytes()
}

// Attach makes the engine look at the packets of a handler, as packet handler
// number id.
func (e *Engine) Attach(h *dpi.Handler, id int) error {
	t := &tap{h: h, engine: e}
	t.resolve(e.attributes())
	if err := h.AddPacketHandler(id, t.packet); err != nil {
		return err
	}
	e.tap = t
	return nil
}
