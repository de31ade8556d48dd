package probe

import (
	"cmp"
	"slices"

	"mmt/analyzer/dump"
	"mmt/analyzer/reconstruct"
	"mmt/dataplane"
)

// sourceFigures are the figures of all sources together.
type sourceFigures struct {
	stats    dataplane.Stats
	counters dataplane.Counters
	live     bool // counters hold
}

// figuresOf reads the figures of sources.
func figuresOf(sources []dataplane.Source) (f sourceFigures) {
	for _, src := range sources {
		s := src.Stats()
		f.stats.Received += s.Received
		f.stats.ReceivedBytes += s.ReceivedBytes
		f.stats.Dropped += s.Dropped
		f.stats.TooLong += s.TooLong
		f.stats.Filtered += s.Filtered
		if source, ok := src.(dataplane.Live); ok {
			f.live = true
			f.addLive(source.Counters())
		}
	}
	return f
}

func (f *sourceFigures) addLive(n dataplane.Counters) {
	c := &f.counters
	c.Seen += n.Seen
	c.Waiting += n.Waiting
	c.Downs = max(c.Downs, n.Downs)
	c.Prefiltered += n.Prefiltered
	c.Missed = max(c.Missed, n.Missed) // the same for all sources of an interface
}

// since takes away what was counted before.
func (f sourceFigures) since(begun *sourceFigures) sourceFigures {
	f.stats.Received -= begun.stats.Received
	f.stats.ReceivedBytes -= begun.stats.ReceivedBytes
	f.stats.Dropped -= begun.stats.Dropped
	f.stats.TooLong -= begun.stats.TooLong
	f.stats.Filtered -= begun.stats.Filtered
	f.counters.Seen -= begun.counters.Seen
	f.counters.Downs -= begun.counters.Downs
	f.counters.Prefiltered -= begun.counters.Prefiltered
	f.counters.Missed -= begun.counters.Missed
	return f
}

// figures returns what the sources have counted since the crew took them over, until
// it left them. Any goroutine may ask.
func (c *crew) figures() sourceFigures {
	if f := c.final.Load(); f != nil {
		return f.since(&c.begun)
	}
	return figuresOf(c.sources).since(&c.begun)
}

// leave notes the figures of the sources at the end, and returns them.
func (c *crew) leave() sourceFigures {
	f := figuresOf(c.sources)
	f.counters.Waiting = 0
	c.final.Store(&f)
	return f
}

// stats returns the figures of all sources.
func (c *crew) stats() dataplane.Stats { return c.figures().stats }

// counters returns those of live sources; live tells whether they are such.
func (c *crew) counters() (sum dataplane.Counters, live bool) {
	f := c.figures()
	return f.counters, f.live
}

// tally is what a run has taken and lost.
type tally struct {
	sourceFigures
	lost, lostBytes uint64
}

// tally returns that of the crew and of those before it.
func (c *crew) tally() tally {
	t := c.before
	f := c.figures()
	t.live = f.live
	t.stats.Received += f.stats.Received
	t.stats.ReceivedBytes += f.stats.ReceivedBytes
	t.stats.Dropped += f.stats.Dropped
	t.stats.TooLong += f.stats.TooLong
	t.stats.Filtered += f.stats.Filtered
	t.counters.Seen += f.counters.Seen
	t.counters.Prefiltered += f.counters.Prefiltered
	t.counters.Missed += f.counters.Missed
	t.counters.Downs += f.counters.Downs
	lost, bytes := c.lost()
	t.lost += lost
	t.lostBytes += bytes
	return t
}

// add adds what was done before; what cannot be added up is that of the later part.
func (r *Result) add(before *Result) {
	if before == nil {
		return
	}
	r.Received += before.Received
	r.Filtered += before.Filtered
	r.Dropped += before.Dropped
	r.TooLong += before.TooLong
	r.Queued += before.Queued
	r.Crashed += before.Crashed
	first := r.Totals.First
	if r.Totals.Packets == 0 || before.Totals.Packets != 0 && before.Totals.First < first {
		first = before.Totals.First
	}
	r.Totals.Add(&before.Totals)
	r.Totals.First = first
	for _, p := range before.Protocols {
		r.addProtocol(p)
	}
	slices.SortStableFunc(r.Protocols, func(a, b ProtocolCount) int { return cmp.Compare(b.Packets, a.Packets) })
	r.Security = both(r.Security, before.Security, (*SecurityResult).add)
	r.Prefilter = both(r.Prefilter, before.Prefilter, (*PrefilterResult).add)
	r.Saved.Files = both(r.Saved.Files, before.Saved.Files, (*reconstruct.Stats).Add)
	r.Saved.Dump = both(r.Saved.Dump, before.Saved.Dump, (*dump.Stats).Add)
	r.Saved.Evidence = both(r.Saved.Evidence, before.Saved.Evidence, (*dump.EvidenceStats).Add)
}

// both returns what two parts of a run have done, of which one may have had nothing
// to do with it: nil.
func both[T any](later, before *T, add func(later, before *T)) *T {
	switch {
	case later == nil:
		return before
	case before != nil:
		add(later, before)
	}
	return later
}

func (r *Result) addProtocol(p ProtocolCount) {
	i := slices.IndexFunc(r.Protocols, func(o ProtocolCount) bool { return o.Name == p.Name })
	if i < 0 {
		r.Protocols = append(r.Protocols, p)
		return
	}
	o := &r.Protocols[i]
	o.Packets += p.Packets
	o.Bytes += p.Bytes
	o.Sessions += p.Sessions
}

// add adds the verdicts of before, and what it could not do.
func (s *SecurityResult) add(before *SecurityResult) {
	s.Stats.Add(&before.Stats)
	for _, v := range before.Verdicts {
		i := slices.IndexFunc(s.Verdicts, func(o RuleVerdicts) bool { return o.Rule == v.Rule })
		if i < 0 {
			s.Verdicts = append(s.Verdicts, v)
			continue
		}
		s.Verdicts[i].Verdicts += v.Verdicts
	}
	s.sort()
	for _, c := range before.Crashed {
		if !slices.Contains(s.Crashed, c) {
			s.Crashed = append(s.Crashed, c)
		}
	}
}

// add adds what was kept away before.
func (r *PrefilterResult) add(before *PrefilterResult) {
	for _, d := range before.Drops {
		if i := slices.IndexFunc(r.Drops, func(o PrefilterDrop) bool { return o.Reason == d.Reason }); i >= 0 {
			r.Drops[i].Packets += d.Packets
		} else {
			r.Drops = append(r.Drops, d)
		}
	}
}
