package verifier

import (
	"context"
	"errors"
	"io"
	"math"
	"time"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security"
	"mmt/dataplane"
	"mmt/dataplane/afpacket"
	"mmt/dataplane/pcapfile"
	"mmt/progress"
)

// Trace is a run over the packets of a trace, or of an interface.
type Trace struct {
	Path          string // "-": standard input
	Interface     string // instead of a Path: its traffic, until the run's context is done
	ProbeID       uint32
	Encapsulation dpi.Encapsulation
	Registry      *dpi.Registry
	Services      dpi.Services
	Progress      io.Writer // nil: no progress is shown
}

// NewTrace makes a run over a trace with the registry of all protocols.
func NewTrace(path string, probeID uint32) (*Trace, error) {
	reg, services, err := proto.Load()
	if err != nil {
		return nil, err
	}
	return &Trace{Path: path, ProbeID: probeID, Encapsulation: dpi.First, Registry: reg, Services: services}, nil
}

// Result is what a run has seen.
type Result struct {
	Packets, Bytes uint64
	Elapsed        time.Duration
	Security       security.Stats
	Messages       uint64 // sent to a server
	LeftOut        uint64 // attributes that had no room in a message
}

// taker does something with the packets of a handler.
type taker interface {
	attach(h *dpi.Handler) error
	// burst ends a burst of packets.
	burst() error
	// close completes what is left.
	close(r *Result) error
}

// Verify verifies rules on the trace. The Result holds also with an error: a
// *pcapfile.DamageError when the trace is cut or damaged, after everything before
// the damage has been verified.
func (t *Trace) Verify(ctx context.Context, engine *security.Engine) (*Result, error) {
	return t.run(ctx, &verifying{engine: engine})
}

// verifying gives packets to an engine.
type verifying struct {
	engine *security.Engine
	h      *dpi.Handler
}

// handlerID is the number of the packet handler.
const handlerID = 10

func (v *verifying) attach(h *dpi.Handler) error {
	v.h = h
	return v.engine.Attach(h, handlerID)
}

func (v *verifying) burst() error {
	v.engine.Flush(v.h.Packets())
	return nil
}

func (v *verifying) close(r *Result) error {
	v.engine.Close()
	r.Security = v.engine.Stats()
	return nil
}

// run gives the packets of the trace to a taker.
func (t *Trace) run(ctx context.Context, to taker) (*Result, error) {
	begin := time.Now()
	src, err := t.open(ctx)
	if err != nil {
		return nil, err
	}
	defer src.close()
	w, err := t.worker()
	if err == nil {
		err = to.attach(w.Handler())
	}
	if err != nil {
		return nil, err
	}
	show := progress.Start(t.Progress, src.Source)
	err = pump(ctx, src, w, to, show)
	show.Stop()
	w.Close()
	total := w.Totals()
	r := &Result{Packets: total.Packets, Bytes: total.Bytes}
	err = errors.Join(err, to.close(r))
	r.Elapsed = time.Since(begin)
	return r, err
}

// worker makes a worker that reports nothing.
func (t *Trace) worker() (*analyzer.Worker, error) {
	return analyzer.NewWorker(t.Registry, analyzer.Options{
		StatsPeriod: math.MaxInt64 / 4,
		Defragment:  true,
		Output:      silence{},
		Dissection:  dpi.Options{Encapsulation: t.Encapsulation, Services: t.Services, ProbeID: t.ProbeID},
	})
}

// pump moves bursts from the source to the worker and its taker.
func pump(ctx context.Context, src *source, w *analyzer.Worker, to taker, show *progress.Display) error {
	var b dataplane.Burst
	for src.live || ctx.Err() == nil { // an interface is drained when the run is to end
		err := src.receive(ctx, &b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		w.Process(&b)
		if b.N == 0 {
			w.Idle(time.Now().UnixNano())
		}
		show.Add(b.N)
		src.Release(&b)
		if err := to.burst(); err != nil {
			return err
		}
	}
	return nil
}

// Name returns where the packets come from, as reports tell it.
func (t *Trace) Name() string {
	if t.Interface != "" {
		return t.Interface
	}
	return t.Path
}

// source is where the packets come from. Where it is a pipe, waiting for more of
// it can be given up.
type source struct {
	dataplane.Source
	live  bool
	pipe  bool
	given bool // up
}

// open opens the trace, or the interface until ctx is done.
func (t *Trace) open(ctx context.Context) (*source, error) {
	if t.Interface == "" {
		src, err := pcapfile.Open(t.Path, pcapfile.Options{})
		return &source{Source: src, pipe: t.Path == "-"}, err
	}
	src, err := afpacket.Open(t.Interface, afpacket.Options{Promiscuous: true})
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, src.Stop)
	return &source{Source: src, live: true}, nil
}

// receive is Receive, and io.EOF when ctx is done while it waits.
func (s *source) receive(ctx context.Context, b *dataplane.Burst) error {
	if !s.pipe {
		return s.Receive(b)
	}
	done := make(chan error, 1)
	go func() { done <- s.Receive(b) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		s.given = true
		return io.EOF
	}
}

// close closes the source, unless it still waits: it then ends with the program.
func (s *source) close() {
	if !s.given {
		s.Close()
	}
}

// silence takes the reports of a worker, of which there are none.
type silence struct{}

// Report implements analyzer.Output.
func (silence) Report(analyzer.Channels, []byte) {}

// Tick implements analyzer.Output.
func (silence) Tick(int64) {}
