//go:build linux

package netnstest

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// message is the body of a netlink message under construction.
type message []byte

// vethPeer is the attribute that describes the other end (VETH_INFO_PEER of
// linux/veth.h).
const vethPeer = 1

// align is what netlink's parts are aligned to.
const align = 4

// ifInfo appends struct ifinfomsg without anything set.
func (m message) ifInfo() message { return append(m, make([]byte, unix.SizeofIfInfomsg)...) }

// attr appends an attribute.
func (m message) attr(kind uint16, value []byte) message {
	m = binary.NativeEndian.AppendUint16(m, uint16(unix.SizeofRtAttr+len(value)))
	m = binary.NativeEndian.AppendUint16(m, kind)
	m = append(m, value...)
	return append(m, make([]byte, (align-len(m)%align)%align)...)
}

func (m message) text(kind uint16, s string) message { return m.attr(kind, append([]byte(s), 0)) }

func (m message) number(kind uint16, n int) message {
	return m.attr(kind, binary.NativeEndian.AppendUint32(nil, uint32(n)))
}

// linkMessage names an interface.
func linkMessage(name string) message { return message{}.ifInfo().text(unix.IFLA_IFNAME, name) }

// size adds what holds for each end.
func (m message) size(o PairOptions) message {
	queues := max(o.Queues, 1)
	return m.number(unix.IFLA_MTU, o.MTU).number(unix.IFLA_NUM_RX_QUEUES, queues).number(unix.IFLA_NUM_TX_QUEUES, queues)
}

// veth describes a pair with a in the namespace of the thread.
func veth(a, b End, o PairOptions) message {
	peer := linkMessage(b.Name).size(o).number(unix.IFLA_NET_NS_FD, int(b.Space.file.Fd()))
	info := message{}.text(unix.IFLA_INFO_KIND, "veth").attr(unix.IFLA_INFO_DATA, message{}.attr(vethPeer, peer))
	return linkMessage(a.Name).size(o).attr(unix.IFLA_LINKINFO, info)
}

// request sends a message in the namespace of the thread and waits for its
// acknowledgement.
func request(kind uint16, flags uint16, body message) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	out := binary.NativeEndian.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(body)))
	out = binary.NativeEndian.AppendUint16(out, kind)
	out = binary.NativeEndian.AppendUint16(out, flags|unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	out = append(out, make([]byte, 8)...) // sequence number and port
	out = append(out, body...)
	if err := unix.Sendto(fd, out, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	return acknowledged(fd)
}

// acknowledged reads the answer to a message that asks for nothing else.
func acknowledged(fd int) error {
	var in [8192]byte
	n, _, err := unix.Recvfrom(fd, in[:], 0)
	if err != nil {
		return err
	}
	if n < unix.SizeofNlMsghdr+4 || binary.NativeEndian.Uint16(in[4:]) != unix.NLMSG_ERROR {
		return fmt.Errorf("netlink answers %d bytes that are no acknowledgement", n)
	}
	if code := int32(binary.NativeEndian.Uint32(in[unix.SizeofNlMsghdr:])); code != 0 {
		return unix.Errno(-code)
	}
	return nil
}
