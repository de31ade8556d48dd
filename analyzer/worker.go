package analyzer

import (
	"fmt"

	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

const second = int64(1e9)

// Worker analyses the packets of one thread.
type Worker struct {
	options Options
	me      uint8
	all     Share  // of who gets all packets
	last    uint64 // number of the last packet of the last burst
	handler *dpi.Handler
	table   *session.Table
	totals  Totals

	clock    int64 // when the session table's timers are due, ns
	next     int64 // when the next stats-period ends, 0 before the first packet
	ticks    uint64
	closed   int // parts of Close that were begun
	reporter reporter
	noFlow   pathCounts
	frags    fragCounts
	security *verifying // nil: no properties are verified
	bypass   *bypass    // nil: all packets are analysed
	listener *listener  // nil: the worker is alone
	watches  *watches   // of events and queries; nil: there are none
	queries  *queries   // nil: there are none

	reportsRADIUS, reportsLTE bool // what they need is registered

	dns    *dnsTalks    // nil: they are not told
	files  *rebuilding  // nil: no files are written
	dump   *dumping     // nil: no packets are written
	memory *remembering // nil: no packets are kept
}

// Totals counts what a worker has analysed.
type Totals struct {
	Packets, Bytes  uint64
	NoSession       uint64 // packets that belong to no session
	Reports         uint64 // lines written
	First, Last     int64  // packet times, ns
	StoreRefused    uint64 // strings not kept for lack of memory
	DissectorPanics uint64 // packets given up
	QueryRefused    uint64 // packets without room among the groups of queries
	Session         session.Stats
	BypassTotals
}

// Add adds what another worker has analysed of the same stream.
func (t *Totals) Add(o *Totals) {
	t.Packets += o.Packets
	t.Bytes += o.Bytes
	t.NoSession += o.NoSession
	t.Reports += o.Reports
	t.First, t.Last = min(t.First, o.First), max(t.Last, o.Last)
	t.StoreRefused += o.StoreRefused
	t.DissectorPanics += o.DissectorPanics
	t.QueryRefused += o.QueryRefused
	t.Session.Add(&o.Session)
	t.BypassTotals.add(&o.BypassTotals)
}

// NewWorker makes a worker on a registry of protocols.
func NewWorker(reg *dpi.Registry, options Options) (*Worker, error) {
	if options.Thread >= MaxWorkers {
		return nil, fmt.Errorf("a stream can be shared by %d workers, not by more", MaxWorkers)
	}
	w := &Worker{options: options, me: uint8(options.Thread)}
	options.Table.Ended = w.ended
	options.Table.Kind = w.timeoutKind
	if options.Merger != nil {
		options.Table.Shared, options.Table.Opened = true, w.opened
		var err error
		if w.listener, err = newListener(reg, &options); err != nil {
			return nil, err
		}
	}
	if options.Bypass != nil {
		w.bypass = newBypassOf(w)
		options.Table.Elsewhere = w.bypass
	}
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
	if err == nil {
		err = w.reportRADIUS()
	}
	if err == nil {
		err = w.reportLTE()
	}
	if err == nil && options.Verifier != nil {
		err = w.verify(options.Verifier)
	}
	if err == nil {
		err = w.watch()
	}
	for _, part := range []func() error{w.tellDNS, w.rebuild, w.dumpPackets, w.remember, w.bypass.attach} {
		if err == nil {
			err = part()
		}
	}
	return w, err
}

// The worker's packet handlers, in the order in which they are called.
const (
	pathHandler     = 1
	verdictHandler  = 2
	watchHandler    = 3
	fileHandler     = 4
	dumpHandler     = 5
	evidenceHandler = 6
	bypassHandler   = 7
)

// Handler returns the worker's dissection handler, to register attributes with.
func (w *Worker) Handler() *dpi.Handler { return w.handler }

// Totals returns the counters so far.
func (w *Worker) Totals() Totals {
	t := w.totals
	t.Session = w.table.Stats()
	t.StoreRefused = w.handler.Store.Refused
	t.QueryRefused = w.queries.refused()
	for _, n := range w.handler.Panics() {
		t.DissectorPanics += n
	}
	return t
}

// Idle moves the timers while no packets come to move them: now is the time on
// the wall, ns since 1970. Sessions end and stats-periods pass as if a packet
// had come, except before the first packet.
func (w *Worker) Idle(now int64) { w.idle(now, w.handler.Packets()) }

// idle is Idle with the number that the moment has in the stream.
func (w *Worker) idle(now int64, number uint64) {
	if w.next != 0 && now >= w.clock {
		w.advance(now, number)
	}
	if w.next != 0 && now >= w.next {
		w.period(now, number)
	}
	if w.next != 0 && now >= w.queries.due() {
		w.queries.end(now, number, false)
	}
	w.endBurst(number, now)
}

// endBurst ends a burst whose last packet has the given number and time, ns.
func (w *Worker) endBurst(number uint64, now int64) {
	w.last = number
	w.bypass.endBurst()
	w.verifyBurst(number)
	w.files.endBurst(number, now)
	w.dump.endBurst(now)
	w.memory.endBurst(now)
	if t := w.reporter.teller; t != nil {
		t.publish(number, now)
	} else {
		w.options.Output.Tick(now)
	}
}

// begin starts the clocks with the first packet.
func (w *Worker) begin(t int64) {
	w.totals.First = t
	w.next = t + w.options.StatsPeriod
}

// advance ends the sessions whose time is over by t, the time of the packet of a
// number.
func (w *Worker) advance(t int64, number uint64) {
	w.reporter.at(number, momentExpiry)
	w.table.Advance(t)
	w.reporter.at(number, momentPacket)
	w.clock = t - t%second + second
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
func (w *Worker) period(t int64, number uint64) {
	w.ticks++
	w.next = t + w.options.StatsPeriod
	w.reporter.at(number, momentPeriod)
	w.bypass.refresh()
	w.table.Period(w.reporter.period)
	w.reportPaths()
	w.reporter.at(number, momentPacket)
}

// opened is called with each session that begins.
func (w *Worker) opened(s *session.Session) { w.reporter.teller.opened(s) }

// ended is called with each session that ends.
func (w *Worker) ended(s *session.Session) {
	w.handler.Conclude(&s.Flow)
	w.files.ended(s)
	w.dns.ended(s)
	w.reporter.ended(s)
	w.reporter.apps.streams.drop(s.Slot)
	w.handler.EndFlow(&s.Flow)
	w.endFlow(s.Flow.ID)
	if w.reporter.teller != nil {
		w.reporter.teller.ended(s)
	}
}

// Close reports what has not been reported, ends all sessions and waits until
// all properties are verified. After a panic it can be called again: it goes on
// with the next part.
func (w *Worker) Close() {
	number := w.last + 1 // after all packets
	parts := [...]func(){
		w.bypass.close,
		func() { w.closeSessions(number) },
		func() { w.reporter.at(number, momentVerdicts) },
		func() { w.reporter.micro.close(w.reporter.writeMicro) },
		w.closeSecurity, w.files.close, w.dump.close, w.reporter.teller.close,
	}
	for w.closed < len(parts) {
		w.closed++
		parts[w.closed-1]()
	}
}

// closeSessions reports the last period and ends all sessions.
func (w *Worker) closeSessions(number uint64) {
	if w.next == 0 {
		return
	}
	w.period(w.totals.Last, number)
	w.queries.close(w.totals.Last, number)
	w.reporter.at(number, momentClose)
	w.table.Close()
}

// Number returns the number of the worker, from 0.
func (w *Worker) Number() int { return int(w.me) }

// Packets returns how many packets were analysed, on the worker's thread.
func (w *Worker) Packets() uint64 { return w.totals.Packets }
