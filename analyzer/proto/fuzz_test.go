package proto_test

import (
	"encoding/binary"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
)

// links are the link types that a fuzzed packet may have, chosen by its first
// byte.
var links = []dataplane.LinkType{
	dataplane.LinkEthernet, dataplane.LinkNull, dataplane.LinkPPP, dataplane.LinkPPPHDLC, dataplane.LinkPPPoE,
	dataplane.LinkRaw, dataplane.LinkCHDLC, dataplane.Link80211, dataplane.LinkLoop, dataplane.LinkSLL,
	dataplane.LinkRadiotap, dataplane.LinkPPI, dataplane.Link802154, dataplane.LinkIPv4, dataplane.LinkIPv6,
	dataplane.Link802154NoFCS, dataplane.LinkSLL2,
}

// harness is a handler that does everything a handler can: it tracks all
// protocols and extracts every attribute of every layer.
type harness struct {
	h     *dpi.Handler
	table *session.Table
	now   int64
}

// newHarness makes a harness whose handler puts fragments together or not.
func newHarness(tb testing.TB, reg *dpi.Registry, services dpi.Services, defragment bool) *harness {
	x := &harness{now: 1e18}
	x.table = session.NewTable(session.Config{Max: 1 << 8, Reassembly: true, Ended: func(s *session.Session) { x.h.EndFlow(&s.Flow) }})
	options := dpi.Options{Services: services, StoreLimit: 1 << 24}
	if defragment {
		options.Defragmenter = x.table
	}
	var err error
	if x.h, err = dpi.NewHandler(reg, x.table, options); err != nil {
		tb.Fatal(err)
	}
	for p := range reg.Protocols {
		if p.Track != nil {
			x.h.TrackProtocol(p.ID)
		}
	}
	if err := x.h.AddPacketHandler(1, x.extract); err != nil {
		tb.Fatal(err)
	}
	return x
}

// load makes the registry of all protocols.
func load(tb testing.TB) (*dpi.Registry, dpi.Services) {
	reg, services, err := proto.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return reg, services
}

// extract reads every attribute of every layer.
func (x *harness) extract(p *dpi.Packet) {
	var text []byte
	for layer, l := range p.Layers() {
		x.h.Registry().Attributes(l.Proto, func(a *dpi.Attribute) bool {
			var v dpi.Value
			if a.Extract(p, layer, &v) {
				text = v.AppendText(text[:0])
			}
			return true
		})
	}
}

// feed takes records of a link type (1 byte), a length (2 bytes) and a packet.
func (x *harness) feed(data []byte) {
	for len(data) >= 3 {
		link := links[int(data[0])%len(links)]
		n := min(int(binary.BigEndian.Uint16(data[1:])), len(data)-3)
		x.now += 1e6
		x.table.Advance(x.now)
		x.h.Process([]dataplane.Packet{{Data: data[3 : 3+n], Time: x.now, Len: uint32(n), Link: link}})
		data = data[3+n:]
	}
	x.table.Close()
}

// record makes the fuzzer's form of packets.
func record(packets []traffic.Packet) []byte {
	var data []byte
	for _, p := range packets {
		data = append(data, 0, byte(len(p.Data)>>8), byte(len(p.Data)))
		data = append(data, p.Data...)
	}
	return data
}

// FuzzDissect takes arbitrary packets through every dissector, classifier,
// tracker and attribute. Nothing may panic or hang. Each input has a handler of
// its own (a third of a millisecond): with one for all, what an input does would
// depend on those before, and the fuzzer would spend its time on making inputs
// smaller that never do the same twice.
func FuzzDissect(f *testing.F) {
	dpi.LetPanicsThrough()
	reg, services := load(f)
	for _, s := range traffic.Scenarios() {
		packets := traffic.Generate(1, []string{s.Name}, 1)
		f.Add(record(packets[:min(len(packets), 40)]))
	}
	f.Add(record(telemetrySeeds()))
	for i := range links {
		f.Add([]byte{byte(i), 0, 4, 0x45, 0, 0, 20})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		newHarness(t, reg, services, len(data) > 0 && data[0] >= 128).feed(data)
	})
}

// TestMutations does a little of what the fuzzer does on every test run: the
// generated traffic with bytes flipped, packets cut and payloads moved.
func TestMutations(t *testing.T) {
	dpi.LetPanicsThrough()
	reg, services := load(t)
	harnesses := []*harness{newHarness(t, reg, services, false), newHarness(t, reg, services, true)}
	state := uint32(1)
	next := func(n int) int {
		state = state*1664525 + 1013904223
		return int(state>>8) % n
	}
	for _, s := range traffic.Scenarios() {
		for _, p := range traffic.Generate(2, []string{s.Name}, 1) {
			data := append([]byte{0, byte(len(p.Data) >> 8), byte(len(p.Data))}, p.Data...)
			for range 3 {
				data[3+next(len(p.Data))] = byte(next(256))
			}
			for _, x := range harnesses {
				x.feed(data)
				x.feed(data[:3+next(len(p.Data))])
			}
		}
	}
}
