package afxdp

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"mmt/bpf"
	"mmt/dataplane"
	"mmt/dataplane/filter"
)

// Device is an interface that packets are received from.
type Device struct {
	opts     Options
	card     *card
	filter   *bpf.Prefilter
	queues   []*queue
	warnings []string
	stopped  atomic.Bool // nothing comes to the rings any more
	downs    atomic.Uint64

	mu      sync.Mutex // for what follows, when queues open their sockets anew
	att     *bpf.Attachment
	copying string // why packets are copied, empty: they are not
	away    bool   // the interface is gone
	state   string // what OnState was told last, empty: that it is up
	closed  bool
	last    bpf.Counters // when it was closed
}

// Open attaches the prefilter to an interface and opens a socket at each queue.
// Packets come from Sources, Merged or Split; each queue is for one of them.
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
		return fmt.Errorf("there is no interface %q (ip link shows the names): %w", d.opts.Interface, err)
	}
	if d.card, err = openCard(d.opts.Interface); err != nil {
		return err
	}
	queues := d.card.queues()
	if err := d.opts.fill(dev, queues); err != nil {
		return err
	}
	d.warnings = d.card.warnings()
	d.filter, err = bpf.Load(bpf.Options{Flows: d.opts.Flows, Queues: queues, MaxFrame: d.opts.FrameSize - headroom})
	if err != nil {
		return err
	}
	if d.opts.Rules != nil {
		if err := d.filter.Update(d.opts.Rules); err != nil {
			return err
		}
	}
	return d.openQueues()
}

func (d *Device) openQueues() error {
	var program *filter.Program
	if d.opts.Filter != "" {
		var err error
		if program, err = filter.Compile(d.opts.Filter, dataplane.LinkEthernet); err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.attach(); err != nil {
		return err
	}
	for _, n := range d.opts.Queues {
		f, err := newFrames(d.opts.Frames, d.opts.FrameSize, d.opts.Port)
		if err != nil {
			return err
		}
		q := &queue{dev: d, number: n, frames: f, program: program}
		d.queues = append(d.queues, q)
		if err := d.connect(q); err != nil {
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
	if d.opts.Promiscuous {
		return d.card.promiscuous(att.Index)
	}
	return nil
}

// connect opens the socket of a queue and has the prefilter send it packets.
func (d *Device) connect(q *queue) error {
	sock, err := d.openSocket(q)
	if err != nil {
		return err
	}
	if err := d.filter.SetSocket(q.number, sock.fd); err != nil {
		return errors.Join(err, sock.close())
	}
	return q.setSocket(sock)
}

// openSocket tries zero-copy where the prefilter runs in the driver.
func (d *Device) openSocket(q *queue) (*socket, error) {
	d.copying = "as configured"
	if d.att.Mode == bpf.Generic {
		d.copying = "generic mode can do nothing else"
	} else if !d.opts.Copy {
		sock, err := openPatiently(d.att.Index, q.number, q.frames, true)
		if err == nil {
			d.copying = ""
			return sock, nil
		}
		d.copying = "zero-copy: " + err.Error()
	}
	return openPatiently(d.att.Index, q.number, q.frames, false)
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

// Sources returns a source for each queue.
func (d *Device) Sources() []*Source { return d.split(len(d.queues)) }

// Merged returns a source of the packets of all queues.
func (d *Device) Merged() *Source { return d.split(1)[0] }

// Split shares the queues out evenly among n sources.
func (d *Device) Split(n int) ([]*Source, error) {
	if n < 1 || n > len(d.queues) {
		return nil, fmt.Errorf("%s: AF_XDP: the receive queues, %d, cannot be shared out among %d readers (ethtool -L %s combined %d makes as many)",
			d.opts.Interface, len(d.queues), n, d.opts.Interface, n)
	}
	return d.split(n), nil
}

func (d *Device) split(n int) []*Source {
	list := make([]*Source, n)
	for i := range list {
		var share []*queue
		for j := i; j < len(d.queues); j += n {
			share = append(share, d.queues[j])
		}
		list[i] = newSource(d, share)
	}
	return list
}

// Prefilter returns what stands in front: its rules, counters and bypassed flows.
func (d *Device) Prefilter() *bpf.Prefilter { return d.filter }

// Warnings names, each in a line, the settings of the card that keep packets
// from being seen as they are.
func (d *Device) Warnings() []string { return d.warnings }

// mode says in a line which modes are in use and why.
func (d *Device) mode() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	how := "zero-copy"
	if d.copying != "" {
		how = "copy mode (" + d.copying + ")"
	}
	return fmt.Sprintf("%s; AF_XDP in %s, %d frames of %d bytes a queue", d.att.Message(), how, d.opts.Frames, d.opts.FrameSize)
}

// counters returns those of the prefilter, also after Close.
func (d *Device) counters() bpf.Counters {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return d.last
	}
	c, _ := d.filter.Counters() // does not fail: a map that was read before can always be read
	return c
}

// stop takes the prefilter off the interface and waits until all that it let
// through is in the rings.
func (d *Device) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.detach()
	d.stopped.Store(true)
}

// detach is stop with the mutex held.
func (d *Device) detach() {
	if d.att == nil || d.stopped.Load() {
		return
	}
	// What cannot be taken off ends with the process, and the queues with Close.
	_ = d.att.Close()
	_ = d.filter.Settle()
}

// leave closes some queues, and with the last one the device.
func (d *Device) leave(queues []*queue) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []error
	open := false
	for _, q := range d.queues {
		open = open || !q.closed && !slices.Contains(queues, q)
	}
	if !open {
		return d.close()
	}
	for _, q := range queues {
		list = append(list, q.close())
	}
	return errors.Join(list...)
}

// Close takes the prefilter off the interface and closes all queues. Nobody may
// be receiving any more.
func (d *Device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.close()
}

func (d *Device) close() error {
	if d.closed {
		return nil
	}
	d.detach()
	d.stopped.Store(true)
	var list []error
	for _, q := range d.queues {
		list = append(list, q.close())
	}
	d.closed = true
	if d.filter != nil {
		d.last, _ = d.filter.Counters()
		list = append(list, d.filter.Close())
	}
	if d.card != nil {
		list = append(list, d.card.close())
	}
	return errors.Join(list...)
}
