//go:build dpdk && cgo && linux

package dpdk

import (
	"bytes"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mmt/bench/traffic"
	"mmt/dataplane/dpdk/dpdktest"
	"mmt/dataplane/netnstest"
)

// kernelDrivers are the virtual devices that take packets from an interface.
var kernelDrivers = []struct{ name, memory, device string }{
	{"net_af_packet", noHuge, "net_af_packet0,iface=veth1,blocksz=4096,framesz=2048,framecnt=512"},
	{"net_af_xdp", huge, "net_af_xdp0,iface=veth1,busy_budget=0"},
}

// huge are arguments of EAL for net_af_xdp: with --no-huge it receives nothing.
const huge = "--no-pci --in-memory -m 128 "

// watched is a child that captures one end of a pair, and the other end.
func watched(t *testing.T, memory, device string, hold bool) (*child, netnstest.End, *netnstest.Sender) {
	t.Helper()
	if memory == huge {
		giveBack, err := dpdktest.Reserve(64)
		if err != nil {
			t.Skip(err)
		}
		t.Cleanup(giveBack)
	}
	in, out := netnstest.End{Space: netnstest.New(t), Name: "veth1"}, netnstest.End{Space: netnstest.New(t), Name: "veth0"}
	netnstest.Pair(t, out, in, netnstest.PairOptions{MTU: 1500})
	c := launch(t, in.Space, task{Ports: "0", Hold: hold, O: Options{EAL: memory + "--vdev " + device, Descriptors: 2048, Promiscuous: true}})
	return c, in, netnstest.NewSender(t, out)
}

// short are packets that a buffer of net_af_packet holds.
func short(n int) []traffic.Packet {
	list := slices.DeleteFunc(traffic.Mixed(1, n), func(p traffic.Packet) bool { return len(p.Data) > 1514 || len(p.Data) < 60 })
	return list[:n:n]
}

// TestVeth: what is sent into an interface comes out of the port, and nothing
// is left behind on the interface.
func TestVeth(t *testing.T) {
	for _, driver := range kernelDrivers {
		t.Run(driver.name, func(t *testing.T) {
			c, in, sender := watched(t, driver.memory, driver.device, false)
			packets := short(400)
			sender.Replay(packets, 4000)
			time.Sleep(100 * time.Millisecond)
			c.tell()
			out := c.outcome()
			if out.Failed != "" || len(out.Packets) != len(packets) {
				t.Fatalf("%d packets, want %d: %s %+v", len(out.Packets), len(packets), out.Failed, out.Stats)
			}
			for i, p := range out.Packets {
				if !bytes.Equal(p.Data, packets[i].Data) {
					t.Fatalf("packet %d differs", i)
				}
			}
			exact(t, out)
			if attached(t, in) {
				t.Error("an XDP program is left on the interface")
			}
		})
	}
}

// TestOverload: what is sent while nobody receives is received later or
// counted as dropped, to the packet. (Of the two drivers, net_af_packet of DPDK
// 22.11 does not count its losses.)
func TestOverload(t *testing.T) {
	c, _, sender := watched(t, huge, kernelDrivers[1].device, true)
	for range 4 {
		sender.Replay(short(1500), 0)
	}
	c.tell()
	time.Sleep(300 * time.Millisecond)
	c.tell()
	out := c.outcome()
	if out.Failed != "" {
		t.Fatal(out.Failed)
	}
	s := out.Stats[0]
	if s.Received+s.Dropped != sender.Sent || s.Received == 0 || s.Dropped == 0 {
		t.Errorf("%d sent, %d received, %d dropped: %+v", sender.Sent, s.Received, s.Dropped, out.Ports)
	}
}

// attached tells whether an interface has an XDP program.
func attached(t *testing.T, e netnstest.End) (is bool) {
	const attachedMode = 2 // IFLA_XDP_ATTACHED of linux/if_link.h
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
			attrs, err := syscall.ParseNetlinkRouteAttr(&links[i])
			if err != nil {
				continue // the end of the list
			}
			for _, a := range attrs {
				// The first attribute of the nest says how a program is attached.
				nest := fmt.Sprintf("%c%c", attachedMode, 0)
				if a.Attr.Type&^unix.NLA_F_NESTED == unix.IFLA_XDP && len(a.Value) > 4 && string(a.Value[2:4]) == nest && a.Value[4] != 0 {
					is = true
				}
			}
		}
	})
	return is
}
