package analyzer

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"mmt/bench/traffic"
	"mmt/dataplane"
)

// kernel is a model of where bypassed flows are counted: it withholds packets
// from the worker. Its clock is that of the packets.
type kernel struct {
	mu       sync.Mutex
	places   []kernelFlow
	free     []uint32
	draining []uint32
	index    map[BypassFlow]uint32
	refuse   bool // Remove and Collect fail
	withheld uint64
	adds     int
}

type kernelFlow struct {
	flow    BypassFlow
	counted [2]BypassTraffic
	live    bool
}

func newKernel(places int) *kernel {
	k := &kernel{places: make([]kernelFlow, places), index: map[BypassFlow]uint32{}}
	for i := range places {
		k.free = append(k.free, uint32(places-1-i))
	}
	return k
}

var errKernel = errors.New("the kernel does not want to")

// key is the flow in an order of its ends.
func key(f BypassFlow) BypassFlow {
	if f.B.Compare(f.A) < 0 {
		f.A, f.B = f.B, f.A
	}
	return f
}

func (k *kernel) Len() int { return len(k.places) }

func (k *kernel) Add(f BypassFlow) (uint32, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known := slices.ContainsFunc(k.places, func(x kernelFlow) bool { return x.live && key(x.flow) == key(f) })
	if known || len(k.free) == 0 {
		return 0, errKernel
	}
	place := k.free[len(k.free)-1]
	k.free = k.free[:len(k.free)-1]
	k.places[place] = kernelFlow{flow: f, live: true}
	k.index[key(f)] = place
	k.adds++
	return place, nil
}

func (k *kernel) Read(place uint32) [2]BypassTraffic {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.places[place].counted
}

func (k *kernel) Remove(place uint32) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refuse {
		return errKernel
	}
	if x := &k.places[place]; x.live {
		x.live = false
		if k.index[key(x.flow)] == place {
			delete(k.index, key(x.flow))
		}
		k.draining = append(k.draining, place)
	}
	return nil
}

func (k *kernel) Collect(visit func(uint32, [2]BypassTraffic)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refuse {
		return errKernel
	}
	for _, place := range k.draining {
		visit(place, k.places[place].counted)
		k.places[place].counted = [2]BypassTraffic{} // garbage to whoever reads on
		k.free = append(k.free, place)
	}
	k.draining = k.draining[:0]
	return nil
}

// tcpEvents are SYN, FIN and RST.
const tcpEvents = 7

// passes judges a packet as the program in the kernel does.
func (k *kernel) passes(p *traffic.Packet) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	flow, data, flags, ok := outside(p.Data)
	if !ok {
		return true
	}
	place, known := k.index[key(flow)]
	if !known || flags&tcpEvents != 0 {
		delete(k.index, key(flow))
		return true
	}
	x := &k.places[place]
	end := 0
	if x.flow.A != flow.A {
		end = 1
	}
	c := &x.counted[end]
	c.Packets++
	c.Bytes += uint64(len(p.Data))
	c.Data += uint64(data)
	c.Last = p.Time
	k.withheld++
	return false
}

// outside reads the outer headers of a frame that is no fragment.
func outside(b []byte) (flow BypassFlow, data int, flags byte, ok bool) {
	at := 12
	for at+18 < len(b) && slices.Contains([]uint16{0x8100, 0x88a8}, binary.BigEndian.Uint16(b[at:])) {
		at += 4
	}
	ip := b[at+2:]
	var src, dst netip.Addr
	switch binary.BigEndian.Uint16(b[at:]) {
	case 0x0800:
		if binary.BigEndian.Uint16(ip[6:])&0x3fff != 0 {
			return
		}
		src, _ = netip.AddrFromSlice(ip[12:16])
		dst, _ = netip.AddrFromSlice(ip[16:20])
		flow.Protocol = ip[9]
		ip = ip[int(ip[0]&15)*4 : binary.BigEndian.Uint16(ip[2:])]
	case 0x86dd:
		src, _ = netip.AddrFromSlice(ip[8:24])
		dst, _ = netip.AddrFromSlice(ip[24:40])
		flow.Protocol = ip[6]
		ip = ip[40 : 40+binary.BigEndian.Uint16(ip[4:])]
	default:
		return
	}
	header := 8
	switch {
	case flow.Protocol == 6 && len(ip) >= 20:
		header, flags = int(ip[12]>>4)*4, ip[13]
	case flow.Protocol != 17 || len(ip) < 8:
		return
	}
	flow.A = netip.AddrPortFrom(src, binary.BigEndian.Uint16(ip))
	flow.B = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(ip[2:]))
	return flow, len(ip) - header, flags, true
}

// end of a conversation in test traffic.
type talk struct {
	a, b  netip.AddrPort
	vlan  bool
	seq   [2]uint32
	add   func([]byte)
	proto uint8
}

// say sends a packet: side 0 is a.
func (x *talk) say(side int, flags byte, payload []byte) {
	from, to := x.a, x.b
	if side == 1 {
		from, to = to, from
	}
	var t []byte
	t = binary.BigEndian.AppendUint16(t, from.Port())
	t = binary.BigEndian.AppendUint16(t, to.Port())
	if x.proto == 17 {
		t = binary.BigEndian.AppendUint16(t, uint16(8+len(payload)))
		t = append(t, 0, 0)
	} else {
		t = binary.BigEndian.AppendUint32(t, x.seq[side])
		t = binary.BigEndian.AppendUint32(t, x.seq[1-side])
		t = append(t, 5<<4, flags, 255, 255, 0, 0, 0, 0)
		x.seq[side] += uint32(len(payload))
		if flags&3 != 0 {
			x.seq[side]++
		}
	}
	x.add(frameOf(from.Addr(), to.Addr(), x.proto, x.vlan, append(t, payload...)))
}

func frameOf(from, to netip.Addr, proto uint8, vlan bool, payload []byte) []byte {
	b := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	if vlan {
		b = append(b, 0x81, 0, 0, 5)
	}
	if from.Is4() {
		b = append(b, 8, 0, 0x45, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(20+len(payload)))
		b = append(b, 0, 0, 0, 0, 64, proto, 0, 0)
	} else {
		b = append(b, 0x86, 0xdd, 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
		b = append(b, proto, 64)
	}
	b = append(append(b, from.AsSlice()...), to.AsSlice()...)
	return append(b, payload...)
}

// Flags of TCP as talks say them.
const (
	fin    = 1
	syn    = 2
	rst    = 4
	ack    = 16
	synAck = syn | ack
	finAck = fin | ack
)

// conversation is what two ends say, step by step.
type conversation []func()

// tcpTalk makes a connection that says opening, then data back and forth, and
// ends as the last flags tell: fin, rst or 0 for not at all. Its ends may be used
// again by another connection.
func tcpTalk(x *talk, r *rand.Rand, opening string, n int, end byte) (list conversation) {
	do := func(side int, flags byte, payload []byte) {
		list = append(list, func() { x.say(side, flags, payload) })
	}
	list = append(list, func() { x.seq = [2]uint32{r.Uint32(), r.Uint32()} })
	do(0, syn, nil)
	do(1, synAck, nil)
	do(0, ack, nil)
	do(0, ack, []byte(opening))
	do(1, ack, []byte(opening))
	for range n {
		if r.IntN(3) == 0 {
			do(0, ack, nil)
		} else {
			do(r.IntN(2), ack, make([]byte, 1+r.IntN(1400)))
		}
	}
	switch end {
	case fin:
		do(1, finAck, nil)
		do(0, finAck, nil)
		do(1, ack, nil)
	case rst:
		do(0, rst, nil)
	}
	return list
}

func udpTalk(x *talk, r *rand.Rand, n int, oneWay bool) (list conversation) {
	for i := range n {
		side := 0
		if !oneWay || i > n-n/4 {
			side = r.IntN(2)
		}
		list = append(list, func() { x.say(side, 0, append([]byte{0xee, 0xdd}, make([]byte, r.IntN(500))...)) })
	}
	return list
}

// elephants is a trace of sessions most of which can be bypassed. It lasts some
// minutes, and has silences that are longer than timeouts.
func elephants(seed uint64) (packets []traffic.Packet) {
	r := rand.New(rand.NewPCG(seed, 1))
	now := int64(1_700_000_000e9)
	add := func(b []byte) {
		now += 1e6 * (1 + r.Int64N(40))
		packets = append(packets, traffic.Packet{Time: now, Data: b})
	}
	var all []conversation
	for i := range 24 {
		x := &talk{
			a: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 9}), uint16(40000+i)),
			b: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), byte(r.IntN(20))}), 7001), vlan: i%5 == 0, add: add, proto: 6,
		}
		if i%7 == 3 {
			x.a = netip.AddrPortFrom(netip.MustParseAddr("2001:db8::7"), uint16(40000+i))
			x.b = netip.AddrPortFrom(netip.MustParseAddr("2001:db8::1"), 7001)
		}
		switch i % 4 {
		case 0:
			x.proto = 17
			all = append(all, udpTalk(x, r, 20+r.IntN(400), i%8 == 0))
			continue
		case 1:
			x.b = netip.AddrPortFrom(x.b.Addr(), 22)
			all = append(all, tcpTalk(x, r, "SSH-2.0-OpenSSH_9.0\r\n", r.IntN(400), fin))
			continue
		}
		one := tcpTalk(x, r, "what nobody knows", r.IntN(400), []byte{fin, rst, fin, 0}[r.IntN(4)])
		again := &talk{a: x.a, b: x.b, vlan: x.vlan, add: add, proto: 6}
		if r.IntN(2) == 0 {
			again.a, again.b = x.b, x.a
		}
		all = append(all, append(one, tcpTalk(again, r, "and again", r.IntN(200), fin)...))
	}
	for left := true; left; {
		left = false
		if r.IntN(150) == 0 {
			now += int64(r.IntN(90)) * second
		}
		i := r.IntN(len(all))
		for j := range all {
			x := &all[(i+j)%len(all)]
			for range r.IntN(20) {
				if len(*x) > 0 {
					left = true
					(*x)[0]()
					*x = (*x)[1:]
				}
			}
		}
		left = left || slices.ContainsFunc(all, func(c conversation) bool { return len(c) > 0 })
	}
	return packets
}

// documented are the fields of report 100, counted from 1, that may differ for
// bypassed sessions: the number of active sessions, the session's number, and
// what is measured by sequence numbers.
var documented = []int{9, 24, 31, 32, 33, 34, 35, 36, 37, 38}

// comparable returns report lines without the documented fields, sorted.
func comparable100(text string) (list []string) {
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if fields[0] == "100" {
			for _, i := range documented {
				fields[i-1] = "-"
			}
		}
		list = append(list, strings.Join(fields, ","))
	}
	slices.Sort(list)
	return list
}

// packetOf returns a packet as a source gives it.
func packetOf(p *traffic.Packet) dataplane.Packet {
	return dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet}
}

// directions adds up the reports of each direction between two ends.
func directions(text string) map[BypassFlow]BypassTraffic {
	all := map[BypassFlow]BypassTraffic{}
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if f[0] != "100" {
			continue
		}
		client, server := netip.MustParseAddr(strings.Trim(f[19], `"`)), netip.MustParseAddr(strings.Trim(f[20], `"`))
		flow := BypassFlow{A: netip.AddrPortFrom(client, uint16(atoi(f[25]))), B: netip.AddrPortFrom(server, uint16(atoi(f[24]))), Protocol: 17}
		if strings.Contains("."+strings.Trim(f[6], `"`)+".", ".354.") {
			flow.Protocol = 6
		}
		for i := range 2 {
			n := all[flow]
			n.Bytes += uint64(atoi(f[12+3*i]))
			n.Data += uint64(atoi(f[13+3*i]))
			n.Packets += uint64(atoi(f[14+3*i]))
			if n.Packets > 0 {
				all[flow] = n
			}
			flow.A, flow.B = flow.B, flow.A
		}
	}
	return all
}
