package afpacket

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"mmt/dataplane"
)

// socket is a packet socket with its ring.
type socket struct {
	fd     int
	device device
	mem    []byte
	block  int // size, bytes
	clock  string
	events [1]unix.PollFd
}

// openSocket makes a socket that is bound to an interface and takes nothing
// until it is told to.
func openSocket(name string, o *Options) (*socket, error) {
	d, err := findDevice(name)
	if err != nil {
		return nil, err
	}
	kind := unix.SOCK_RAW
	if d.link == dataplane.LinkSLL {
		kind = unix.SOCK_DGRAM
	}
	fd, err := unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, explainSocket(err))
	}
	s := &socket{fd: fd, device: d}
	if err := s.prepare(o); err != nil {
		s.close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// prepare sets a new socket up. It is bound last: a bound socket takes packets,
// even if it drops them.
func (s *socket) prepare(o *Options) error {
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return fmt.Errorf("the kernel has no packet rings of version 3 (Linux 3.2 or newer is needed): %w", err)
	}
	s.setClock(o.KernelTime)
	if err := s.mapRing(o); err != nil {
		return err
	}
	if err := s.setFilter(limit(0)); err != nil {
		return err
	}
	if s.device.loopback {
		// What goes out of the loopback interface also comes in. Kernels before
		// 4.20 cannot tell: there, packets count twice.
		_ = unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1)
	}
	if err := unix.Bind(s.fd, &unix.SockaddrLinklayer{Protocol: everything(), Ifindex: s.device.index}); err != nil {
		return err
	}
	if o.Promiscuous && !s.device.loopback {
		return s.promiscuous()
	}
	return nil
}

// everything is ETH_P_ALL in network byte order.
func everything() uint16 { return unix.ETH_P_ALL<<8 | unix.ETH_P_ALL>>8 }

func (s *socket) promiscuous() error {
	request := unix.PacketMreq{Ifindex: int32(s.device.index), Type: unix.PACKET_MR_PROMISC}
	if err := unix.SetsockoptPacketMreq(s.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &request); err != nil {
		return fmt.Errorf("promiscuous mode: %w", err)
	}
	return nil
}

// mapRing makes the ring and maps it.
func (s *socket) mapRing(o *Options) error {
	block, blocks := geometry(o.BufferSize, o.SnapLen)
	request := unix.TpacketReq3{
		Block_size: uint32(block), Block_nr: uint32(blocks),
		Frame_size: uint32(block), Frame_nr: uint32(blocks), // of no meaning in version 3, but checked
		Retire_blk_tov: uint32(max(o.Retire.Milliseconds(), 1)),
	}
	err := unix.SetsockoptTpacketReq3(s.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &request)
	if err == nil {
		s.block = block
		s.mem, err = unix.Mmap(s.fd, 0, block*blocks, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	}
	if err != nil {
		return fmt.Errorf("a capture buffer of %d MiB is not to be had (use a smaller input.buffer-size): %w", block*blocks>>20, err)
	}
	return nil
}

// setFilter sets the program that says how many bytes of a packet are taken.
func (s *socket) setFilter(code []instruction) error {
	if err := s.setProgram(unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, code); err != nil {
		return fmt.Errorf("socket filter: %w", err)
	}
	return nil
}

func (s *socket) setProgram(level, option int, code []instruction) error {
	filter := make([]unix.SockFilter, len(code))
	for i, in := range code {
		filter[i] = unix.SockFilter{Code: in.code, Jt: in.jt, Jf: in.jf, K: in.k}
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: unsafe.SliceData(filter)}
	return unix.SetsockoptSockFprog(s.fd, level, option, &program)
}

// newGroup lets join make a group with a number that no other has.
const newGroup = -1

// join makes the socket a member of a group and returns the group's number.
func (s *socket) join(group int, how Fanout) (int, error) {
	kind := unix.PACKET_FANOUT_CBPF
	if how == ByFlows {
		kind = unix.PACKET_FANOUT_HASH
	}
	value := group | kind<<16
	if group == newGroup {
		value = (kind | unix.PACKET_FANOUT_FLAG_UNIQUEID) << 16
	}
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_FANOUT, value); err != nil {
		return 0, s.explainJoin(err)
	}
	if how == ByHosts {
		if err := s.setProgram(unix.SOL_PACKET, unix.PACKET_FANOUT_DATA, byHosts()); err != nil {
			return 0, fmt.Errorf("%s: sharing by hosts: %w", s.device.name, err)
		}
	}
	if group != newGroup {
		return group, nil
	}
	value, err := unix.GetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_FANOUT)
	return value & 0xffff, err
}

func (s *socket) explainJoin(err error) error {
	if up, upErr := s.isUp(); upErr == nil && !up && errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("%s is down, and this kernel shares out the packets of interfaces only that are up: ip link set %s up", s.device.name, s.device.name)
	}
	return fmt.Errorf("%s: sharing packets among sockets: %w", s.device.name, err)
}

// isUp asks whether the interface is up.
func (s *socket) isUp() (bool, error) {
	r, err := ask(s.fd, s.device.name, unix.SIOCGIFFLAGS)
	if err != nil {
		return false, err
	}
	return r.Uint16()&unix.IFF_UP != 0, nil
}

// isGone asks whether the interface has been removed, perhaps with another in
// its place that has its name.
func (s *socket) isGone() bool {
	address, err := unix.Getsockname(s.fd)
	link, ok := address.(*unix.SockaddrLinklayer)
	return err == nil && ok && link.Ifindex != s.device.index
}

// wait waits for packets at most d and returns the error that the socket has.
func (s *socket) wait(d time.Duration) error {
	s.events[0] = unix.PollFd{Fd: int32(s.fd), Events: unix.POLLIN}
	n, err := unix.Poll(s.events[:], int(d.Milliseconds()))
	switch {
	case errors.Is(err, unix.EINTR) || err == nil && n == 0:
		return nil
	case err != nil:
		return err
	case s.events[0].Revents&unix.POLLERR == 0:
		return nil
	}
	code, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR) // which takes the error away
	if err != nil || code == 0 {
		return err
	}
	return unix.Errno(code)
}

// statistics returns how many packets the kernel had for the socket since the
// last call, and how many of these it dropped.
func (s *socket) statistics() (seen, dropped uint64) {
	stats, err := unix.GetsockoptTpacketStatsV3(s.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0, 0 // not with an open socket
	}
	return uint64(stats.Packets), uint64(stats.Drops)
}

func (s *socket) close() {
	if s.mem != nil {
		_ = unix.Munmap(s.mem) // fails for wrong addresses only
		s.mem = nil
	}
	unix.Close(s.fd)
}
