package afxdp

import (
	"io"
	"time"

	"golang.org/x/sys/unix"

	"mmt/dataplane"
)

// Merged is all queues of a device as one source, for one goroutine.
type Merged struct {
	dev  *Device
	next int // the source that is asked first
	poll []unix.PollFd
}

var _ dataplane.Source = (*Merged)(nil)

// Merged returns a source of the packets of all queues.
func (d *Device) Merged() *Merged {
	return &Merged{dev: d, poll: make([]unix.PollFd, 0, len(d.sources))}
}

// Receive fills b from the next queue that has packets; see Source.Receive.
func (m *Merged) Receive(b *dataplane.Burst) error {
	b.N = 0
	if m.take(b) {
		return nil
	}
	if m.dev.sources[0].closed {
		return io.EOF
	}
	m.nothing()
	m.take(b)
	return nil
}

// take asks each source once, a different one first each time.
func (m *Merged) take(b *dataplane.Burst) bool {
	for range m.dev.sources {
		s := m.dev.sources[m.next]
		m.next = (m.next + 1) % len(m.dev.sources)
		if s.sock != nil && s.take(b) {
			return true
		}
	}
	return false
}

// nothing does for all sources what Source.nothing does for one.
func (m *Merged) nothing() {
	now := time.Now().UnixNano()
	wakeup := false
	m.poll = m.poll[:0]
	for _, s := range m.dev.sources {
		s.look(now)
		if s.sock != nil {
			wakeup = wakeup || s.sock.fill.wantsWakeup()
			m.poll = append(m.poll, unix.PollFd{Fd: int32(s.sock.fd), Events: unix.POLLIN})
		}
	}
	if wait := m.dev.opts.Wait; wait > 0 || wakeup {
		// An interrupted wait is a short one.
		_, _ = unix.Poll(m.poll, int(wait/time.Millisecond))
	}
}

// Release gives packets back to the queues that they came from.
func (m *Merged) Release(b *dataplane.Burst) {
	for i := range b.N {
		for _, s := range m.dev.sources {
			if s.frames.holds(b.Packets[i].Data) {
				s.release(b.Packets[i].Data)
				break
			}
		}
		b.Packets[i].Data = nil
	}
	for _, s := range m.dev.sources {
		s.publish()
	}
	b.N = 0
}

// Stats are those of the device.
func (m *Merged) Stats() dataplane.Stats { return m.dev.Stats() }

// Close closes the device.
func (m *Merged) Close() error { return m.dev.Close() }
