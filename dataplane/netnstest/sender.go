//go:build linux

package netnstest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// Sender puts frames on the wire of one end and counts them.
type Sender struct {
	Sent, Bytes uint64 // frames and their bytes that the kernel took
	fd          int
	t           testing.TB
}

// NewSender makes a sender that is closed when the test ends.
func NewSender(t testing.TB, e End) *Sender {
	t.Helper()
	s := &Sender{t: t}
	index := e.Index(t)
	e.Space.Do(func() {
		var err error
		if s.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { unix.Close(s.fd) })
	if err := unix.Bind(s.fd, &unix.SockaddrLinklayer{Ifindex: index}); err != nil {
		t.Fatal(err)
	}
	// Frames go to the other end at once, without a queue that could drop them.
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1); err != nil {
		t.Fatal(err)
	}
	return s
}

// Send sends one frame, from the Ethernet header on.
func (s *Sender) Send(frame []byte) error {
	for {
		err := unix.Send(s.fd, frame, 0)
		switch {
		case err == nil:
			s.Sent++
			s.Bytes += uint64(len(frame))
			if s.Sent%settleEvery == 0 {
				s.Settle()
			}
			return nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ENOBUFS): // the other end is behind
			time.Sleep(time.Millisecond)
		default:
			return fmt.Errorf("sending a frame of %d bytes: %w", len(frame), err)
		}
	}
}

// Replay sends packets in their order, at most rate a second (0: as fast as can
// be), and ends the test if it cannot.
func (s *Sender) Replay(packets []traffic.Packet, rate int) {
	s.t.Helper()
	begin := time.Now()
	for i := range packets {
		if rate > 0 {
			time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		}
		if err := s.Send(packets[i].Data); err != nil {
			s.t.Fatal(err)
		}
	}
	s.Settle()
}

// settleEvery is after how many frames the sender lets the kernel catch up: its
// queue between the ends holds 1000 (net.core.netdev_max_backlog) and drops more
// without telling either end.
const settleEvery = 128

// Settle waits until the kernel has handed all frames to the other end: on a
// busy machine it puts that off.
func (s *Sender) Settle() {
	s.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); backlog() > 0; time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			s.t.Fatal("the kernel does not hand over frames that were sent")
		}
	}
}

// backlog is how many frames wait in the kernel's queues, of all processors; 0
// where the kernel does not tell (before Linux 5.10).
func backlog() (n uint64) {
	const column = 11 // of /proc/net/softnet_stat, hexadecimal
	text, err := os.ReadFile("/proc/net/softnet_stat")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) <= column {
			return 0
		}
		waiting, err := strconv.ParseUint(fields[column], 16, 32)
		if err != nil {
			return 0
		}
		n += waiting
	}
	return n
}

// ReplayFile sends the packets of a trace of Ethernet frames as Replay does.
func (s *Sender) ReplayFile(path string, rate int) {
	s.t.Helper()
	src, err := pcapfile.Open(path, pcapfile.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer src.Close()
	var b dataplane.Burst
	for {
		switch err := src.Receive(&b); {
		case err == io.EOF:
			return
		case err != nil:
			s.t.Fatal(err)
		}
		packets := make([]traffic.Packet, b.N)
		for i, p := range b.Packets[:b.N] {
			packets[i].Data = p.Data
		}
		s.Replay(packets, rate)
		src.Release(&b)
	}
}
