package analyzer

import (
	"fmt"
	"hash/maphash"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/proto/application"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
	"mmt/dataplane/steer"
)

// team is analyzers that share the packets of a stream, on one thread: each is a
// handler with a listener, as workers have them.
type team struct {
	steer   *steer.Steer
	heralds *Heralds
	members []member
	number  uint64
	heard   int
	packets []finding
	ends    map[uint64]finding // what sessions were in the end, by their numbers
}

type member struct {
	handler  *dpi.Handler
	table    *session.Table
	listener *listener
}

// finding is what became of a packet or of a session: its session, the protocols
// above its transport, and a hash of all that was found.
type finding struct {
	session uint64
	app     [dpi.MaxAppPath]dpi.ProtocolID
	all     uint64
}

var findingSeed = maphash.MakeSeed()

func findingOf(h *dpi.Handler, f *dpi.Flow, path []dpi.ProtocolID) (x finding) {
	x.session = f.ID
	copy(x.app[:], f.App())
	text := fmt.Sprint(path, f.App(), f.Class(), string(h.Store.Bytes(f.Host)), f.Packets, f.Data)
	if transfer := application.FTPOf(h, f); transfer != nil {
		text += fmt.Sprintf("%+v", *transfer)
	}
	x.all = maphash.String(findingSeed, text)
	return x
}

// loaded is the registry and the services of all teams.
var loaded = sync.OnceValues(func() (x struct {
	reg      *dpi.Registry
	services dpi.Services
}, err error) {
	x.reg, x.services, err = proto.Load()
	return x, err
})

func protocols(t testing.TB) (*dpi.Registry, dpi.Services) {
	t.Helper()
	x, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return x.reg, x.services
}

// teamChoice is how sessions are made.
type teamChoice struct {
	layer      dpi.Encapsulation
	defragment bool
	alone      bool // without listeners: a handler learns for itself
}

func newTeam(t testing.TB, n int, c teamChoice) *team {
	t.Helper()
	reg, services := protocols(t)
	err := reg.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	g := &team{heralds: NewHeralds(reg, c.defragment), members: make([]member, n), ends: map[uint64]finding{}}
	g.steer, err = steer.New(steer.Options{Analyzers: n, Layer: int(c.layer), Defragment: c.defragment, Seed: 11})
	if err != nil {
		t.Fatal(err)
	}
	for i := range g.members {
		m := &g.members[i]
		o := Options{Defragment: c.defragment, Dissection: dpi.Options{Services: services, Encapsulation: c.layer}}
		if m.listener, err = newListener(reg, &o); err != nil {
			t.Fatal(err)
		}
		if c.alone {
			m.listener, o.Dissection.Knowledge = nil, nil
		}
		m.table = session.NewTable(session.Config{Max: 1 << 14, Shared: true, Ended: func(s *session.Session) { g.ended(m.handler, s) }})
		if c.defragment {
			o.Dissection.Defragmenter = m.table
		}
		if m.handler, err = dpi.NewHandler(reg, m.table, o.Dissection); err != nil {
			t.Fatal(err)
		}
		if err = m.handler.AddPacketHandler(1, g.see); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func (g *team) see(p *dpi.Packet) {
	x := finding{}
	if p.Flow != nil {
		x = findingOf(p.Handler(), p.Flow, p.AppendPath(nil))
	}
	g.packets = append(g.packets, x)
}

func (g *team) ended(h *dpi.Handler, s *session.Session) {
	h.Conclude(&s.Flow)
	g.ends[s.ID] = findingOf(h, &s.Flow, h.Path(s.PathOf(dpi.Up)))
	h.EndFlow(&s.Flow)
}

// burst shares the packets of a burst.
func (g *team) burst(b *dataplane.Burst) {
	var to [dataplane.BurstSize]uint8
	var at steer.Places
	g.steer.BurstAt(b, &to, &at)
	marks := g.heralds.Mark(b, &at)
	for i := range b.Packets[:b.N] {
		packet := b.Packets[i : i+1]
		g.number++
		for k := range g.members {
			m := &g.members[k]
			m.table.Advance(packet[0].Time)
			if marks>>i&1 != 0 && m.listener != nil {
				g.heard++
				if int(to[i]) != k { // one's own heralds are not listened to: see Worker.pass
					m.listener.listen(packet, g.number)
				}
			}
			if int(to[i]) == k {
				m.handler.ProcessAt(g.number, inOrder[:1], packet)
			}
		}
	}
}

// close ends all sessions.
func (g *team) close() {
	for i := range g.members {
		g.members[i].table.Close()
	}
}

// same fails the test where two teams have found different things, and forgets
// these.
func same(t *testing.T, name string, one, many *team) {
	t.Helper()
	one.close()
	many.close()
	if len(one.packets) != len(many.packets) || len(one.ends) != len(many.ends) {
		t.Fatalf("%s: %d packets and %d sessions of one analyzer, %d and %d of %d",
			name, len(one.packets), len(one.ends), len(many.packets), len(many.ends), len(many.members))
	}
	for i, x := range one.packets {
		if y := many.packets[i]; x != y {
			t.Errorf("%s: packet %d: one analyzer finds %v, %d find %v", name, i+1, one.text(x), len(many.members), many.text(y))
			break
		}
	}
	for number, x := range one.ends {
		if y := many.ends[number]; x != y {
			t.Errorf("%s: session %d: one analyzer finds %v, %d find %v", name, number, one.text(x), len(many.members), many.text(y))
		}
	}
	for _, g := range []*team{one, many} {
		g.packets = g.packets[:0]
		clear(g.ends)
	}
}

// text names what was found.
func (g *team) text(x finding) string {
	text := fmt.Sprintf("session %d", x.session)
	for _, id := range x.app {
		if id != 0 {
			text += " " + g.members[0].handler.Registry().Name(id)
		}
	}
	return text
}

// bursts gives packets to a team.
func (g *team) bursts(packets []dataplane.Packet) {
	for chunk := range slices.Chunk(packets, dataplane.BurstSize) {
		var b dataplane.Burst
		b.N = copy(b.Packets[:], chunk)
		g.burst(&b)
	}
}

// TestSharedTraffic: generated traffic is found to be the same by any number of
// analyzers.
func TestSharedTraffic(t *testing.T) {
	for i, c := range []teamChoice{{}, {layer: dpi.First}, {defragment: true}} {
		packets := onEthernet(append(traffic.Generate(7, nil, 2), traffic.Mixed(7, 500)...))
		for _, n := range []int{2, 3 + i%2} {
			one, many := newTeam(t, 1, c), newTeam(t, n, c)
			one.bursts(packets)
			many.bursts(packets)
			if one.heard == 0 || many.heard != n*one.heard {
				t.Fatalf("%d heralds of one analyzer, %d of %d", one.heard, many.heard, n)
			}
			same(t, fmt.Sprintf("%+v", c), one, many)
		}
	}
}

func onEthernet(list []traffic.Packet) []dataplane.Packet {
	packets := make([]dataplane.Packet, len(list))
	for i, p := range list {
		packets[i] = dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet}
	}
	return packets
}

// replay gives a trace to teams, up to its end or to where it is damaged.
func replay(t *testing.T, file string, teams ...*team) {
	t.Helper()
	src, err := pcapfile.Open(file, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for err == nil {
		var b dataplane.Burst
		err = src.Receive(&b)
		for _, g := range teams {
			g.burst(&b)
		}
		src.Release(&b)
	}
}

// TestSharedCorpus does the same with real traffic, one trace after the other, and
// an analyzer that is alone and has no listener.
func TestSharedCorpus(t *testing.T) {
	pattern := filepath.Join("..", "..", "shared", "corpus", "*", "pcap", "*")
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Skipf("no traces at %s beside the repository: nothing to run on", pattern)
	}
	compareCorpus(t, files, newTeam(t, 1, teamChoice{defragment: true, alone: true}))
}

// compareCorpus compares a team of one with one of three.
func compareCorpus(t *testing.T, files []string, one *team) {
	t.Helper()
	many := newTeam(t, 3, teamChoice{defragment: true})
	for _, file := range files {
		if s, err := os.Stat(file); err != nil || !s.Mode().IsRegular() {
			continue
		}
		replay(t, file, one, many)
		same(t, filepath.Base(file), one, many)
	}
	if many.heard == 0 {
		t.Error("no heralds: nothing was judged")
	}
	t.Logf("%d heralds of %d packets", many.heard/len(many.members), many.number)
}

// TestListenerAllocatesNothing: once a listener has what it needs, packets cost no
// memory.
func TestListenerAllocatesNothing(t *testing.T) {
	reg, services := protocols(t)
	l, err := newListener(reg, &Options{Defragment: true, Dissection: dpi.Options{Services: services}})
	if err != nil {
		t.Fatal(err)
	}
	packets := heraldsAmong(t, onEthernet(append(traffic.Generate(7, nil, 3), traffic.Mixed(7, 500)...)))
	number, last := uint64(0), packets[len(packets)-1].Time+1e9-packets[0].Time
	round := func() {
		for i := range packets {
			number++
			l.listen(packets[i:i+1], number)
			packets[i].Time += last
		}
	}
	for range 20 {
		round()
	}
	if n := testing.AllocsPerRun(5, round); n != 0 {
		t.Errorf("%v allocations for %d packets", n, len(packets))
	}
}

// heraldsAmong returns the heralds of a list of packets.
func heraldsAmong(t testing.TB, packets []dataplane.Packet) (list []dataplane.Packet) {
	t.Helper()
	g := newTeam(t, 1, teamChoice{defragment: true})
	for i := range packets {
		var to [dataplane.BurstSize]uint8
		var at steer.Places
		b := dataplane.Burst{N: 1}
		b.Packets[0] = packets[i]
		g.steer.BurstAt(&b, &to, &at)
		if g.heralds.Mark(&b, &at) != 0 {
			list = append(list, packets[i])
		}
	}
	if len(list) == 0 {
		t.Fatal("no heralds among the packets")
	}
	return list
}

// BenchmarkMark tells heralds from others; the time is that of one packet.
func BenchmarkMark(b *testing.B) {
	packets := onEthernet(traffic.Mixed(7, 100))
	g := newTeam(b, 1, teamChoice{})
	burst := dataplane.Burst{N: dataplane.BurstSize}
	var to [dataplane.BurstSize]uint8
	var at steer.Places
	var marks uint64
	copy(burst.Packets[:], packets)
	g.steer.BurstAt(&burst, &to, &at)
	b.ResetTimer()
	for k := 0; k < b.N; k += burst.N {
		marks |= g.heralds.Mark(&burst, &at)
	}
	b.ReportMetric(float64(bits.OnesCount64(marks)), "heralds")
}

// BenchmarkListen hears heralds; the time is that of one packet.
func BenchmarkListen(b *testing.B) {
	reg, services := protocols(b)
	l, err := newListener(reg, &Options{Dissection: dpi.Options{Services: services}})
	if err != nil {
		b.Fatal(err)
	}
	packets := heraldsAmong(b, onEthernet(traffic.Mixed(7, 500)))
	b.ResetTimer()
	for k := range b.N {
		i := k % len(packets)
		l.listen(packets[i:i+1], uint64(k+1))
		packets[i].Time += 60e9
	}
}

// FuzzListen hears any packet that is taken for a herald: nothing may panic, and
// without room for an IP header it is none.
func FuzzListen(f *testing.F) {
	var s script
	for _, p := range plays {
		p.tell(&s, castOf(1))
	}
	for _, p := range s.packets {
		f.Add(p.Data, uint16(p.Link))
	}
	g := newTeam(f, 2, teamChoice{defragment: true})
	f.Fuzz(func(t *testing.T, data []byte, link uint16) {
		heard := g.heard
		b := dataplane.Burst{N: 1}
		b.Packets[0] = dataplane.Packet{Data: data, Len: uint32(len(data)), Link: dataplane.LinkType(link), Time: int64(g.number+1) * 1e6}
		g.burst(&b)
		if len(data) < 20 && g.heard > heard {
			t.Error("a packet without room for an IP header is a herald")
		}
		for _, m := range g.members {
			if n := len(m.listener.handler.Panics()); n != 0 {
				t.Errorf("protocols that panicked: %v", m.listener.handler.Panics())
			}
		}
		g.packets = g.packets[:0]
		clear(g.ends)
	})
}
