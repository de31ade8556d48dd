package verifier

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"mmt/analyzer/security/rule"
	"mmt/output"
	"mmt/report"
)

// Verdicts makes report lines of verdicts and hands them to channels, on a
// goroutine of its own: a slow channel does not hold up the engine. Its methods
// may be called by several goroutines.
type Verdicts struct {
	encoder *report.Encoder
	writer  *output.Writer // of the goroutine
	ignore  int

	mu      sync.Mutex        // guards what follows
	room    sync.Cond         // there is room in lines again
	counts  map[uint32]uint64 // verdicts by rule
	record  report.Verdict
	lines   lines
	kick    chan struct{}
	stop    chan struct{}
	stopped chan struct{}
}

// allChannels are those that verdicts go to, as far as they are enabled.
const allChannels = output.ToFile | output.ToRedis | output.ToStdout

const (
	tickPeriod = 100 * time.Millisecond // after which verdicts are handed over at the latest
	manyLines  = 64 << 10               // bytes, with which they are handed over at once
	mostLines  = 16 << 20               // bytes, with which the engine waits for the channels
)

// NewVerdicts makes Verdicts for a writer whose channels are all enabled. Of a
// rule, the ignore verdicts that follow one with a description have none.
func NewVerdicts(encoder *report.Encoder, writer *output.Writer, ignore int) *Verdicts {
	v := &Verdicts{
		encoder: encoder, writer: writer, ignore: ignore, counts: map[uint32]uint64{},
		kick: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	v.room.L = &v.mu
	go v.run()
	return v
}

// run hands lines over until Close.
func (v *Verdicts) run() {
	defer close(v.stopped)
	ticker := time.NewTicker(tickPeriod)
	defer ticker.Stop()
	var taken lines
	for ended := false; !ended; {
		select {
		case <-v.stop:
			ended = true
		case <-v.kick:
		case <-ticker.C:
		}
		v.mu.Lock()
		taken, v.lines = v.lines, taken
		v.lines.reset()
		v.room.Broadcast()
		v.mu.Unlock()
		taken.write(v.writer)
		v.writer.Tick(time.Now().UnixNano())
	}
}

// Add writes a verdict. It has the form of security.Options.Verdict.
func (v *Verdicts) Add(_ int, verdict *rule.Verdict) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for len(v.lines.buf) > mostLines {
		v.room.Wait()
	}
	seen := v.counts[verdict.Rule.ID]
	v.counts[verdict.Rule.ID]++
	verdict.Fill(&v.record)
	if seen%uint64(v.ignore+1) != 0 {
		v.record.Description = ""
	}
	v.lines.add(&v.record, v.encoder)
	if len(v.lines.buf) > manyLines {
		select {
		case v.kick <- struct{}{}:
		default:
		}
	}
}

// lines are lines one after the other.
type lines struct {
	buf  []byte
	ends []int
}

func (l *lines) add(r report.Record, e *report.Encoder) {
	l.buf = r.Append(l.buf, e)
	l.ends = append(l.ends, len(l.buf))
}

func (l *lines) reset() { l.buf, l.ends = l.buf[:0], l.ends[:0] }

func (l *lines) write(w *output.Writer) {
	start := 0
	for _, end := range l.ends {
		w.Write(allChannels, l.buf[start:end])
		start = end
	}
}

// RuleCount is how many verdicts a rule has given.
type RuleCount struct {
	Rule     uint32
	Verdicts uint64
}

// Counts returns the rules that have given verdicts, by id.
func (v *Verdicts) Counts() []RuleCount {
	v.mu.Lock()
	defer v.mu.Unlock()
	var list []RuleCount
	for id, n := range v.counts {
		list = append(list, RuleCount{id, n})
	}
	slices.SortFunc(list, func(a, b RuleCount) int { return cmp.Compare(a.Rule, b.Rule) })
	return list
}

// Lost returns how many lines no channel took.
func (v *Verdicts) Lost() (n uint64) {
	for _, s := range v.writer.Stats() {
		n += s.Lost
	}
	return n
}

// Close writes what waits and closes the channels. No more may be added.
func (v *Verdicts) Close() error {
	close(v.stop)
	<-v.stopped
	return v.writer.Close(time.Now().UnixNano())
}
