package analyzer

import (
	"cmp"
	"sync"
	"sync/atomic"
	"time"

	"mmt/dataplane/ring"
	"mmt/report"
)

// Merger puts together what workers that share a stream tell, in the order of
// the packets: the lines of reports are those that one worker would have written
// that gets all packets, but for the number of the thread. It runs in a goroutine
// of its own.
type Merger struct {
	options MergerOptions
	tellers []*teller
	strands []strand
	done    sync.WaitGroup
	reports atomic.Uint64
	at      int // worker whose story is told
	waker   *ring.Waker

	opened  uint64 // sessions so far: the number of the latest one
	active  uint64
	before  uint64             // active sessions when the moment began
	latest  [latestKept]uint64 // first packets of the latest sessions
	totals  totals
	watched *watched
	micro   microFlows
	lte     topology
	line    []byte
}

// latestKept is how many sessions back a control session is found.
const latestKept = 1 << 14

// MergerOptions of a Merger.
type MergerOptions struct {
	Outputs []Output // of the workers
	Forms   Forms
	// These are those of the workers' Options.
	NoSession, Fragmentation Channels

	Events     []Event
	Queries    []Query
	MicroFlows MicroFlows
	LTE        Channels
	Files      *Reconstruction // that of the workers' Options
	// Unordered says that packets have no common order, as there are several
	// pollers: what workers tell is taken as it comes.
	Unordered bool
	// Crashed is told of a panic of the Merger, which then goes on without the story
	// that it had at hand; nil: the program ends by the panic.
	Crashed func(value any, stack []byte)
}

// strand is the Merger's end of a teller.
type strand struct {
	in      *ring.Reader[story]
	story   *story // at hand, nil: none
	next    int    // event of it
	text    uint32 // where its lines go on
	counts  uint32
	done    uint64   // all packets up to this one have been told of
	numbers []uint64 // of sessions, by slot
}

// NewMerger makes a Merger and starts it. All workers must be closed before it.
func NewMerger(o MergerOptions) *Merger {
	m := &Merger{options: o, totals: totals{}, waker: ring.NewWaker()}
	m.watched = newWatched(m)
	m.micro, m.lte = newMicroFlows(&m.options.MicroFlows), newTopology()
	for range o.Outputs {
		t := newTeller(m)
		m.tellers = append(m.tellers, t)
		m.strands = append(m.strands, strand{in: t.stories.Reader(0)})
	}
	m.done.Go(m.run)
	return m
}

// Close waits until everything has been handed over.
func (m *Merger) Close() { m.done.Wait() }

// Reports returns how many lines the Merger has made of what several workers
// counted. Any goroutine may ask.
func (m *Merger) Reports() uint64 { return m.reports.Load() }

// QueryRefused returns how many packets found no room among the groups of queries.
// Any goroutine may ask.
func (m *Merger) QueryRefused() uint64 { return m.watched.refused.Load() }

func (m *Merger) run() {
	for !m.serve() {
	}
	defer m.survive()
	m.micro.close(m.writeMicro)
}

// serve tells what there is until the end, or until it crashes, which it reports.
func (m *Merger) serve() (end bool) {
	defer m.survive()
	// Nobody waits for it before a ring is full of stories.
	wait := ring.Backoff{MinSleep: mergerSleep, MaxSleep: mergerSleep}
	for !m.drained() {
		news := m.waker.News()
		switch {
		case m.step():
			wait.Reset()
		case wait.Tired():
			m.waker.Sleep(news)
			wait.Reset()
		default:
			wait.Wait()
		}
	}
	return true
}

// mergerSleep is how long the Merger sleeps when there is nothing to tell.
const mergerSleep = 200 * time.Microsecond

func (m *Merger) drained() bool {
	for i := range m.strands {
		if !m.strands[i].in.Drained() {
			return false
		}
	}
	return true
}

// step tells the next moment, and whether there was one.
func (m *Merger) step() (progress bool) {
	var first *event
	worker := 0 // whose event it is
	for i := range m.strands {
		f := &m.strands[i]
		progress = m.load(i) || progress
		if e := f.event(); e != nil && (first == nil || e.before(first)) {
			first, worker = e, i
		}
	}
	if first == nil {
		return progress
	}
	number, at := first.number, first.moment
	for i := range m.strands {
		if f := &m.strands[i]; f.event() == nil && f.done < number && !m.options.Unordered {
			return progress
		}
	}
	if at == momentPacket {
		m.tellPackets(worker)
		return true
	}
	m.before = m.active
	for i := range m.strands {
		m.tell(i, number, at)
	}
	m.micro.flush(m.writeMicro)
	if at == momentPeriod {
		m.reportTotals()
	}
	return true
}

// tellPackets tells what happened while packets were analysed, of a worker that is
// behind all others, as far as it is. No two workers analyse the same packet.
func (m *Merger) tellPackets(worker int) {
	f, last := &m.strands[worker], ^uint64(0)
	for i := range m.strands {
		if other := &m.strands[i]; i != worker && !m.options.Unordered {
			last = min(last, other.reached())
		}
	}
	for e := f.event(); e != nil && e.moment == momentPacket && e.number <= last; e = f.event() {
		m.before = m.active
		m.tell(worker, e.number, momentPacket)
		m.micro.flush(m.writeMicro)
	}
}

// reached returns up to which packet there is nothing more to be told of its
// analysis, but perhaps of the last one, which is then this worker's own.
func (f *strand) reached() uint64 {
	if e := f.event(); e != nil {
		return e.number
	}
	return f.done
}

// load takes the next story of a worker once the one at hand is told, and
// reports whether it did.
func (m *Merger) load(worker int) bool {
	f := &m.strands[worker]
	if f.story != nil && f.next == len(f.story.events) {
		now := f.story.time
		f.done, f.story = f.story.done, nil
		f.in.Release(1)
		m.options.Outputs[worker].Tick(now)
	}
	if f.story != nil {
		return false
	}
	list := f.in.Peek()
	if len(list) == 0 {
		return false
	}
	f.story, f.next, f.text, f.counts = &list[0], 0, 0, 0
	return true
}

// event returns the next event, nil if it is not there yet.
func (f *strand) event() *event {
	if f.story == nil || f.next == len(f.story.events) {
		return nil
	}
	return &f.story.events[f.next]
}

func (e *event) before(other *event) bool {
	return cmp.Or(cmp.Compare(e.number, other.number), cmp.Compare(e.moment, other.moment)) < 0
}

// tell takes the events of a moment from a worker.
func (m *Merger) tell(worker int, number uint64, at moment) {
	f := &m.strands[worker]
	m.at = worker
	for e := m.event(worker); e != nil && e.number == number && e.moment == at; e = m.event(worker) {
		m.take(worker, f, e)
		f.next++
	}
}

// event returns the next event of a worker while it is being told; for the rest of
// a long story it waits.
func (m *Merger) event(worker int) *event {
	f, wait := &m.strands[worker], ring.NewBackoff()
	for f.story != nil && f.story.more && f.event() == nil {
		for !m.load(worker) && !f.in.Drained() {
			wait.Wait()
		}
	}
	return f.event()
}

func (m *Merger) take(worker int, f *strand, e *event) {
	switch e.kind {
	case eventOpened:
		m.open(f, e)
	case eventEnded:
		m.active--
	case eventLine:
		m.options.Outputs[worker].Report(e.to, f.cut(e))
	case eventSession:
		m.line = e.gaps.Fill(m.line[:0], f.cut(e), m.before, f.numbers[e.slot], m.find(e.control))
		m.options.Outputs[worker].Report(e.to, m.line)
	case eventCounts:
		m.add(f, e)
	case eventLTE:
		m.lte.take(&f.story.lte[e.end-1], m.writeLTE)
	case eventFile:
		m.options.Files.store.Number(worker, e.control, f.numbers[e.slot])
	case eventRetune:
		m.retune(&f.story.tunings[e.end-1])
	case eventMicroFlow:
		m.micro.ended = append(m.micro.ended, f.story.micro[e.end-1])
	case eventEvent, eventQuery, eventQueryEnd, eventCount, eventFirst:
		m.watched.take(worker, e, f.cut(e), f.session(e.slot))
	}
}

// cut returns the line of an event.
func (f *strand) cut(e *event) []byte {
	line := f.story.text[f.text:e.end]
	f.text = e.end
	return line
}

func (m *Merger) open(f *strand, e *event) {
	m.active++
	m.opened++
	m.latest[m.opened%latestKept] = e.number
	for int(e.slot) >= len(f.numbers) {
		f.numbers = append(f.numbers, 0)
	}
	f.numbers[e.slot] = m.opened
}

// session returns the number of the session in a slot, 0 for a slot that never had
// one.
func (f *strand) session(slot uint32) uint64 {
	if int(slot) >= len(f.numbers) {
		return 0
	}
	return f.numbers[slot]
}

// find returns the number of the session that a packet began, 0 if it is not
// one of the latest.
func (m *Merger) find(first uint64) uint64 {
	if first == 0 {
		return 0
	}
	for n := m.opened; n > 0 && m.opened-n < latestKept; n-- {
		if m.latest[n%latestKept] == first {
			return n
		}
	}
	return 0
}

// add adds counts of a worker to those of others.
func (m *Merger) add(f *strand, e *event) {
	at := 0
	if f.counts > 0 {
		at = f.story.counts[f.counts-1].end
	}
	for ; f.counts < e.end; f.counts++ {
		c := &f.story.counts[f.counts]
		m.totals.add(c.kind, f.story.path[at:c.end], &c.pathTraffic)
		at = c.end
	}
}

// reportTotals writes reports 99 and 101 of a period.
func (m *Merger) reportTotals() {
	for _, key := range m.totals.keys() {
		t := m.totals[key]
		if key.kind() == countNoSession {
			m.write(m.options.NoSession, t.noSession(key.path()))
		} else {
			m.write(m.options.Fragmentation, t.fragmentation(key.path(), m.totals.through(key)))
		}
	}
	clear(m.totals)
}

func (m *Merger) write(to Channels, rec report.Record) {
	m.writeAs(0, to, rec)
}

// writeAs writes a report as a worker's.
func (m *Merger) writeAs(worker int, to Channels, rec report.Record) {
	for want, e := range m.options.Forms.Of(to) {
		m.line = rec.Append(m.line[:0], e)
		m.options.Outputs[worker].Report(want, m.line)
		m.reports.Add(1)
	}
}
