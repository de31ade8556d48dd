package reconstruct

import (
	"errors"
	"sync"
	"sync/atomic"

	"mmt/analyzer/spool"
	"mmt/report"
)

// Options of a Store. Sizes are in bytes, 0 is no limit.
type Options struct {
	Threads int
	Folders [kinds]Folder
	Wait    bool // threads wait for the disk, as a trace can; else pieces are lost

	// Done is called with each file whose fate is known, on a goroutine of the
	// Store; the record is valid during the call.
	Done func(thread int, kind Kind, r *report.Reconstruction)
	// OnError, if set, is told of the first error of those of the disk that follow
	// one another.
	OnError func(error)
}

// Folder is where files of one kind go, and how large they may be.
type Folder struct {
	Dir      string // "": files of this kind are not wanted
	MaxFile  int64  // of one file
	MaxTotal int64  // of all files that a Store writes there
	MaxRatio int64  // times that a body may grow when it is decoded
}

// Stats counts what a Store has done.
type Stats struct {
	Files   uint64 // written
	Bytes   uint64 // of them
	Bombs   uint64 // bodies that were not decoded because they would become too large
	Refused uint64 // files of which nothing was kept: a limit was reached, or the disk failed
	Lost    uint64 // pieces of bodies that found no room on their way
}

// Add adds what another Store has done.
func (s *Stats) Add(o *Stats) {
	s.Files += o.Files
	s.Bytes += o.Bytes
	s.Bombs += o.Bombs
	s.Refused += o.Refused
	s.Lost += o.Lost
}

// Bounds of what is at work at a time.
const (
	chunkSize = 64 << 10
	chunks    = 64       // of a thread
	maxJobs   = 2048     // bodies of which the end is to come
	maxHeld   = 32 << 10 // bytes of a body kept in memory
	maxNews   = 16384    // ends of files that the goroutine has not taken
)

// Store writes files. See the package.
type Store struct {
	options Options
	queue   *spool.Queue
	feeds   []*Feed
	folders [kinds]*folder
	lost    atomic.Uint64
	done    sync.WaitGroup

	wake chan struct{} // there is news
	mu   sync.Mutex    // of news
	room *sync.Cond    // there is room for news
	news []news

	jobs    map[key]*job
	waiting []*news        // files that have ended, of which pieces or the number of the session are to come
	ends    map[key]*news  // those that wait for the number
	numbers map[key]uint64 // of sessions, that wait for the end of their file
	passed  []uint64       // chunks of each thread that were taken

	statsMu sync.Mutex
	stats   Stats
	bad     bool // the latest write failed
}

// key tells a job from others.
type key struct {
	thread int
	job    uint64
}

// news is that a file has ended, that the number of its session is known, or both.
type news struct {
	key
	file    *File  // nil: only the number
	session uint64 // 0: not known yet
	chunk   uint64 // the last one with pieces of the body
}

// Feed takes the bodies of one thread.
type Feed struct {
	store  *Store
	thread int
	feed   *spool.Feed
	jobs   uint64
	since  int64 // time of the first piece that waits, 0: none does
	ended  bool  // a file has ended since the last flush
}

// Open makes a store on folders that must exist.
func Open(o Options) (*Store, error) {
	s := &Store{
		options: o, queue: spool.New(spool.Options{Threads: o.Threads, Chunks: chunks, Size: chunkSize, Wait: o.Wait}),
		wake: make(chan struct{}, 1), passed: make([]uint64, o.Threads),
		jobs: map[key]*job{}, ends: map[key]*news{}, numbers: map[key]uint64{},
	}
	s.room = sync.NewCond(&s.mu)
	for kind, f := range o.Folders {
		if f.Dir == "" {
			continue
		}
		opened, err := openFolder(f)
		if err != nil {
			return nil, errors.Join(err, s.closeFolders())
		}
		s.folders[kind] = opened
	}
	for thread := range o.Threads {
		s.feeds = append(s.feeds, &Feed{store: s, thread: thread, feed: s.queue.Feed(thread)})
	}
	s.done.Go(s.run)
	return s, nil
}

func (s *Store) closeFolders() error {
	var errs []error
	for _, f := range s.folders {
		if f != nil {
			errs = append(errs, f.root.Close())
		}
	}
	return errors.Join(errs...)
}

// Wants tells whether files of a kind are written.
func (s *Store) Wants(kind Kind) bool { return s.folders[kind] != nil }

// Feed returns that of a thread, from 0 on.
func (s *Store) Feed(thread int) *Feed { return s.feeds[thread] }

// Begin returns the number of a new body.
func (f *Feed) Begin() (job uint64) {
	f.jobs++
	return f.jobs
}

// pieceHead is what stands before each piece of a body: its job, its kind in one
// byte, and its length.
const pieceHead = 16

// Add appends a piece to a body, and reports whether there was room for it. now is
// the packet time, ns.
func (f *Feed) Add(kind Kind, job uint64, data []byte, now int64) bool {
	for len(data) > 0 {
		n := min(len(data), f.feed.Largest()-pieceHead)
		b := f.feed.Room(pieceHead + n)
		if b == nil {
			f.store.lost.Add(1)
			return false
		}
		putPiece(b, kind, job, data[:n])
		data = data[n:]
		if f.since == 0 {
			f.since = now
		}
	}
	return true
}

// Finish says that a body is complete, or that no more of it will come. session is
// the number of its session, 0 if Number will tell it. The strings of f are copied.
func (f *Feed) Finish(job uint64, file *File, session uint64) {
	own := *file
	var text []byte
	for _, s := range [...]*[]byte{&own.Host, &own.URI, &own.MIME} {
		at := len(text)
		text = append(text, (*s)[:min(len(*s), maxText)]...)
		*s = text[at:len(text):len(text)]
	}
	f.ended = true
	f.store.tell(news{key: key{f.thread, job}, file: &own, session: session, chunk: f.feed.Last()})
}

// maxText bounds each string of a file, bytes.
const maxText = 1 << 10

// EndBurst hands over what waits, if a file has ended or time has come. now is the
// packet time, ns.
func (f *Feed) EndBurst(now int64) {
	if f.ended || f.since != 0 && (now-f.since >= flushAfter || now < f.since) {
		f.Flush()
	}
}

// flushAfter is how long a piece may wait, ns of packet time.
const flushAfter = int64(1e9)

// Flush hands over what waits. Call it after the last piece.
func (f *Feed) Flush() {
	f.feed.Flush()
	f.since, f.ended = 0, false
}

// Number tells the number of the session of a body whose Finish did not know it. Any
// thread may call it.
func (s *Store) Number(thread int, job, session uint64) {
	s.tell(news{key: key{thread, job}, session: session})
}

// tell hands news to the goroutine. Files whose end finds no room lose their name,
// and are said to be incomplete.
func (s *Store) tell(n news) {
	s.mu.Lock()
	for s.options.Wait && len(s.news) >= maxNews {
		s.room.Wait()
	}
	if len(s.news) >= maxNews && n.file != nil {
		n.file.Cut = true
		n.file.Host, n.file.URI, n.file.MIME = nil, nil, nil
	}
	s.news = append(s.news, n)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Stats may be called from any goroutine.
func (s *Store) Stats() Stats {
	s.statsMu.Lock()
	defer s.statsMu.Unlock()
	n := s.stats
	n.Lost = s.lost.Load()
	return n
}

// Close writes what is left, after the feeds were flushed and all numbers told.
func (s *Store) Close() error {
	s.queue.Close()
	s.done.Wait()
	return s.closeFolders()
}
