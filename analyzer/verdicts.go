package analyzer

import (
	"fmt"
	"sync"
	"sync/atomic"

	"mmt/analyzer/dump"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/report"
)

// Security says which properties are verified and how verdicts are reported
// (report 10).
type Security struct {
	Rules   []*rule.Rule
	Engine  security.Options // its Feeds and Verdict are the Verifier's
	Output  Channels
	Encoder *report.Encoder

	Evidence *dump.Evidence // saves the packets around verdicts; nil: none are saved

	// NoDescription leaves the description out of all lines. Without it,
	// IgnoreDescription lines of a rule that follow one with the description have
	// none (manual section 3.3, output.ignore_description).
	NoDescription     bool
	IgnoreDescription int
}

// Verifier verifies properties over the packets of all workers that have it in
// their options, as if one worker analysed them all. The workers report the
// verdicts.
type Verifier struct {
	options Security
	engine  *security.Engine
	workers []*Worker // by Options.Thread
	shards  []*shardVerdicts
}

// shardVerdicts makes lines of the verdicts of one shard. A shard with a thread of
// its own leaves them for a worker, which takes them over between two bursts.
type shardVerdicts struct {
	record report.Verdict
	line   []byte
	counts map[uint32]uint64 // verdicts by rule

	waiting atomic.Bool // there are lines to take over
	mu      sync.Mutex
	left    lineList
	taken   lineList // the worker's
}

// lineList is lines, one after the other.
type lineList struct {
	text  []byte
	ends  []int
	kinds []VerdictKind
}

func (l *lineList) add(line []byte, kind VerdictKind) {
	l.text = append(l.text, line...)
	l.ends = append(l.ends, len(l.text))
	l.kinds = append(l.kinds, kind)
}

func (l *lineList) reset() { l.text, l.ends, l.kinds = l.text[:0], l.ends[:0], l.kinds[:0] }

// NewVerifier makes what a number of workers verify properties with.
func NewVerifier(options Security, workers int) (*Verifier, error) {
	v := &Verifier{options: options, workers: make([]*Worker, workers)}
	e := options.Engine
	e.Feeds, e.Verdict = workers, v.verdict
	var err error
	if v.engine, err = security.NewEngine(options.Rules, e); err != nil {
		return nil, err
	}
	for range max(v.engine.Threads(), 1) {
		v.shards = append(v.shards, &shardVerdicts{counts: map[uint32]uint64{}})
	}
	return v, nil
}

// Engine returns what verifies.
func (v *Verifier) Engine() *security.Engine { return v.engine }

// verdict reports a verdict. It runs on the thread of its shard.
func (v *Verifier) verdict(shard int, verdict *rule.Verdict) {
	s := v.shards[shard]
	alert(v.options.Evidence, verdict)
	verdict.Fill(&s.record)
	seen := s.counts[verdict.Rule.ID]
	s.counts[verdict.Rule.ID] = seen + 1
	if v.options.NoDescription || seen%uint64(v.options.IgnoreDescription+1) != 0 {
		s.record.Description = ""
	}
	s.line = s.record.Append(s.line[:0], v.options.Encoder)
	kind := VerdictKind{verdict.Rule.ID, verdict.Outcome}
	if v.engine.Threads() == 0 {
		v.workers[0].reporter.line10(s.line, kind)
		return
	}
	s.mu.Lock()
	s.left.add(s.line, kind)
	s.waiting.Store(true)
	s.mu.Unlock()
}

// take hands over the lines that a shard with a thread of its own has left.
func (s *shardVerdicts) take(f func(line []byte, kind VerdictKind)) {
	if !s.waiting.Load() {
		return
	}
	s.taken.reset()
	s.mu.Lock()
	s.left, s.taken = s.taken, s.left
	s.waiting.Store(false)
	s.mu.Unlock()
	from := 0
	for i, end := range s.taken.ends {
		f(s.taken.text[from:end], s.taken.kinds[i])
		from = end
	}
}

// Close waits, after all workers are closed, until everything is verified, and
// reports the verdicts that no worker has taken over. They count as the first
// worker's.
func (v *Verifier) Close(to Output) {
	v.engine.Close()
	for _, s := range v.shards {
		s.take(func(line []byte, kind VerdictKind) {
			first := v.workers[0]
			first.security.tally.add(kind)
			first.totals.Reports++
			to.Report(v.options.Output, line)
		})
	}
}

// Verdicts returns how many verdicts each rule has given. It must not be called
// before Close.
func (v *Verifier) Verdicts() map[uint32]uint64 {
	counts := map[uint32]uint64{}
	for _, s := range v.shards {
		for id, n := range s.counts {
			counts[id] += n
		}
	}
	return counts
}

// verifying is the part of a worker that has properties verified.
type verifying struct {
	*Verifier
	feed   *security.Feed
	shards []*shardVerdicts // whose lines the worker takes over
	tally  tally            // of the lines handed over
}

// verify makes the worker give its packets to a verifier.
func (w *Worker) verify(v *Verifier) error {
	number, n := int(w.options.Thread), len(v.workers)
	if number >= n || v.workers[number] != nil {
		return fmt.Errorf("worker %d: its packets cannot be verified, as there are %d workers, each with its own number from 0 on", number, n)
	}
	w.security = &verifying{Verifier: v, feed: v.engine.Feeds()[number]}
	for i := number; i < len(v.shards); i += n {
		w.security.shards = append(w.security.shards, v.shards[i])
	}
	v.workers[number] = w
	return w.security.feed.Attach(w.handler, verdictHandler)
}

// line10 hands over a line of report 10.
func (r *reporter) line10(line []byte, kind VerdictKind) {
	r.w.security.tally.add(kind)
	r.hand(r.w.security.options.Output, line)
}

// verifyBurst hands the packets of a burst to the shards, and takes over what they
// have found by now. No packet up to number done will come any more.
func (w *Worker) verifyBurst(done uint64) {
	if w.security == nil {
		return
	}
	w.security.feed.Flush(done)
	w.reporter.at(done, momentVerdicts)
	for _, s := range w.security.shards {
		s.take(w.reporter.line10)
	}
	w.reporter.at(done, momentPacket)
}

// endFlow tells that a session has ended.
func (w *Worker) endFlow(id uint64) {
	if w.security != nil {
		w.security.feed.EndFlow(id)
	}
}

// ApplyRules changes the rules that are verified. All workers of a Verifier must
// do so between the same two bursts.
func (w *Worker) ApplyRules(c *security.Change) { w.security.feed.Apply(c) }

// closeSecurity tells that the worker has no more packets to be verified.
func (w *Worker) closeSecurity() {
	if w.security != nil {
		w.security.feed.Close()
	}
}

// Verifier returns what verifies the properties, nil if nothing does.
func (w *Worker) Verifier() *Verifier {
	if w.security == nil {
		return nil
	}
	return w.security.Verifier
}

// SecurityQueue returns how many of the worker's packets wait to be verified, and
// how many find room; 0 if it verifies them itself. It may be called from any
// thread.
func (w *Worker) SecurityQueue() (depth, capacity int) {
	if w.security == nil {
		return 0, 0
	}
	return w.security.feed.Queue()
}
