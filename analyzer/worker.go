package analyzer

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

const second = int64(1e9)

// Worker analyses the packets of one thread.
type Worker struct {
	options Options
	handler *dpi.Handler
	table   *session.Table
	totals  Totals

	clock    int64 // when the session table's timers are due, ns
	next     int64 // when the next stats-period ends, 0 before the first packet
	ticks    uint64
	reporter reporter
	noFlow   pathCounts
	frags    fragCounts
	security *verifying // nil: no properties are verified
}

// Totals counts what a worker has analysed.
type Totals struct {
	Packets, Bytes  uint64
	NoSession       uint64 // packets that belong to no session
	Reports         uint64 // lines written
	First, Last     int64  // packet times, ns
	StoreRefused    uint64 // strings not kept for lack of memory
	DissectorPanics uint64 // packets given up
	Session         session.Stats
}

// NewWorker makes a worker on a registry of protocols.
func NewWorker(reg *dpi.Registry, options Options) (*Worker, error) {
	w := &Worker{options: options}
	options.Table.Ended = w.ended
	options.Table.Kind = w.timeoutKind
	w.table = session.NewTable(options.Table)
	if options.Defragment {
		options.Dissection.Defragmenter = w.table
	}
	h, err := dpi.NewHandler(reg, w.table, options.Dissection)
	if err != nil {
		return nil, err
	}
	w.handler = h
	w.reporter.init(w)
	if options.NoSession != 0 || options.Fragmentation != 0 {
		err = h.AddPacketHandler(pathHandler, w.countPaths)
	}
	if err == nil && options.Security != nil {
		err = w.verify(*options.Security)
	}
	return w, err
}

// The worker's packet handlers, in the order in which they are called.
const (
	pathHandler    = 1
	verdictHandler = 2
)

// Handler returns the worker's dissection handler, to register attributes with.
func (w *Worker) Handler() *dpi.Handler { return w.handler }

// Totals returns the counters so far.
func (w *Worker) Totals() Totals {
	t := w.totals
	t.Session = w.table.Stats()
	t.StoreRefused = w.handler.Store.Refused
	for _, n := range w.handler.Panics() {
		t.DissectorPanics += n
	}
	return t
}

// Process analyses a burst. Timers move with packet time, once a second of it; a
// stats-period ends with the first packet at or after its end.
func (w *Worker) Process(b *dataplane.Burst) {
	packets := b.Packets[:b.N]
	for len(packets) > 0 {
		if w.next == 0 {
			w.begin(packets[0].Time)
		}
		n := w.run(packets)
		w.account(packets[:n])
		if last := packets[n-1].Time; last >= w.next {
			w.period(last)
		}
		packets = packets[n:]
	}
	w.endBurst()
	if b.N > 0 {
		w.options.Output.Tick(w.totals.Last)
	}
}

// Idle moves the timers while no packets come to move them: now is the time on
// the wall, ns since 1970. Sessions end and stats-periods pass as if a packet
// had come, except before the first packet.
func (w *Worker) Idle(now int64) {
	if w.next != 0 && now >= w.clock {
		w.table.Advance(now)
		w.clock = now - now%second + second
	}
	if w.next != 0 && now >= w.next {
		w.period(now)
	}
	w.endBurst()
	w.options.Output.Tick(now)
}

// begin starts the clocks with the first packet.
func (w *Worker) begin(t int64) {
	w.totals.First = t
	w.next = t + w.options.StatsPeriod
}

// run hands packets to the handler up to the first that moves a clock, which
// ends the sessions whose time is over by then, and returns how many.
func (w *Worker) run(packets []dataplane.Packet) int {
	n := 0
	for n < len(packets) && packets[n].Time < w.clock && packets[n].Time < w.next {
		n++
	}
	if n < len(packets) {
		n++ // the packet that ends the stats-period belongs to it
	}
	w.handler.Process(packets[:n])
	if t := packets[n-1].Time; t >= w.clock {
		w.table.Advance(t)
		w.clock = t - t%second + second
	}
	return n
}

// account adds packets to the totals.
func (w *Worker) account(packets []dataplane.Packet) {
	for i := range packets {
		w.totals.Bytes += uint64(packets[i].Len)
		w.totals.Last = max(w.totals.Last, packets[i].Time)
	}
	w.totals.Packets += uint64(len(packets))
}

// period ends a stats-period at packet time t and writes its reports.
func (w *Worker) period(t int64) {
	w.ticks++
	w.next = t + w.options.StatsPeriod
	w.table.Period(w.reporter.session)
	w.reportPaths()
}

// ended is called with each session that ends.
func (w *Worker) ended(s *session.Session) {
	w.handler.Conclude(&s.Flow)
	w.reporter.session(s)
	w.handler.EndFlow(&s.Flow)
	if w.security != nil {
		w.security.engine.EndFlow(s.Flow.ID)
	}
}

// Close reports what has not been reported, ends all sessions and waits until
// all properties are verified.
func (w *Worker) Close() {
	if w.next != 0 {
		w.period(w.totals.Last)
		w.table.Close()
	}
	w.closeSecurity()
}
