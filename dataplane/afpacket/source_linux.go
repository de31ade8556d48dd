package afpacket

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"mmt/dataplane"
	"mmt/dataplane/filter"
	"mmt/dataplane/publish"
)

// Source is an interface, or the share of it that one socket has, as a source
// of packets. Receive and Close are for one goroutine; the others are for any.
type Source struct {
	options Options
	name    string
	group   int // number of the fan-out group, or newGroup
	program *filter.Program
	sock    *socket
	ring    *ring
	stats   dataplane.Stats // the reader's own; what others see is in shown
	settled uint64          // packets of the last look at the kernel's counters
	idle    uint            // calls of Receive without packets, if it does not wait
	down    error           // why the interface gives nothing, nil if it is up
	tried   time.Time       // when a removed interface was last looked for
	stopped time.Time       // when Receive saw that it was to stop

	stop  atomic.Bool
	shown struct{ received, bytes, filtered, downs atomic.Uint64 }

	mu     sync.Mutex // guards what follows, and that sock stays what it is
	kernel struct{ seen, dropped uint64 }
	nic    nicLosses
	open   bool // sock is
}

var _ dataplane.Live = (*Source)(nil)

// Open starts the capture of an interface. An interface that is down is waited
// for. Errors name the interface and what is missing: rights, a name that
// exists, memory for the ring.
func Open(name string, o Options) (*Source, error) {
	s, err := prepare(name, o)
	if err != nil {
		return nil, err
	}
	if err := s.begin(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// OpenGroup starts the capture of an interface by n sockets, each of which gets
// its share of the packets as o.Fanout says.
func OpenGroup(name string, n int, o Options) ([]*Source, error) {
	group := make([]*Source, 0, n)
	fail := func(err error) ([]*Source, error) {
		for _, s := range group {
			s.Close()
		}
		return nil, err
	}
	number := newGroup
	for range n {
		s, err := prepare(name, o)
		if err != nil {
			return fail(err)
		}
		group = append(group, s)
		if number, err = s.sock.join(number, o.Fanout); err != nil {
			return fail(err)
		}
		s.group = number
	}
	for _, s := range group {
		if err := s.begin(); err != nil {
			return fail(err)
		}
	}
	return group, nil
}

// prepare makes a source whose socket takes nothing yet.
func prepare(name string, o Options) (*Source, error) {
	o.setDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	s := &Source{options: o, name: name, group: newGroup}
	return s, s.attach()
}

// attach makes the socket, its ring, and the filter for its link type.
func (s *Source) attach() error {
	sock, err := openSocket(s.name, &s.options)
	if err != nil {
		return err
	}
	var program *filter.Program
	if s.options.Filter != "" {
		if program, err = filter.Compile(s.options.Filter, sock.device.link); err != nil {
			sock.close()
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sock, s.ring, s.program, s.open = sock, newRing(sock.mem, sock.block, s.form(sock)), program, true
	s.nic.begin(sock.device)
	return nil
}

// form says how packets of a socket are handed out.
func (s *Source) form(sock *socket) form {
	return form{link: sock.device.link, port: s.options.Port, snap: uint32(s.options.SnapLen)}
}

// leastLimit is what the kernel takes of a packet at least: a tag that it took
// out can be put back only into whole addresses.
const leastLimit = 64

// begin lets packets in.
func (s *Source) begin() error { return s.sock.setFilter(limit(max(s.options.SnapLen, leastLimit))) }

// Describe implements dataplane.Live.
func (s *Source) Describe() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("%s: AF_PACKET, ring of %d MiB, %s", s.name, len(s.ring.mem)>>20, s.sock.clock)
}

// Link tells how packets of the interface start.
func (s *Source) Link() dataplane.LinkType {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sock.device.link
}

// Receive fills b with packets that have come; see dataplane.Source. If there
// are none it waits for Options.Wait and looks once more. After Stop it gives
// what is left and then io.EOF.
func (s *Source) Receive(b *dataplane.Burst) error {
	b.N = 0
	err := s.fill(b)
	if b.N == 0 && err == nil {
		if err = s.pause(); err == nil {
			err = s.fill(b)
		}
	}
	s.show()
	if b.N > 0 {
		return nil // an error comes again
	}
	return err
}

const (
	// lookEvery is after how many packets the kernel's counters, which have 32
	// bits, are read at the latest.
	lookEvery = 1 << 20
	// filterBurst bounds the time of a Receive whose filter matches nothing.
	filterBurst = 1 << 12
)

// fill takes packets from the ring until b is full or the ring empty.
func (s *Source) fill(b *dataplane.Burst) error {
	for left := filterBurst; s.open && b.N < dataplane.BurstSize && left > 0 && s.ring.ready(); {
		n, bytes, err := s.ring.read(b.Packets[b.N:])
		if s.program != nil {
			kept, unused := s.sift(b.Packets[b.N : b.N+n])
			s.stats.Filtered += uint64(n - kept)
			left -= n - kept
			n, bytes = kept, bytes-unused
		}
		b.N += n
		s.stats.Received += uint64(n)
		s.stats.ReceivedBytes += bytes
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// sift moves the packets that match the filter to the front, and gives the others
// back. It returns how many match, and the bytes of those that do not.
func (s *Source) sift(packets []dataplane.Packet) (kept int, bytes uint64) {
	for i := range packets {
		p := &packets[i]
		if !s.program.Match(p.Data, p.Len) {
			bytes += uint64(p.Len)
			continue
		}
		if kept != i {
			*p, packets[kept] = packets[kept], *p
		}
		kept++
	}
	s.ring.release(packets[kept:])
	return kept, bytes
}

// show lets other goroutines see the counters.
func (s *Source) show() {
	publish.Uint64(&s.shown.received, s.stats.Received)
	publish.Uint64(&s.shown.bytes, s.stats.ReceivedBytes)
	publish.Uint64(&s.shown.filtered, s.stats.Filtered)
	if n := s.taken(); n-s.settled > lookEvery {
		s.settled = n
		s.mu.Lock()
		s.look()
		s.mu.Unlock()
	}
}

// taken is how many packets have left the ring.
func (s *Source) taken() uint64 { return s.stats.Received + s.stats.Filtered }

// Release gives packets back; they may come in other bursts than those they
// were received in, and from any goroutine.
func (s *Source) Release(b *dataplane.Burst) {
	if b.N > 0 {
		s.ring.release(b.Packets[:b.N])
	}
}

// Stats implements dataplane.Source. Packets that the kernel has handed to the
// ring and that are waiting there are in none of the counters.
func (s *Source) Stats() dataplane.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	return dataplane.Stats{
		Received: s.shown.received.Load(), ReceivedBytes: s.shown.bytes.Load(),
		Filtered: s.shown.filtered.Load(), Dropped: s.kernel.dropped,
	}
}

// Counters implements dataplane.Live.
func (s *Source) Counters() dataplane.Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.shown.received.Load() + s.shown.filtered.Load()
	s.look()
	s.nic.look()
	return dataplane.Counters{
		Seen: s.kernel.seen, Waiting: s.kernel.seen - min(taken+s.kernel.dropped, s.kernel.seen),
		Downs: s.shown.downs.Load(), Missed: s.nic.lost,
	}
}

// waiting is how many packets the kernel has that have not been read.
func (s *Source) waiting() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	return s.kernel.seen - min(s.taken()+s.kernel.dropped, s.kernel.seen)
}

// look adds the kernel's counters, which begin anew each time.
func (s *Source) look() {
	if !s.open {
		return
	}
	seen, dropped := s.sock.statistics()
	s.kernel.seen += seen
	s.kernel.dropped += dropped
}

// Stop implements dataplane.Live.
func (s *Source) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		_ = s.sock.setFilter(limit(0)) // else packets come on until Close, and are counted
	}
	s.stop.Store(true)
}

// Close ends the capture; packets that it handed out must not be read any more.
// What was left in the ring counts as dropped.
func (s *Source) Close() error {
	s.Stop()
	s.detach()
	return nil
}

// detach closes the socket and counts what is lost with it.
func (s *Source) detach() {
	s.show()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.open {
		return
	}
	s.look()
	s.nic.end()
	s.kernel.dropped = s.kernel.seen - min(s.taken(), s.kernel.seen)
	s.open = false
	s.sock.close()
}

// pause waits until there may be packets.
func (s *Source) pause() error {
	if s.stop.Load() {
		return s.drain()
	}
	d := s.options.Wait
	if d < 0 {
		const every = 1 << 10 // calls between two looks at the state of the interface
		if s.idle++; s.idle%every != 0 {
			return nil
		}
		d = 0
	}
	if !s.open {
		time.Sleep(d)
		s.comeBack()
		return nil
	}
	begin := time.Now()
	if err := s.react(s.sock.wait(d)); err != nil {
		return err
	}
	// Poll returns at once, though nothing is new, while the block before the
	// kernel's is held.
	if s.open && d > time.Millisecond && time.Since(begin) < time.Millisecond && !s.ring.ready() {
		time.Sleep(time.Millisecond)
	}
	return nil
}

// drainTime is how long a stopped source waits for the kernel to hand over its
// last block, beside the time that it has for it.
const drainTime = time.Second

// drain waits for what the kernel has and has not handed over; io.EOF says that
// there is nothing.
func (s *Source) drain() error {
	if s.stopped.IsZero() {
		s.stopped = time.Now()
	}
	if !s.open || s.waiting() == 0 || time.Since(s.stopped) > s.options.Retire+drainTime {
		return io.EOF
	}
	time.Sleep(time.Millisecond)
	return nil
}

// react does what an error of the socket, or an interface that is down, asks
// for. Only errors that end the capture are returned.
func (s *Source) react(err error) error {
	switch {
	case errors.Is(err, unix.ENETDOWN) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO):
		s.setDown(fmt.Errorf("%s is down", s.name))
	case err != nil:
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if s.down == nil {
		return nil
	}
	if s.sock.isGone() {
		s.leave()
		return nil
	}
	if up, err := s.sock.isUp(); err == nil && up {
		s.setUp()
	}
	return nil
}

// leave closes the socket of an interface that was removed, once its last
// packets have been handed out and released.
func (s *Source) leave() {
	if s.ring.held() || s.waiting() > 0 {
		return
	}
	s.detach()
	s.setDown(fmt.Errorf("%s was removed", s.name))
}

// searchPeriod is the time between two looks for a removed interface.
const searchPeriod = 100 * time.Millisecond

// comeBack opens an interface that was removed, if one of its name is there. A
// group takes members of the new interface once it has none of the old.
func (s *Source) comeBack() {
	if time.Since(s.tried) < searchPeriod {
		return
	}
	s.tried = time.Now()
	if s.attach() != nil {
		return
	}
	if err := s.rejoin(); err != nil {
		s.detach()
		return
	}
	if up, err := s.sock.isUp(); err == nil && up {
		s.setUp()
	}
}

func (s *Source) rejoin() error {
	if s.group != newGroup {
		if _, err := s.sock.join(s.group, s.options.Fanout); err != nil {
			return err
		}
	}
	return s.begin()
}

func (s *Source) setDown(why error) {
	if s.down == nil {
		s.shown.downs.Add(1)
	}
	s.down = why
	if s.options.OnState != nil {
		s.options.OnState(why)
	}
}

func (s *Source) setUp() {
	s.down = nil
	if s.options.OnState != nil {
		s.options.OnState(nil)
	}
}
