package afxdp

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"mmt/bpf"
	"mmt/dataplane"
)

// Device is an interface that packets are received from.
type Device struct {
	opts     Options
	filter   *bpf.Prefilter
	sources  []*Source
	warnings []string

	mu      sync.Mutex // for what follows, when sources open their sockets anew
	att     *bpf.Attachment
	copying string // why packets are copied, empty: they are not
	away    bool   // the interface is gone
	closed  bool
	last    dataplane.Stats // when it was closed
}

// Open attaches the prefilter to an interface and opens a socket at each queue.
// Packets come from Sources or from Merged, not from both.
func Open(o Options) (*Device, error) {
	d := &Device{opts: o}
	err := d.open()
	if err != nil {
		return nil, fmt.Errorf("%s: AF_XDP: %w", o.Interface, errors.Join(err, d.Close()))
	}
	return d, nil
}

func (d *Device) open() error {
	dev, err := net.InterfaceByName(d.opts.Interface)
	if err != nil {
		return fmt.Errorf("%w (ip link shows the names)", err)
	}
	card, err := openCard(d.opts.Interface)
	if err != nil {
		return err
	}
	defer card.close()
	queues := card.queues()
	if err := d.opts.fill(dev, queues); err != nil {
		return err
	}
	d.warnings = card.warnings()
	d.filter, err = bpf.Load(bpf.Options{Flows: d.opts.Flows, Queues: queues, MaxFrame: d.opts.FrameSize - headroom})
	if err != nil {
		return err
	}
	return d.openSources()
}

func (d *Device) openSources() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.attach(); err != nil {
		return err
	}
	for _, q := range d.opts.Queues {
		f, err := newFrames(d.opts.Frames, d.opts.FrameSize)
		if err != nil {
			return err
		}
		s := &Source{dev: d, queue: q, frames: f}
		d.sources = append(d.sources, s)
		if err := d.connect(s); err != nil {
			return err
		}
	}
	return nil
}

func (d *Device) attach() error {
	att, err := d.filter.Attach(d.opts.Interface, d.opts.Mode)
	if err != nil {
		return err
	}
	if d.att != nil {
		_ = d.att.Close() // its interface is gone: nothing is attached any more
	}
	d.att = att
	return nil
}

// connect opens the socket of a source and has the prefilter send it packets.
func (d *Device) connect(s *Source) error {
	sock, err := d.openSocket(s)
	if err != nil {
		return err
	}
	if err := d.filter.SetSocket(s.queue, sock.fd); err != nil {
		return errors.Join(err, sock.close())
	}
	return s.setSocket(sock)
}

// openSocket tries zero-copy where the prefilter runs in the driver.
func (d *Device) openSocket(s *Source) (*socket, error) {
	d.copying = "as configured"
	if d.att.Mode == bpf.Generic {
		d.copying = "generic mode can do nothing else"
	} else if !d.opts.Copy {
		sock, err := openPatiently(d.att.Index, s.queue, s.frames, true)
		if err == nil {
			d.copying = ""
			return sock, nil
		}
		d.copying = "zero-copy: " + err.Error()
	}
	return openPatiently(d.att.Index, s.queue, s.frames, false)
}

// patience is how long a queue may stay busy: the kernel frees that of a closed
// socket a little later.
const patience = time.Second

func openPatiently(ifindex, queue int, f *frames, zeroCopy bool) (*socket, error) {
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		sock, err := openSocket(ifindex, queue, f, zeroCopy)
		if err == nil || !errors.Is(err, unix.EBUSY) {
			return sock, err
		}
		if time.Since(begin) > patience {
			return nil, fmt.Errorf("%w: another program has an AF_XDP socket there (ss --xdp shows it)", err)
		}
	}
}

// check is called by a source that has had no packets for a while: it opens what
// has failed anew. Errors mean that it has to be tried again.
func (d *Device) check(s *Source) {
	if s.sock != nil {
		err := s.sock.failed()
		if err == nil {
			return
		}
		d.leave(s, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reopen(s) == nil && d.away && d.complete() {
		d.away = false
		d.opts.Notice("back: " + d.mode())
	}
}

// leave gives up a socket that has failed.
func (d *Device) leave(s *Source, why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.away {
		d.away = true
		d.opts.Notice(fmt.Sprintf("%s: the interface is gone (%v): waiting for it", d.opts.Interface, why))
	}
	// Whether the old socket closes well is of no use to anybody any more.
	_ = s.setSocket(nil)
}

// reopen attaches the prefilter again if its interface was removed, and opens
// the socket of a source.
func (d *Device) reopen(s *Source) error {
	if !d.att.Alive() {
		if err := d.attach(); err != nil {
			return err
		}
	}
	return d.connect(s)
}

// complete tells whether all sources that are not closed have sockets.
func (d *Device) complete() bool {
	for _, s := range d.sources {
		if s.sock == nil && !s.closed {
			return false
		}
	}
	return true
}

// Sources returns a source for each queue.
func (d *Device) Sources() []*Source { return d.sources }

// Prefilter returns what stands in front: its rules, counters and bypassed flows.
func (d *Device) Prefilter() *bpf.Prefilter { return d.filter }

// Message says in a line which modes are in use and why, and in one more for
// each setting of the card that keeps packets from being seen as they are.
func (d *Device) Message() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(append([]string{d.mode()}, d.warnings...), "\n")
}

func (d *Device) mode() string {
	how := "zero-copy"
	if d.copying != "" {
		how = "copy mode (" + d.copying + ")"
	}
	queues := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(d.opts.Queues)), ", "), "[]")
	return fmt.Sprintf("%s; AF_XDP in %s at queues %s, %d frames of %d bytes each",
		d.att.Message(), how, queues, d.opts.Frames, d.opts.FrameSize)
}

// Stats adds up all sources, and what the prefilter counts for all of them: as
// Filtered what rules, sampling and bypassed flows kept away, as Dropped also
// what was too long for a frame or found no socket. It may be called from any
// goroutine, also after Close.
func (d *Device) Stats() dataplane.Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return d.last
	}
	return d.count()
}

func (d *Device) count() (sum dataplane.Stats) {
	for _, s := range d.sources {
		st := s.Stats()
		sum.Received += st.Received
		sum.ReceivedBytes += st.ReceivedBytes
		sum.Dropped += st.Dropped
	}
	if d.filter == nil {
		return sum // Open has failed
	}
	c, err := d.filter.Counters()
	if err != nil {
		return sum // does not happen: a map that was read before can always be read
	}
	long := c.ByReason[bpf.DropTooLong].Packets
	sum.Filtered = c.Seen().Packets - c.Passed().Packets - long
	sum.Dropped += long + c.Unclaimed.Packets
	return sum
}

// Close takes the prefilter off the interface and closes all sources. Nobody may
// be receiving any more.
func (d *Device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	var list []error
	if d.att != nil {
		list = append(list, d.att.Close())
	}
	d.last, d.closed = d.count(), true
	for _, s := range d.sources {
		list = append(list, s.close())
	}
	if d.filter != nil {
		list = append(list, d.filter.Close())
	}
	return errors.Join(list...)
}
