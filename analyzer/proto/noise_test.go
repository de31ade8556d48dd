package proto_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

// noise is a source of payloads that mean nothing.
type noise struct{ *rand.Rand }

// words are what texts of noise are made of.
var words = []string{"the", "GET", "quick", "brown", "name", "data", "OK", "id", "error", "a", "200", "12", "=", ":", "x"}

// payload returns one of several kinds of meaningless payload: bytes at random,
// also behind low ones or behind a counter, zeros, and words.
func (r noise) payload() []byte {
	d := make([]byte, 1+r.IntN(200))
	switch r.IntN(8) {
	case 0: // zeros stay
	case 1:
		return r.text(len(d))
	case 2:
		r.fill(d)
		for i := range d[:min(len(d), 8)] {
			d[i] = byte(r.IntN(16))
		}
	case 3:
		r.fill(d)
		copy(d, binary.BigEndian.AppendUint32(nil, r.Uint32N(1000)))
	default:
		r.fill(d)
	}
	return d
}

func (r noise) fill(d []byte) {
	for i := range d {
		d[i] = byte(r.Uint32())
	}
}

func (r noise) text(size int) (d []byte) {
	for len(d) < size {
		d = append(append(d, words[r.IntN(len(words))]...), " \n"[r.IntN(2)])
	}
	return d
}

// knownPorts returns the ports where any protocol is looked for first.
func knownPorts(reg *dpi.Registry) (ports []uint16) {
	for p := range reg.Protocols {
		for _, c := range p.Classifiers {
			ports = append(ports, c.Ports...)
		}
	}
	return ports
}

// unknownPort returns a port where no protocol is looked for first.
func (r noise) unknownPort(known []uint16) uint16 {
	for {
		if port := uint16(20000 + r.IntN(40000)); !slices.Contains(known, port) {
			return port
		}
	}
}

// TestNoise gives flows of meaningless payloads in both directions to all
// protocols, on ports of none and on theirs. None may claim more than one in
// twenty thousand (on ports of none, where chance takes two), nor all together
// more than a few.
func TestNoise(t *testing.T) {
	const elsewhere, expected = 60000, 30000 // flows
	reg, services := load(t)
	known := knownPorts(reg)
	for _, tcp := range []bool{false, true} {
		r := noise{rand.New(rand.NewPCG(1, 2))}
		x := newListener(t, reg, services, tcp)
		for range elsewhere {
			x.talk(r, r.unknownPort(known), r.unknownPort(known))
		}
		x.check(t, "ports of none", elsewhere, 2, 12)
		x = newListener(t, reg, services, tcp)
		for range expected {
			x.talk(r, r.unknownPort(known), known[r.IntN(len(known))])
		}
		x.check(t, "known ports", expected, 4, 24)
	}
}

// listener is a handler that counts what its flows turn out to be.
type listener struct {
	h       *dpi.Handler
	table   *session.Table
	tcp     bool
	now     int64
	flows   uint32
	ended   int
	claims  map[string]int
	example map[string]string // the latest claim of each protocol
	said    string            // in the current flow
}

func newListener(t *testing.T, reg *dpi.Registry, services dpi.Services, tcp bool) *listener {
	x := &listener{now: 1e18, tcp: tcp, claims: map[string]int{}, example: map[string]string{}}
	x.table = session.NewTable(session.Config{Max: 1 << 10, Timeouts: [4]int64{1, 1, 1, 1}, Ended: x.end})
	var err error
	if x.h, err = dpi.NewHandler(reg, x.table, dpi.Options{Services: services}); err != nil {
		t.Fatal(err)
	}
	return x
}

func (x *listener) end(s *session.Session) {
	x.h.EndFlow(&s.Flow)
	x.ended++
	if app := s.Flow.App(); len(app) > 0 {
		name := x.h.Registry().Name(app[0])
		x.claims[name]++
		x.example[name] = x.said
	}
}

// check compares the claims with what is allowed to one protocol and to all.
func (x *listener) check(t *testing.T, where string, flows, one, all int) {
	t.Helper()
	x.table.Close()
	if x.ended != flows {
		t.Fatalf("%s: %d of %d flows were seen", where, x.ended, flows)
	}
	total := 0
	for name, n := range x.claims {
		if total += n; n > one {
			t.Errorf("%s, TCP %t: %s claims %d of %d flows of noise, such as %s", where, x.tcp, name, n, flows, x.example[name])
		}
	}
	if total > all {
		t.Errorf("%s, TCP %t: %d of %d flows of noise are claimed: %v", where, x.tcp, total, flows, x.claims)
	}
}

// talk lets a flow of three packets of noise pass and end.
func (x *listener) talk(r noise, src, dst uint16) {
	x.flows++
	ends := [2]netip.AddrPort{
		netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(x.flows >> 16), byte(x.flows >> 8), byte(x.flows)}), src),
		netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), dst),
	}
	var seq [2]uint32
	x.said = fmt.Sprintf("port %d:", dst)
	for range 3 {
		payload := r.payload()
		dir := r.IntN(2)
		x.said += fmt.Sprintf(" %d:%x", dir, payload[:min(len(payload), 40)])
		x.packet(ends[dir], ends[dir^1], seq[dir], seq[dir^1], payload)
		seq[dir] += uint32(len(payload))
	}
	x.now += 2e9
	x.table.Advance(x.now)
}

func (x *listener) packet(from, to netip.AddrPort, seq, ack uint32, payload []byte) {
	proto, segment := byte(17), prototest.UDPDatagram(from.Port(), to.Port(), payload)
	if x.tcp {
		proto, segment = 6, prototest.TCPSegment(from.Port(), to.Port(), 1000+seq, 1000+ack, prototest.PSH|prototest.ACK, payload)
	}
	data := prototest.IP4(proto, from.Addr(), to.Addr(), segment)
	x.now += 1e6
	x.table.Advance(x.now)
	x.h.Process([]dataplane.Packet{{Data: data, Time: x.now, Len: uint32(len(data)), Link: dataplane.LinkIPv4}})
}
