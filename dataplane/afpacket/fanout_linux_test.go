package afpacket

import (
	"encoding/binary"
	"testing"

	"mmt/bench/traffic"
	"mmt/dataplane"
)

// keys says what of a frame must stay together. The second key is that of an
// unfragmented TCP or UDP packet over IPv4 or IPv6 without options.
func keys(frame []byte) (hosts, flow string) {
	at := 12
	for binary.BigEndian.Uint16(frame[at:]) == 0x8100 {
		at += 4
	}
	kind, ip := binary.BigEndian.Uint16(frame[at:]), frame[at+2:]
	switch {
	case at > 16: // behind two tags, the inner tag is what the kernel sees
	case kind == 0x0800 && ip[0] == 0x45:
		hosts = symmetric(ip[12:16], ip[16:20])
		if binary.BigEndian.Uint16(ip[6:])&0x3fff == 0 && (ip[9] == 6 || ip[9] == 17) {
			flow = hosts + symmetric(ip[20:22], ip[22:24])
		}
		return hosts, flow
	case kind == 0x86dd:
		hosts = symmetric(ip[8:24], ip[24:40])
		if ip[6] == 6 || ip[6] == 17 {
			flow = hosts + symmetric(ip[40:42], ip[42:44])
		}
		return hosts, flow
	}
	return "ethernet " + symmetric(frame[:6], frame[6:12]), ""
}

func symmetric(a, b []byte) string { return min(string(a), string(b)) + max(string(a), string(b)) }

// share replays a trace to a group and returns which socket each packet went to.
func share(t *testing.T, how Fanout, sockets int, packets []traffic.Packet) (got [][]packet) {
	t.Helper()
	w := newWire(t)
	group := w.openGroup(sockets, Options{Fanout: how, Promiscuous: true})
	w.sender.Replay(packets, 0)
	total := 0
	for i, s := range group {
		s.Stop()
		got = append(got, collect(t, s))
		total += len(got[i])
		if n := s.Stats(); n.Received != uint64(len(got[i])) || n.Dropped != 0 {
			t.Errorf("socket %d: %+v, %d packets", i, n, len(got[i]))
		}
	}
	if total != len(packets) {
		t.Errorf("%d packets, want %d", total, len(packets))
	}
	for i := range got {
		if len(got[i]) < len(packets)/(4*sockets) {
			t.Errorf("socket %d has only %d packets of %d", i, len(got[i]), len(packets))
		}
	}
	return got
}

// apart counts the keys whose packets went to more than one socket.
func apart(got [][]packet, key func(frame []byte) string) (parted, all int) {
	where := map[string]int{}
	split := map[string]bool{}
	for i, list := range got {
		for _, p := range list {
			k := key([]byte(p.data))
			if before, seen := where[k]; k != "" && seen && before != i {
				split[k] = true
			}
			where[k] = i
		}
	}
	return len(split), len(where)
}

func byHostsKey(frame []byte) string { h, _ := keys(frame); return h }
func byFlowKey(frame []byte) string  { _, f := keys(frame); return f }

// TestByHosts: all packets of two hosts go to one socket, in both directions,
// fragmented, in tunnels and beneath IP.
func TestByHosts(t *testing.T) {
	for _, sockets := range []int{2, 3} {
		got := share(t, ByHosts, sockets, traffic.Generate(1, nil, 4))
		if n, all := apart(got, byHostsKey); n > 0 || all < 100 {
			t.Errorf("%d sockets: %d of %d pairs of hosts are parted", sockets, n, all)
		}
	}
}

// TestByFlows: the kernel's hash keeps both directions of a flow together.
func TestByFlows(t *testing.T) {
	got := share(t, ByFlows, 2, traffic.Generate(1, nil, 4))
	if n, all := apart(got, byFlowKey); n > 0 || all < 100 {
		t.Errorf("%d of %d flows are parted", n, all)
	}
}

// TestOrderInGroup: within a socket, packets come in their order.
func TestOrderInGroup(t *testing.T) {
	packets := traffic.Generate(1, []string{"web", "dns"}, 2)
	place := map[string][]int{}
	for i, p := range packets {
		place[string(p.Data)] = append(place[string(p.Data)], i)
	}
	for _, list := range share(t, ByHosts, 2, packets) {
		last := -1
		for _, p := range list {
			at := place[p.data]
			if len(at) == 0 || at[0] < last {
				t.Fatalf("packet %v comes after packet %d", at, last)
			}
			last, place[p.data] = at[0], at[1:]
		}
	}
}

// TestGroupOfDownInterface: a group either waits for its interface or says how
// to bring it up.
func TestGroupOfDownInterface(t *testing.T) {
	w := newWire(t)
	if err := w.out.SetUp(false); err != nil {
		t.Fatal(err)
	}
	w.inside(func() {
		group, err := OpenGroup(w.out.Name, 2, Options{})
		if err != nil {
			t.Logf("this kernel refuses: %v", err)
			if want := "ip link set out0 up"; !contains(err, want) {
				t.Errorf("error %v, want %q in it", err, want)
			}
			return
		}
		if err := w.out.SetUp(true); err != nil {
			t.Fatal(err)
		}
		w.out.WaitRunning(t, true)
		packets := traffic.Generate(1, []string{"dns", "web"}, 2)
		w.sender.Replay(packets, 0)
		var sum dataplane.Stats
		for _, s := range group {
			s.Stop()
			collect(t, s)
			sum.Received += s.Stats().Received
			s.Close()
		}
		if sum.Received != uint64(len(packets)) {
			t.Errorf("%d packets, want %d", sum.Received, len(packets))
		}
	})
}
