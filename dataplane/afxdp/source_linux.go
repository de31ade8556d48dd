package afxdp

import (
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mmt/bpf"
	"mmt/dataplane"
)

// Source is some of the receive queues of a device. Receive, Release and Close
// are for one goroutine, the others for any. Bursts may be released in any
// order, and packets of several bursts together in one.
type Source struct {
	dev    *Device
	queues []*queue
	next   int // the queue that is asked first
	poll   []unix.PollFd
}

var _ dataplane.Live = (*Source)(nil)

// newSource is to be called before anybody receives.
func newSource(d *Device, queues []*queue) *Source {
	return &Source{dev: d, queues: queues, poll: make([]unix.PollFd, 0, len(queues))}
}

// fruitless bounds the time of a Receive whose filter matches nothing: in bursts.
const fruitless = 64

// Receive fills b from the next queue that has packets; see dataplane.Source. If
// there are none it waits for Options.Wait and looks once more. After Stop it
// gives what is left, and then io.EOF.
func (s *Source) Receive(b *dataplane.Burst) error {
	b.N = 0
	stopped := s.dev.stopped.Load() // before the look: what has come by then is seen
	for range fruitless {
		if !s.take(b) {
			return s.nothing(b, stopped)
		}
		if b.N > 0 {
			return nil
		}
	}
	return nil
}

// take asks each queue once, a different one first each time.
func (s *Source) take(b *dataplane.Burst) bool {
	for range s.queues {
		q := s.queues[s.next]
		if s.next++; s.next == len(s.queues) {
			s.next = 0
		}
		if q.take(b) {
			return true
		}
	}
	return false
}

// nothing does what has to be done when no packet is there.
func (s *Source) nothing(b *dataplane.Burst, stopped bool) error {
	if stopped || s.queues[0].closed {
		return io.EOF
	}
	now := time.Now().UnixNano()
	wakeup := false
	s.poll = s.poll[:0]
	for _, q := range s.queues {
		q.look(now)
		if q.sock != nil {
			wakeup = wakeup || q.sock.fill.wantsWakeup()
			s.poll = append(s.poll, unix.PollFd{Fd: int32(q.sock.fd), Events: unix.POLLIN})
		}
	}
	if wait := s.dev.opts.Wait; wait > 0 || wakeup {
		// An interrupted wait is a short one.
		_, _ = unix.Poll(s.poll, int(max(wait, 0)/time.Millisecond))
	}
	s.take(b)
	return nil
}

// Release gives the packets of b back, and empties b. Packets of other sources
// and such as were released before are passed over.
func (s *Source) Release(b *dataplane.Burst) {
	q := s.queues[0]
	for rest := b.Packets[:b.N]; len(rest) > 0; {
		n := q.release(rest)
		if rest = rest[n:]; len(rest) == 0 {
			break
		}
		if q = s.owner(rest[0].Data); q == nil {
			q, rest = s.queues[0], rest[1:]
		}
	}
	for _, q := range s.queues {
		q.publish()
	}
	b.N = 0
}

// owner returns the queue whose frames hold a packet, nil if none does.
func (s *Source) owner(data []byte) *queue {
	for _, q := range s.queues {
		if q.frames.holds(data) {
			return q
		}
	}
	return nil
}

// first tells whether the source has the figures that are the whole device's.
func (s *Source) first() bool { return s.queues[0] == s.dev.queues[0] }

// Prefilter returns what stands in front of all sources of the device.
func (s *Source) Prefilter() *bpf.Prefilter { return s.dev.filter }

// PrefilterCounters returns what has become of all packets of the device, also
// after it was closed.
func (s *Source) PrefilterCounters() bpf.Counters { return s.dev.counters() }

// Stats returns what was received, as Filtered what Options.Filter left out, and
// as Dropped what passed the prefilter and found no frame or no room. The first
// source of a device has in Dropped also what was too long for a frame, or came
// to a queue without a socket.
func (s *Source) Stats() dataplane.Stats {
	st, _, _ := s.figures()
	return st
}

// Counters implements dataplane.Live. What the prefilter kept away is in those
// of the first source of a device.
func (s *Source) Counters() dataplane.Counters {
	st, waiting, kept := s.figures()
	return dataplane.Counters{
		Seen:    st.Received + st.Filtered + st.Dropped + waiting,
		Waiting: waiting, Prefiltered: kept, Downs: s.dev.downs.Load(),
	}
}

func (s *Source) figures() (sum dataplane.Stats, waiting, kept uint64) {
	for _, q := range s.queues {
		st, w := q.figures()
		waiting += w
		sum.Received += st.Received
		sum.ReceivedBytes += st.ReceivedBytes
		sum.Filtered += st.Filtered
		sum.Dropped += st.Dropped
	}
	if s.first() {
		c := s.dev.counters()
		long := c.ByReason[bpf.DropTooLong].Packets
		sum.Dropped += long + c.Unclaimed.Packets
		sum.TooLong = long
		kept = c.Seen().Packets - c.Passed().Packets - long
	}
	return sum, waiting, kept
}

// Describe implements dataplane.Live.
func (s *Source) Describe() string {
	queues := make([]string, len(s.queues))
	for i, q := range s.queues {
		queues[i] = fmt.Sprint(q.number)
	}
	noun := "queue "
	if len(queues) > 1 {
		noun = "queues "
	}
	return fmt.Sprintf("%s, %s%s", s.dev.mode(), noun, strings.Join(queues, ", "))
}

// Stop implements dataplane.Live. It takes the prefilter off the interface, and
// by that stops all sources of the device.
func (s *Source) Stop() { s.dev.stop() }

// Close frees the queues. Packets that were not taken are counted as dropped;
// those that were must not be read any more. With its last queue the device is
// closed.
func (s *Source) Close() error { return s.dev.leave(s.queues) }
