//go:build linux

package netnstest

import (
	"encoding/binary"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// End is one end of a veth pair.
type End struct {
	Space *Namespace
	Name  string
}

// Counters are the kernel's counters of an interface.
type Counters struct {
	RxPackets, TxPackets uint64
	RxDropped, TxDropped uint64
	Promiscuity          uint32 // how many want frames for other hosts
}

// PairOptions say how a veth pair is made.
type PairOptions struct {
	MTU    int // bytes, 0: as large as veth can, for frames of any size
	Queues int // receive and transmit queues of each end, 0: 1
}

const largestMTU = 65535

// Pair makes a veth pair between two namespaces, which may be the same, brings
// both ends up, and removes it when the test ends.
func Pair(t testing.TB, a, b End, o PairOptions) {
	t.Helper()
	if o.MTU == 0 {
		o.MTU = largestMTU
	}
	a.Space.Do(func() {
		if err := request(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, veth(a, b, o)); err != nil {
			t.Fatalf("veth pair %s, %s: %v", a.Name, b.Name, err)
		}
	})
	t.Cleanup(func() { a.delete() })
	for _, end := range []End{a, b} {
		if err := end.SetUp(true); err != nil {
			t.Fatal(err)
		}
	}
	a.WaitRunning(t, true)
	b.WaitRunning(t, true)
}

// WaitRunning waits until the kernel says that frames can pass, or that they
// cannot: it takes its time to notice.
func (e End) WaitRunning(t testing.TB, want bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		flags, err := e.flags()
		if err == nil && (flags&unix.IFF_RUNNING != 0) == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: flags %#x, %v, want running: %v", e.Name, flags, err, want)
		}
	}
}

// delete removes the pair that e is an end of, if it is still there.
func (e End) delete() error {
	var err error
	e.Space.Do(func() { err = request(unix.RTM_DELLINK, 0, linkMessage(e.Name)) })
	return err
}

// Delete removes the pair that e is an end of.
func (e End) Delete(t testing.TB) {
	t.Helper()
	if err := e.delete(); err != nil {
		t.Fatalf("deleting %s: %v", e.Name, err)
	}
}

// SetUp brings an end up or takes it down.
func (e End) SetUp(up bool) error {
	return e.ioctl(unix.SIOCGIFFLAGS, func(fd int, r *unix.Ifreq) error {
		flags := r.Uint16() &^ unix.IFF_UP
		if up {
			flags |= unix.IFF_UP
		}
		r.SetUint16(flags)
		return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
	})
}

func (e End) flags() (flags uint16, err error) {
	err = e.ioctl(unix.SIOCGIFFLAGS, func(_ int, r *unix.Ifreq) error {
		flags = r.Uint16()
		return nil
	})
	return flags, err
}

// ioctl asks the kernel about an end and hands the answer to f.
func (e End) ioctl(question uint, f func(fd int, r *unix.Ifreq) error) (err error) {
	r, err := unix.NewIfreq(e.Name)
	if err != nil {
		return err
	}
	e.Space.Do(func() {
		var fd int
		if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return
		}
		defer unix.Close(fd)
		if err = unix.IoctlIfreq(fd, question, r); err == nil {
			err = f(fd, r)
		}
	})
	if err != nil {
		return fmt.Errorf("%s: %w", e.Name, err)
	}
	return nil
}

// Index returns the number of the interface.
func (e End) Index(t testing.TB) (index int) {
	t.Helper()
	e.Space.Do(func() {
		i, err := net.InterfaceByName(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		index = i.Index
	})
	return index
}

// Counters returns the kernel's counters of an end.
func (e End) Counters(t testing.TB) (c Counters) {
	t.Helper()
	e.Space.Do(func() {
		table, err := syscall.NetlinkRIB(unix.RTM_GETLINK, unix.AF_UNSPEC)
		if err != nil {
			t.Fatal(err)
		}
		links, err := syscall.ParseNetlinkMessage(table)
		if err != nil {
			t.Fatal(err)
		}
		for i := range links {
			c.read(&links[i], e.Name)
		}
	})
	return c
}

// read takes over the counters of a link if it has the name.
func (c *Counters) read(m *syscall.NetlinkMessage, name string) {
	attrs, err := syscall.ParseNetlinkRouteAttr(m)
	if err != nil {
		return
	}
	var stats []byte
	promiscuity := uint32(0)
	found := false
	for _, a := range attrs {
		switch a.Attr.Type {
		case unix.IFLA_IFNAME:
			found = string(a.Value) == name+"\x00"
		case unix.IFLA_STATS64:
			stats = a.Value
		case unix.IFLA_PROMISCUITY:
			promiscuity = binary.NativeEndian.Uint32(a.Value)
		}
	}
	if !found || len(stats) < 64 {
		return
	}
	word := func(i int) uint64 { return binary.NativeEndian.Uint64(stats[8*i:]) } // struct rtnl_link_stats64
	*c = Counters{RxPackets: word(0), TxPackets: word(1), RxDropped: word(6), TxDropped: word(7), Promiscuity: promiscuity}
}
