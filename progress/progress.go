// Package progress shows on a terminal how far a run over packets is. It knows
// sources of packets; it does not know what is done with them.
package progress

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"mmt/dataplane"
)

// positioned is a source that knows how much of its input it has read.
type positioned interface {
	// Position returns bytes read and in all; all is -1 where that is not known.
	Position() (read, all int64)
}

// Display is a line on a terminal that tells how far a run is.
type Display struct {
	packets atomic.Uint64
	done    chan struct{}
	stopped chan struct{}
}

// Start shows a line twice a second on out; nothing if out is nil.
func Start(out io.Writer, sources ...dataplane.Source) *Display {
	p := &Display{done: make(chan struct{}), stopped: make(chan struct{})}
	if out == nil {
		close(p.stopped)
		return p
	}
	go p.run(out, sources)
	return p
}

// Add counts packets.
func (p *Display) Add(n int) { p.packets.Add(uint64(n)) }

// Stop ends the display and waits until the line is cleared.
func (p *Display) Stop() {
	close(p.done)
	<-p.stopped
}

func (p *Display) run(out io.Writer, sources []dataplane.Source) {
	defer close(p.stopped)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	var before uint64
	for {
		select {
		case <-p.done:
			fmt.Fprint(out, "\r\033[K")
			return
		case <-tick.C:
			now := p.packets.Load()
			fmt.Fprintf(out, "\r\033[K%d packets, %d packets/s%s", now, (now-before)*2, share(sources))
			before = now
		}
	}
}

// share tells which part of a trace has been read, or what was lost of live
// traffic.
func share(sources []dataplane.Source) string {
	p, ok := sources[0].(positioned)
	if !ok {
		lost := uint64(0)
		for _, src := range sources {
			lost += src.Stats().Dropped
		}
		return fmt.Sprintf(", %d lost", lost)
	}
	read, all := p.Position()
	if all <= 0 {
		return ""
	}
	return fmt.Sprintf(", %d %% done", read*100/all)
}
