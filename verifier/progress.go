package verifier

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"mmt/dataplane/pcapfile"
)

// showPeriod is how often progress is shown.
const showPeriod = 500 * time.Millisecond

// progress shows on a terminal how far a run is.
type progress struct {
	packets atomic.Uint64
	done    chan struct{}
	stopped chan struct{}
}

// startProgress shows a line now and then on out; nothing if out is nil.
func startProgress(out io.Writer, src *pcapfile.Source) *progress {
	p := &progress{done: make(chan struct{}), stopped: make(chan struct{})}
	if out == nil {
		close(p.stopped)
		return p
	}
	go p.run(out, src)
	return p
}

// add counts packets.
func (p *progress) add(n int) { p.packets.Add(uint64(n)) }

// stop ends the display and waits until the line is cleared.
func (p *progress) stop() {
	close(p.done)
	<-p.stopped
}

func (p *progress) run(out io.Writer, src *pcapfile.Source) {
	defer close(p.stopped)
	tick := time.NewTicker(showPeriod)
	defer tick.Stop()
	var before uint64
	for {
		select {
		case <-p.done:
			fmt.Fprint(out, "\r\033[K")
			return
		case <-tick.C:
			now := p.packets.Load()
			fmt.Fprintf(out, "\r\033[K%d packets, %d packets/s", now, (now-before)*uint64(time.Second/showPeriod))
			if src != nil {
				showPosition(out, src)
			}
			before = now
		}
	}
}

// showPosition shows how much of a trace has been read.
func showPosition(out io.Writer, src *pcapfile.Source) {
	if read, all := src.Position(); all > 0 {
		fmt.Fprintf(out, ", %d %% done", read*100/all)
	}
}
