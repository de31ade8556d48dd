package afxdp

import (
	"errors"
	"fmt"
	"net"
	"unsafe"

	"golang.org/x/sys/unix"
)

// card answers questions about an interface.
type card struct {
	name   string
	fd     int
	member int // a packet socket that wants all frames, -1: none
}

func openCard(name string) (*card, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &card{name, fd, -1}, nil
}

func (c *card) close() error { return errors.Join(c.leave(), unix.Close(c.fd)) }

// promiscuous has the interface take frames for other hosts until the card is
// closed or the process ends. The kernel keeps count of who wants that of packet
// sockets; this one has no protocol and gets no packets.
func (c *card) promiscuous(ifindex int) error {
	if err := c.leave(); err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("promiscuous mode (it needs CAP_NET_RAW, or root): %w", err)
	}
	c.member = fd
	request := unix.PacketMreq{Ifindex: int32(ifindex), Type: unix.PACKET_MR_PROMISC}
	if err := unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &request); err != nil {
		return fmt.Errorf("promiscuous mode: %w", err)
	}
	return nil
}

// leave ends the promiscuous mode.
func (c *card) leave() error {
	fd := c.member
	c.member = -1
	if fd < 0 {
		return nil
	}
	return unix.Close(fd)
}

// ethtool asks a driver; data starts with the command (linux/ethtool.h).
func (c *card) ethtool(data unsafe.Pointer) error {
	var request struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte // the rest of struct ifreq
	}
	copy(request.name[:unix.IFNAMSIZ-1], c.name)
	request.data = data
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(c.fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
	if errno != 0 {
		return errno
	}
	return nil
}

// queues returns the number of receive queues, 1 if the driver does not say.
func (c *card) queues() int {
	var ch struct {
		cmd                                    uint32
		maxRx, maxTx, maxOther, maxCombined    uint32
		rxCount, txCount, otherCount, combined uint32
	}
	ch.cmd = unix.ETHTOOL_GCHANNELS
	if c.ethtool(unsafe.Pointer(&ch)) != nil {
		return 1
	}
	return max(int(ch.rxCount+ch.combined), 1)
}

// asks tells whether a switch of the driver is on.
func (c *card) asks(command, bit uint32) bool {
	value := struct{ cmd, data uint32 }{cmd: command}
	return c.ethtool(unsafe.Pointer(&value)) == nil && value.data&bit != 0
}

// isUp asks whether the interface is up.
func (c *card) isUp() (bool, error) {
	r, err := unix.NewIfreq(c.name)
	if err != nil {
		return false, err
	}
	if err := unix.IoctlIfreq(c.fd, unix.SIOCGIFFLAGS, r); err != nil {
		return false, err
	}
	return r.Uint16()&unix.IFF_UP != 0, nil
}

// Bits of ETHTOOL_GFLAGS, enum ethtool_flags.
const (
	flagLRO    = 1 << 15
	flagRxVLAN = 1 << 8
)

// warnings name the settings of the card that change packets before anybody
// sees them.
func (c *card) warnings() (list []string) {
	warn := func(what, option string) {
		list = append(list, fmt.Sprintf("%s: %s: switch it off with ethtool -K %s %s off", c.name, what, c.name, option))
	}
	if c.asks(unix.ETHTOOL_GFLAGS, flagRxVLAN) {
		warn("the card may take VLAN tags off, and AF_XDP does not see them", "rxvlan")
	}
	if c.asks(unix.ETHTOOL_GFLAGS, flagLRO) {
		warn("the card joins packets (LRO)", "lro")
	}
	if c.asks(unix.ETHTOOL_GGRO, 1) {
		warn("the host may join packets (GRO) before XDP in generic mode", "gro")
	}
	return list
}

// headroom is what the kernel keeps free in front of each packet.
const headroom = unix.XDP_PACKET_HEADROOM

// Sizes of frames that the kernel takes: powers of two up to a page.
const (
	smallFrame = 2048
	largeFrame = 4096
)

// frameFor returns the size of a frame that holds any packet of the interface,
// if there is one: Ethernet, two VLAN tags and the MTU.
func frameFor(dev *net.Interface) int {
	if dev.MTU+14+2*4 <= smallFrame-headroom {
		return smallFrame
	}
	return largeFrame
}
