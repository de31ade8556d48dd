package analyzer

import (
	"sync"
	"sync/atomic"

	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/report"
)

// Security makes a worker verify properties and report verdicts (report 10).
type Security struct {
	Rules  []*rule.Rule
	Engine security.Options // its Verdict is the worker's
	Output Channels

	// NoDescription leaves the description out of all lines. Without it,
	// IgnoreDescription lines of a rule that follow one with the description have
	// none (manual section 3.3, output.ignore_description).
	NoDescription     bool
	IgnoreDescription int
}

// verifying is the part of a worker that verifies properties.
type verifying struct {
	Security
	engine *security.Engine
	shards []*shardVerdicts
	tally  tally // of the lines handed over
}

// shardVerdicts makes lines of the verdicts of one shard. A shard with a thread of
// its own leaves them for the worker, which takes them over between two bursts.
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

// verify makes the worker verify properties.
func (w *Worker) verify(options Security) error {
	v := &verifying{Security: options}
	for range max(options.Engine.Threads, 1) {
		v.shards = append(v.shards, &shardVerdicts{counts: map[uint32]uint64{}})
	}
	v.Engine.Verdict = w.verdict
	w.security = v
	var err error
	if v.engine, err = security.NewEngine(options.Rules, v.Engine); err != nil {
		return err
	}
	return v.engine.Attach(w.handler, verdictHandler)
}

// verdict reports a verdict. It runs on the thread of its shard.
func (w *Worker) verdict(shard int, verdict *rule.Verdict) {
	v := w.security
	s := v.shards[shard]
	verdict.Fill(&s.record)
	seen := s.counts[verdict.Rule.ID]
	s.counts[verdict.Rule.ID] = seen + 1
	if v.NoDescription || seen%uint64(v.IgnoreDescription+1) != 0 {
		s.record.Description = ""
	}
	s.line = s.record.Append(s.line[:0], w.options.Encoder)
	kind := VerdictKind{verdict.Rule.ID, verdict.Outcome}
	if v.Engine.Threads == 0 {
		w.reporter.line10(s.line, kind)
		return
	}
	s.mu.Lock()
	s.left.add(s.line, kind)
	s.waiting.Store(true)
	s.mu.Unlock()
}

// line10 hands over a line of report 10.
func (r *reporter) line10(line []byte, kind VerdictKind) {
	r.w.security.tally.add(kind)
	r.w.options.Output.Report(r.w.security.Output, line)
	r.w.totals.Reports++
}

// takeVerdicts hands over the lines that shards with threads of their own have
// left.
func (w *Worker) takeVerdicts() {
	for _, s := range w.security.shards {
		if s.waiting.Load() {
			s.take(w.reporter.line10)
		}
	}
}

func (s *shardVerdicts) take(f func(line []byte, kind VerdictKind)) {
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

// endBurst hands the packets of a burst to the shards, and takes over what they
// have found by now.
func (w *Worker) endBurst() {
	if w.security != nil {
		w.security.engine.Flush()
		w.takeVerdicts()
	}
}

// closeSecurity waits until everything is verified.
func (w *Worker) closeSecurity() {
	if w.security != nil {
		w.security.engine.Close()
		w.takeVerdicts()
	}
}

// Engine returns what verifies the properties, nil if nothing does.
func (w *Worker) Engine() *security.Engine {
	if w.security == nil {
		return nil
	}
	return w.security.engine
}

// Verdicts returns how many verdicts each rule has given. It is complete after
// Close, and for engines with threads of their own must not be called before.
func (w *Worker) Verdicts() map[uint32]uint64 {
	counts := map[uint32]uint64{}
	if w.security == nil {
		return counts
	}
	for _, s := range w.security.shards {
		for id, n := range s.counts {
			counts[id] += n
		}
	}
	return counts
}
