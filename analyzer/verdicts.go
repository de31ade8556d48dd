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
	Rules  []*rule.Rule
	Engine security.Options // its Feeds and Verdict are the Verifier's
	Output Channels
	Forms  Forms

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
	note := lineNote{kind: VerdictKind{verdict.Rule.ID, verdict.Outcome}}
	for to, e := range v.options.Forms.Of(v.options.Output) {
		note.to = to
		s.line = s.record.Append(s.line[:0], e)
		v.leave(s, &note)
		note.again = true
	}
}

// leave hands over the line that a shard has made, or leaves it for a worker.
func (v *Verifier) leave(s *shardVerdicts, note *lineNote) {
	if v.engine.Threads() == 0 {
		v.workers[0].reporter.line10(s.line, note)
		return
	}
	s.mu.Lock()
	s.left.add(s.line, *note)
	s.waiting.Store(true)
	s.mu.Unlock()
}

// take hands over the lines that a shard with a thread of its own has left.
func (s *shardVerdicts) take(f func(line []byte, note *lineNote)) {
	if !s.waiting.Load() {
		return
	}
	s.taken.reset()
	s.mu.Lock()
	s.left, s.taken = s.taken, s.left
	s.waiting.Store(false)
	s.mu.Unlock()
	s.taken.each(f)
}

// Close waits, after all workers are closed, until everything is verified, and
// reports the verdicts that no worker has taken over. They count as the first
// worker's.
func (v *Verifier) Close(to Output) {
	v.engine.Close()
	for _, s := range v.shards {
		s.take(func(line []byte, note *lineNote) {
			first := v.workers[0]
			first.security.count(note)
			first.totals.Reports++
			to.Report(note.to, line)
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

// count counts the verdict of a line that is handed over.
func (v *verifying) count(note *lineNote) {
	if !note.again {
		v.tally.add(note.kind)
	}
}

// line10 hands over a line of report 10.
func (r *reporter) line10(line []byte, note *lineNote) {
	r.w.security.count(note)
	r.hand(note.to, line)
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
