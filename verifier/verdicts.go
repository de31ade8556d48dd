package verifier

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
	"mmt/output"
	"mmt/report"
)

// Verdicts makes report lines of verdicts and hands them to channels. Its
// methods may be called by several goroutines.
type Verdicts struct {
	mu      sync.Mutex
	encoder *report.Encoder
	writer  *output.Writer
	to      output.Set
	ignore  int
	counts  map[uint32]uint64 // verdicts by rule
	record  report.Verdict
	line    []byte

	stop    chan struct{}
	stopped chan struct{}
}

// tickPeriod is how often channels are looked after while nothing happens.
const tickPeriod = 100 * time.Millisecond

// NewVerdicts makes Verdicts for a writer whose channels are all enabled. Of a
// rule, the ignore verdicts that follow one with a description have none.
func NewVerdicts(encoder *report.Encoder, writer *output.Writer, ignore int) *Verdicts {
	v := &Verdicts{
		encoder: encoder, writer: writer, to: output.ToFile | output.ToRedis | output.ToStdout, ignore: ignore,
		counts: map[uint32]uint64{}, stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go v.tick()
	return v
}

// tick looks after the channels, also while there are no verdicts.
func (v *Verdicts) tick() {
	defer close(v.stopped)
	ticker := time.NewTicker(tickPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-v.stop:
			return
		case now := <-ticker.C:
			v.mu.Lock()
			v.writer.Tick(now.UnixNano())
			v.mu.Unlock()
		}
	}
}

// Add writes a verdict. It has the form of security.Options.Verdict.
func (v *Verdicts) Add(_ int, verdict *rule.Verdict) {
	v.mu.Lock()
	defer v.mu.Unlock()
	seen := v.counts[verdict.Rule.ID]
	v.counts[verdict.Rule.ID]++
	fill(&v.record, verdict)
	if seen%uint64(v.ignore+1) != 0 {
		v.record.Description = ""
	}
	v.line = v.record.Append(v.line[:0], v.encoder)
	v.writer.Write(v.to, v.line)
}

// fill makes the record of a verdict. What it holds is valid as long as the
// verdict is.
func fill(r *report.Verdict, v *rule.Verdict) {
	r.Reset()
	r.Time, r.Property, r.Description = v.Time, v.Rule.ID, v.Rule.Description
	r.Verdict, r.Type = v.Outcome.String(), v.Rule.Type.String()
	for i := range v.History {
		o := &v.History[i]
		event := r.Event(o.Event, o.Time, o.Counter)
		for k, need := range v.Rule.Events[o.Event-1].Needs {
			event.Attributes = append(event.Attributes, shown(v.Rule.Attributes[need].Name, &o.Values[k]))
		}
	}
}

// shown returns an attribute as histories show it; times are in microseconds.
func shown(name string, v *dpi.Value) report.Attribute {
	a := report.Attribute{Name: name, Kind: report.Text, N: v.N, B: v.B}
	switch {
	case v.Type == dpi.Float:
		a.Kind = report.Real
	case v.Type == dpi.TimeVal:
		a.Kind, a.N = report.Integer, v.N/1000
	case v.Type.IsNumber():
		a.Kind = report.Integer
	case v.Type == dpi.IP4Addr || v.Type == dpi.IP6Addr:
		a.Kind = report.IP
	case v.Type == dpi.MACAddr:
		a.Kind = report.MAC
	}
	return a
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

// Close writes what waits and closes the channels.
func (v *Verdicts) Close() error {
	close(v.stop)
	<-v.stopped
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.writer.Close(time.Now().UnixNano())
}
