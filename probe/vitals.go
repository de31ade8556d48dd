package probe

import (
	"runtime"
	"sync/atomic"
	"time"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/metrics"
)

// vitals lets others see the figures of a worker. Its thread brings them up to
// date between two bursts, and never waits for those who read. The nil vitals
// does nothing: nobody looks.
type vitals struct {
	name      string
	worker    *analyzer.Worker
	received  uint64 // packets that were given to the worker
	published *metrics.Published[figures]
	beats     atomic.Uint64 // times that the thread was between two bursts
	cpu       threadCPU
}

// figures are those of a worker between two bursts.
type figures struct {
	received  uint64
	totals    analyzer.Totals
	protocols []protocolFigures
	verdicts  []analyzer.VerdictCount
}

// protocolFigures are those of a protocol that was seen.
type protocolFigures struct {
	id             dpi.ProtocolID
	packets, bytes uint64
}

func newVitals(name string, w *analyzer.Worker) *vitals {
	return &vitals{name: name, worker: w, published: metrics.NewPublished[figures]()}
}

// Begin implements pipeline.Watcher.
func (v *vitals) Begin() {
	if v != nil {
		v.cpu.begin()
		v.Took(0)
	}
}

// End implements pipeline.Watcher.
func (v *vitals) End() {
	if v != nil {
		v.cpu.end()
	}
}

// Took publishes the figures after a burst; it implements pipeline.Watcher.
func (v *vitals) Took(n int) {
	if v == nil {
		return
	}
	v.received += uint64(n)
	f := v.published.Next()
	f.received, f.totals = v.received, v.worker.Totals()
	f.takeProtocols(v.worker.Handler())
	f.verdicts = append(f.verdicts[:0], v.worker.VerdictCounts()...)
	v.published.Publish()
	v.beats.Add(1)
}

func (f *figures) takeProtocols(h *dpi.Handler) {
	f.protocols = f.protocols[:0]
	for _, id := range h.Seen() {
		if id != dpi.Meta {
			packets, bytes := h.Traffic(id)
			f.protocols = append(f.protocols, protocolFigures{id, packets, bytes})
		}
	}
}

// threadCPU tells the processor time of a goroutine, which it ties to its thread.
type threadCPU struct {
	thread atomic.Int64 // 0: not running
	used   atomic.Int64 // ns, once it has ended; 0: not known
}

func (c *threadCPU) begin() {
	runtime.LockOSThread()
	c.thread.Store(int64(thisThread()))
}

func (c *threadCPU) end() {
	if d, ok := cpuOf(int(c.thread.Load())); ok {
		c.used.Store(int64(d))
	}
	c.thread.Store(0)
	runtime.UnlockOSThread()
}

// time may be called from any goroutine.
func (c *threadCPU) time() (time.Duration, bool) {
	if thread := c.thread.Load(); thread != 0 {
		if d, ok := cpuOf(int(thread)); ok {
			return d, true
		}
	}
	d := time.Duration(c.used.Load())
	return d, d > 0
}
