package dump

import (
	"sync"
	"sync/atomic"

	"mmt/analyzer/spool"
	"mmt/dataplane"
)

// EvidenceOptions of an Evidence.
type EvidenceOptions struct {
	Dir      string
	Threads  int
	Before   int    // most packets of the flow saved that came before the alert's, itself included
	After    int    // most packets saved that came after it
	Time     int64  // ns of packet time after the alert; then its file is complete
	RingSize int    // bytes of packets that a thread remembers
	Retain   int    // the last files to keep, of all threads and earlier runs; 0: all
	SnapLen  int    // most bytes kept of a packet; 0: all
	Wait     bool   // threads wait for the disk, as a trace can; else packets are lost
	Program  string // named in the files

	// OnError, if set, is told of errors of the disk.
	OnError func(error)
}

// EvidenceStats counts what an Evidence has done.
type EvidenceStats struct {
	Files   uint64 // begun
	Packets uint64 // saved
	Joined  uint64 // alerts that an open file of their flow was for, too
	Missed  uint64 // alerts without a packet left in memory: they came too late
	Refused uint64 // alerts for which there was no room
	Lost    uint64 // packets that found no room, or that the disk did not take
}

// Add adds what another Evidence has done.
func (s *EvidenceStats) Add(o *EvidenceStats) {
	s.Files += o.Files
	s.Packets += o.Packets
	s.Joined += o.Joined
	s.Missed += o.Missed
	s.Refused += o.Refused
	s.Lost += o.Lost
}

// Alert is what packets are saved for.
type Alert struct {
	Flow    uint64 // number of the session, 0: none; then only the packet itself is saved
	Number  uint64 // of the packet that brought it, in the stream
	Time    int64  // of that packet, ns since 1970
	Rule    uint32
	Verdict string
	Type    string
	Text    string // description
}

// Bounds of what is at work at a time.
const (
	alertsWaiting = 4096 // alerts that not all threads have looked at
	filesOpen     = 256  // files of a thread
)

// Evidence saves the packets around alerts, for each flow to a pcapng file of its
// own, named <seconds.micros>_<thread>_rule<id>.pcapng by the alert. While the file
// of a flow is open, further alerts of it are noted there.
//
// A thread remembers as many packets as EvidenceOptions.RingSize holds. An alert
// that comes later than that (since another thread verifies) finds none of them,
// and is counted.
type Evidence struct {
	options   EvidenceOptions
	queue     *spool.Queue
	recorders []*Recorder
	writer    writer
	done      sync.WaitGroup

	posted  atomic.Uint64 // alerts so far
	mu      sync.Mutex    // of what follows
	alerts  [alertsWaiting]Alert
	misses  [alertsWaiting]int // threads that found nothing
	looked  []uint64           // alerts that each thread has looked at
	stats   EvidenceStats      // but Files, Packets and Lost
	nothing atomic.Uint64      // packets that found no room in the queue
}

// OpenEvidence begins to save to a folder, which must exist.
func OpenEvidence(o EvidenceOptions) (*Evidence, error) {
	e := &Evidence{
		options: o, looked: make([]uint64, o.Threads),
		queue: spool.New(spool.Options{Threads: o.Threads, Chunks: chunks, Size: chunkSize, Wait: o.Wait}),
	}
	var err error
	if e.writer.folder, err = openFolder(o.Dir, o.Retain, isEvidence); err != nil {
		return nil, err
	}
	e.writer.program, e.writer.onError = o.Program, o.OnError
	snap := o.SnapLen
	if largest := chunkSize - recordHead - packetHead; snap == 0 || snap > largest {
		snap = largest
	}
	for thread := range o.Threads {
		e.recorders = append(e.recorders, &Recorder{
			evidence: e, thread: thread, feed: e.queue.Feed(thread), ring: NewRing(o.RingSize, snap), places: map[uint64]int{},
		})
	}
	e.done.Go(func() { e.writer.run(e.queue) })
	return e, nil
}

// Recorder returns that of a thread, from 0 on.
func (e *Evidence) Recorder(thread int) *Recorder { return e.recorders[thread] }

// Alert asks for the packets around an alert. Any thread may call it.
func (e *Evidence) Alert(a *Alert) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := e.posted.Load()
	for _, looked := range e.looked {
		if n-looked >= alertsWaiting {
			e.stats.Refused++
			return
		}
	}
	e.alerts[n%alertsWaiting], e.misses[n%alertsWaiting] = *a, 0
	e.posted.Store(n + 1)
}

// look gives a thread the next alert that it has not looked at.
func (e *Evidence) look(thread int) (a Alert, number uint64, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	number = e.looked[thread]
	if number == e.posted.Load() {
		return a, number, false
	}
	e.looked[thread]++
	return e.alerts[number%alertsWaiting], number, true
}

// outcome is what a thread found of an alert.
type outcome uint8

const (
	foundNothing outcome = iota
	begun
	joined
	refused
)

// note counts the outcome of an alert at a thread.
func (e *Evidence) note(number uint64, o outcome) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch o {
	case joined:
		e.stats.Joined++
	case refused:
		e.stats.Refused++
	case foundNothing:
		misses := &e.misses[number%alertsWaiting]
		if *misses++; *misses == e.options.Threads {
			e.stats.Missed++
		}
	}
}

// Stats may be called from any goroutine.
func (e *Evidence) Stats() EvidenceStats {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.stats
	s.Files, s.Packets = e.writer.files.Load(), e.writer.packets.Load()
	s.Lost = e.nothing.Load() + e.writer.lost.Load()
	return s
}

// Close looks at the last alerts and completes all files. Nobody may use a
// Recorder any more, nor call Alert.
func (e *Evidence) Close() error {
	for _, r := range e.recorders {
		r.close()
	}
	e.queue.Close()
	e.done.Wait()
	return e.writer.folder.root.Close()
}

// Recorder remembers the packets of one thread.
type Recorder struct {
	evidence *Evidence
	thread   int
	feed     *spool.Feed
	ring     *Ring
	seen     uint64 // alerts looked at

	open   []opened
	places map[uint64]int // in open, by key
	filter [8]uint64      // a bit for the hash of each key in open
	files  uint64         // numbers given to files
	found  []uint64
	since  int64 // time of the first record that waits, 0: none does
	due    int64 // when open files are looked at
}

// opened is a file that more packets go to.
type opened struct {
	key   uint64
	file  uint64
	last  uint64 // number of the last packet that was saved
	left  int    // packets that may follow
	until int64
	ended bool // complete, but there was no room to say so
}

// Packet remembers a packet of a flow, 0 if it has none, and its number in the
// stream. It is saved if the file of its flow is open.
func (r *Recorder) Packet(p *dataplane.Packet, flow, number uint64) {
	r.ring.Add(p, flow, number)
	if len(r.open) == 0 {
		return
	}
	key := keyOf(flow, number)
	word, bit := bitOf(key)
	if r.filter[word]&bit == 0 {
		return
	}
	if place, is := r.places[key]; is {
		r.save(&r.open[place], r.ring.next-1)
	}
}

func bitOf(key uint64) (word int, bit uint64) {
	h := key * 0x9e3779b97f4a7c15 >> 55
	return int(h >> 6), 1 << (h & 63)
}

// save saves a packet of the ring to an open file.
func (r *Recorder) save(o *opened, n uint64) {
	p := r.ring.packet(n)
	if o.left <= 0 || p.time > o.until || o.ended {
		return
	}
	o.left--
	r.put(o, &p)
}

func (r *Recorder) put(o *opened, p *packet) {
	p.file = o.file
	o.last = p.number
	if !putPacket(r.feed, p) {
		r.evidence.nothing.Add(1)
	}
	r.wait(p.time)
}

// wait notes that a record waits since a time.
func (r *Recorder) wait(now int64) {
	if r.since == 0 {
		r.since = now
	}
}

// EndBurst looks at new alerts, and at what time has come for. now is the latest
// packet time, ns.
func (r *Recorder) EndBurst(now int64) {
	if r.evidence.posted.Load() != r.seen {
		r.look(now)
	}
	if len(r.open) > 0 && now >= r.due {
		r.due = now + flushAfter
		r.closeUntil(now)
	}
	if r.since != 0 && (now-r.since >= flushAfter || now < r.since) {
		r.flush()
	}
}

func (r *Recorder) flush() {
	r.feed.Flush()
	r.since = 0
}

// look takes new alerts.
func (r *Recorder) look(now int64) {
	for {
		a, number, ok := r.evidence.look(r.thread)
		if !ok {
			return
		}
		r.seen = number + 1
		r.evidence.note(number, r.alert(&a, now))
	}
}

// alert saves the packets that an alert is about, as far as they are here.
func (r *Recorder) alert(a *Alert, now int64) outcome {
	key := keyOf(a.Flow, a.Number)
	if place, is := r.places[key]; is {
		if r.open[place].ended || !putAlert(r.feed, kindNote, r.open[place].file, a) {
			return refused
		}
		r.wait(now)
		return joined
	}
	o := r.evidence.options
	r.found = r.ring.find(r.found[:0], key, a.Number, o.Before, o.After)
	switch {
	case len(r.found) == 0:
		return foundNothing
	case len(r.open) == filesOpen:
		return refused
	}
	r.files++
	f := opened{key: key, file: uint64(r.thread)<<48 | r.files, left: o.After, until: a.Time + o.Time}
	if !putAlert(r.feed, kindOpen, f.file, a) {
		return refused
	}
	r.begin(&f, a, now)
	return begun
}

// begin opens a file with what was found.
func (r *Recorder) begin(f *opened, a *Alert, now int64) {
	for _, n := range r.found {
		p := r.ring.packet(n)
		if p.number > a.Number {
			r.save(f, n)
		} else {
			r.put(f, &p)
		}
	}
	r.places[f.key] = len(r.open)
	r.open = append(r.open, *f)
	word, bit := bitOf(f.key)
	r.filter[word] |= bit
	r.wait(now)
}

// closeUntil completes the files whose time is over.
func (r *Recorder) closeUntil(now int64) {
	kept := r.open[:0]
	for i := range r.open {
		o := &r.open[i]
		if o.until < now && r.complete(o) {
			delete(r.places, o.key)
			r.wait(now)
		} else {
			kept = append(kept, *o)
		}
	}
	r.open, r.filter = kept, [8]uint64{}
	for i := range r.open {
		r.places[r.open[i].key] = i
		word, bit := bitOf(r.open[i].key)
		r.filter[word] |= bit
	}
}

// complete says that a file is complete, and reports whether there was room to.
func (r *Recorder) complete(o *opened) bool {
	o.ended = !putAlert(r.feed, kindClose, o.file, &Alert{})
	return !o.ended
}

// close looks at the last alerts. Files that could not be completed are when the
// queue ends.
func (r *Recorder) close() {
	r.look(0)
	r.flush()
}
