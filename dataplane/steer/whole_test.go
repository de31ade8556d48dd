package steer_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/session"
	"mmt/dataplane"
	"mmt/dataplane/steer"
)

const seed = 0x5eed

// counts of analyzers that are tried.
var numbers = [...]int{2, 3, 8}

// choice is how sessions are made.
type choice struct {
	layer      int
	defragment bool
}

func (c choice) String() string { return fmt.Sprintf("layer %d, defragment %t", c.layer, c.defragment) }

func choices() (all []choice) {
	for layer := range 5 {
		all = append(all, choice{layer, false}, choice{layer, true})
	}
	return all
}

// places remembers where the packets of things went.
type places map[any][len(numbers)]int

// note returns for how many numbers of analyzers a thing was whole so far and is
// not any more.
func (p places) note(thing any, to [len(numbers)]int) (split int) {
	was, ok := p[thing]
	if !ok {
		p[thing] = to
		return 0
	}
	for i := range to {
		if was[i] >= 0 && was[i] != to[i] {
			was[i] = -1
			split++
		}
	}
	p[thing] = was
	return split
}

// result tells what was seen in a trace.
type result struct {
	packets, fragments         int
	deep                       bool // there are packets with several IP layers
	sessions, datagrams        places
	splitSession, splitPackage int            // counted once for each number of analyzers
	where                      map[string]int // packets that split a session, by path
	differ                     map[string]int // packets not steered by the tuple of their session, by path
	strays                     uint64
}

// datagram identifies what fragments are of.
type datagram struct {
	src, dst [16]byte
	id       uint32
	proto    uint8
}

// datagramOf reads the datagram that an IP layer is a fragment of.
func datagramOf(p *dpi.Packet, t *dpi.Tuple) datagram {
	d := datagram{src: t.Src, dst: t.Dst}
	b := p.LayerBytes(int(t.Layer))
	if !t.V6 {
		d.id, d.proto = uint32(binary.BigEndian.Uint16(b[4:])), b[9]
		return d
	}
	next, at := b[6], 40
	for next != 44 && at+8 <= len(b) {
		next, at = b[at], at+8+int(b[at+1])*8
	}
	if at+8 <= len(b) {
		d.id = binary.BigEndian.Uint32(b[at+4:])
	}
	return d
}

// examine takes a trace through the dissectors and a session table, and through
// Steers of all numbers of analyzers.
func examine(t *testing.T, tr trace, c choice) *result {
	t.Helper()
	r := &result{sessions: places{}, datagrams: places{}, where: map[string]int{}, differ: map[string]int{}}
	steers := [len(numbers)]*steer.Steer{}
	for i, n := range numbers {
		steers[i] = newSteer(t, c, n)
	}
	table := session.NewTable(session.Config{Max: 1 << 14})
	h := newHandler(t, c, table)
	var to [len(numbers)]int
	var hash uint64
	err := h.AddPacketHandler(1, func(p *dpi.Packet) { r.see(p, to, hash, c) })
	if err != nil {
		t.Fatal(err)
	}
	plain := newSteer(t, choice{c.layer, false}, 2)
	for i := range tr.packets {
		for j := range steers {
			to[j] = steers[j].To(&tr.packets[i])
		}
		hash = plain.Hash(&tr.packets[i])
		table.Advance(tr.packets[i].Time)
		h.Process(tr.packets[i : i+1])
	}
	r.strays = steers[0].Stats().Strays
	return r
}

// see notes a packet.
func (r *result) see(p *dpi.Packet, to [len(numbers)]int, hash uint64, c choice) {
	r.packets++
	r.deep = r.deep || len(p.Tuples()) > 1
	for i := range p.Tuples() {
		if tuple := &p.Tuples()[i]; tuple.Part {
			r.fragments++
			r.splitPackage += r.datagrams.note(datagramOf(p, tuple), to)
		}
	}
	if tuple := p.Tuple(); tuple != nil && !c.defragment && isRead(p) && steer.HashOf(tuple.Src, tuple.Dst, seed) != hash {
		r.differ[path(p)]++
	}
	if p.Flow != nil {
		if n := r.sessions.note(p.Flow.ID, to); n > 0 {
			r.splitSession += n
			r.where[path(p)]++
		}
	}
}

// isRead tells whether a packet has only headers that are read here as well, and
// none of a tunnel that shows no IP but stands in the way of another one.
func isRead(p *dpi.Packet) bool {
	if p.Link == dataplane.LinkPPI {
		return false
	}
	for _, l := range p.Layers() {
		switch l.Proto {
		case id.Radiotap, id.Ieee80211, id.Ieee802154, id.Sixlowpan, id.L2tpv3, id.Gtpv2, id.GtpPrime:
			return false
		}
	}
	return true
}

// path returns the path of a packet as text.
func path(p *dpi.Packet) string {
	var names []string
	for _, id := range p.AppendPath(nil) {
		names = append(names, p.Handler().Registry().Name(id))
	}
	return strings.Join(names, ".")
}

// registry loads the protocols once.
var registry = sync.OnceValues(func() (*dpi.Registry, error) {
	reg, _, err := proto.Load()
	return reg, err
})

func newSteer(t testing.TB, c choice, n int) *steer.Steer {
	t.Helper()
	s, err := steer.New(steer.Options{Analyzers: n, Layer: c.layer, Defragment: c.defragment, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newHandler(t testing.TB, c choice, table *session.Table) *dpi.Handler {
	t.Helper()
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	options := dpi.Options{Encapsulation: dpi.Encapsulation(c.layer)}
	if c.defragment {
		options.Defragmenter = table
	}
	var sessions dpi.SessionTable
	if table != nil {
		sessions = table
	}
	h, err := dpi.NewHandler(reg, sessions, options)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestWhole checks on generated traffic that no session is split, and with
// defragmentation no datagram either.
func TestWhole(t *testing.T) {
	for _, tr := range generated() {
		for _, c := range choices() {
			r := examine(t, tr, c)
			if r.packets != len(tr.packets) || len(r.sessions) < 100 || tr.name == "scenarios" && len(r.datagrams) == 0 {
				t.Fatalf("%s: %v: %d packets, %d sessions, %d datagrams: nothing to judge", tr.name, c, r.packets, len(r.sessions), len(r.datagrams))
			}
			check(t, tr, c, r)
		}
	}
}

// TestCorpus does the same with real traffic.
func TestCorpus(t *testing.T) {
	total, layered := 0, 0
	corpus(t, func(tr trace) {
		first := choice{}
		r := examine(t, tr, first)
		check(t, tr, first, r)
		total++
		if !r.deep && r.fragments == 0 {
			return // the other choices are the same
		}
		layered++
		for _, c := range choices()[1:] {
			check(t, tr, c, examine(t, tr, c))
		}
	})
	t.Logf("%d traces, %d of them with fragments or several IP layers", total, layered)
}

func check(t *testing.T, tr trace, c choice, r *result) {
	t.Helper()
	if r.splitSession > 0 {
		t.Errorf("%s: %v: of %d sessions %d are split: %v", tr.name, c, len(r.sessions), r.splitSession, r.where)
	}
	if r.splitPackage > 0 || r.strays > 0 {
		t.Errorf("%s: %v: of %d datagrams %d are split, %d strayed", tr.name, c, len(r.datagrams), r.splitPackage, r.strays)
	}
	for path, n := range r.differ {
		t.Errorf("%s: %v: %d packets of %s are not steered by what keys their session", tr.name, c, n, path)
	}
}
