package analyzer

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/reconstruct"
	"mmt/analyzer/session"
	"mmt/report"
)

// Reconstruction writes the files that sessions carry (manual section 3.1,
// reconstruct-data), and report 301 of each. It is shared by all workers.
type Reconstruction struct {
	options ReconstructionOptions
	store   *reconstruct.Store

	waiting atomic.Bool // there are lines to take over
	mu      sync.Mutex
	left    lineList
	taken   lineList // of the worker that takes them over
	line    []byte
}

// ReconstructionOptions of a Reconstruction.
type ReconstructionOptions struct {
	HTTP, FTP ReconstructedFiles
	Threads   int
	Wait      bool // threads wait for the disk, as a trace can; else bytes are lost
	Forms     Forms
	OnError   func(error) // of the disk
}

// ReconstructedFiles says where files go, and their reports. Sizes are in bytes, 0
// is no limit.
type ReconstructedFiles struct {
	reconstruct.Folder // Dir "": none are written
	Output             Channels
}

// NewReconstruction opens the folders.
func NewReconstruction(o ReconstructionOptions) (*Reconstruction, error) {
	r := &Reconstruction{options: o}
	var err error
	r.store, err = reconstruct.Open(reconstruct.Options{
		Threads: o.Threads, Wait: o.Wait, Done: r.done, OnError: o.OnError,
		Folders: [2]reconstruct.Folder{reconstruct.HTTP: o.HTTP.Folder, reconstruct.FTP: o.FTP.Folder},
	})
	return r, err
}

// Stats may be called from any goroutine.
func (r *Reconstruction) Stats() reconstruct.Stats { return r.store.Stats() }

// done makes the line of a file, which a worker takes over.
func (r *Reconstruction) done(_ int, kind reconstruct.Kind, rec *report.Reconstruction) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for to, e := range r.options.Forms.Of(r.output(kind)) {
		r.line = rec.Append(r.line[:0], e)
		r.left.add(r.line, lineNote{to: to})
		r.waiting.Store(true)
	}
}

func (r *Reconstruction) output(kind reconstruct.Kind) Channels {
	if kind == reconstruct.FTP {
		return r.options.FTP.Output
	}
	return r.options.HTTP.Output
}

// take hands over the lines of files whose fate is known.
func (r *Reconstruction) take(f func(to Channels, line []byte)) {
	if !r.waiting.Load() {
		return
	}
	r.mu.Lock()
	r.left, r.taken = r.taken, r.left
	r.waiting.Store(false)
	r.mu.Unlock()
	r.taken.each(func(line []byte, n *lineNote) { f(n.to, line) })
	r.taken.reset()
}

// Close writes all files, after all workers and their Merger are closed, and hands
// over their lines, which it counts.
func (r *Reconstruction) Close(to Output) (lines uint64, err error) {
	err = r.store.Close()
	r.take(func(channels Channels, line []byte) {
		lines++
		to.Report(channels, line)
	})
	return lines, err
}

// rebuilding is the part of a worker that hands over what sessions carry. nil: it
// does not.
type rebuilding struct {
	w    *Worker
	all  *Reconstruction
	feed *reconstruct.Feed
	jobs []body // by the slot of their session
}

// body is a file that is on its way in a session. A session has one at a time.
type body struct {
	job         uint64 // 0: none
	transaction uint32 // of HTTP
	kind        reconstruct.Kind
	dir         dpi.Direction // that it goes
	cut         bool          // bytes are missing
	listing     bool          // of a folder of FTP: no file, and nothing is kept of it
	received    uint64
	time        int64 // of the first piece, ns
}

// rebuild makes the worker hand over what sessions carry.
func (w *Worker) rebuild() error {
	all := w.options.Files
	if all == nil {
		return nil
	}
	r := &rebuilding{w: w, all: all, feed: all.store.Feed(int(w.options.Thread))}
	w.files = r
	var err error
	if all.store.Wants(reconstruct.HTTP) {
		err = r.followHTTP()
	}
	if all.store.Wants(reconstruct.FTP) {
		w.handler.TrackProtocol(id.Ftp)
		err = errors.Join(err, w.handler.AddPacketHandler(fileHandler, r.packet))
	}
	return err
}

// at returns the place of a session's file.
func (r *rebuilding) at(f *dpi.Flow) *body {
	for int(f.Slot) >= len(r.jobs) {
		r.jobs = append(r.jobs, body{})
	}
	return &r.jobs[f.Slot]
}

// begin begins a file.
func (r *rebuilding) begin(b *body, kind reconstruct.Kind, p *dpi.Packet) {
	*b = body{job: r.feed.Begin(), kind: kind, dir: p.Dir, time: p.Time}
}

// add hands a piece of a file over, up to what may be kept of it.
func (r *rebuilding) add(b *body, data []byte, limit int64, now int64) {
	before := b.received
	b.received += uint64(len(data))
	if limit > 0 && b.received > uint64(limit) {
		data = data[:max(min(int64(len(data)), limit-int64(before)), 0)]
		b.cut = true
	}
	if !r.feed.Add(b.kind, b.job, data, now) {
		b.cut = true
	}
}

// finish says that a file is complete, or that no more of it will come.
func (r *rebuilding) finish(f *dpi.Flow, b *body, file *reconstruct.File) {
	file.Kind, file.Cut = b.kind, b.cut
	file.Report.Received = b.received
	session := f.ID
	if t := r.w.reporter.teller; t != nil {
		session = 0
		r.feed.Finish(b.job, file, session)
		t.file(f.Slot, b.job)
	} else {
		r.feed.Finish(b.job, file, session)
	}
	*b = body{}
}

// ended finishes the file of a session that ends.
func (r *rebuilding) ended(s *session.Session) {
	if r == nil || int(s.Slot) >= len(r.jobs) {
		return
	}
	b := &r.jobs[s.Slot]
	switch {
	case b.job == 0:
		*b = body{}
	case b.kind == reconstruct.FTP:
		r.endFTP(s, b)
	default:
		if t := application.HTTPOf(r.w.handler, &s.Flow); t != nil && t.Number == b.transaction {
			open := t.ContentLength < 0 && t.TransferEncoding != application.TransferChunked
			r.endHTTP(&s.Flow, b, t, open && !s.IsSteady())
		} else {
			r.endHTTP(&s.Flow, b, &application.HTTPInfo{}, false)
		}
	}
}

// endBurst hands over what is due. The first worker takes lines over.
func (r *rebuilding) endBurst(number uint64, now int64) {
	if r == nil {
		return
	}
	r.feed.EndBurst(now)
	if r.w.me == 0 {
		r.w.reporter.at(number, momentVerdicts)
		r.all.take(r.w.reporter.hand)
		r.w.reporter.at(number, momentPacket)
	}
}

func (r *rebuilding) close() {
	if r != nil {
		r.feed.Flush()
	}
}

// hostOf returns an end of a session as a host, without zone.
func hostOf(addr [16]byte) []byte {
	return netip.AddrFrom16(addr).Unmap().AppendTo(nil)
}
