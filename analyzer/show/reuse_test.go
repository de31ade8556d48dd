package show

import (
	"bufio"
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// reused is how many packets of each trace TestReuse looks at: enough for all
// but a few to be classified.
const reused = 500

// between is the time between two traces in TestReuse, ns: longer than anything
// is remembered.
const between = 100_000e9

// shower is a flowWriter whose handler may see several traces.
type shower struct {
	flowWriter
	table *session.Table
	out   bytes.Buffer
}

func newShower(t *testing.T) *shower {
	t.Helper()
	reg, services, err := proto.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &shower{}
	s.w = bufio.NewWriter(&s.out)
	s.table = session.NewTable(session.Config{Max: 1 << 14, Ended: s.flow})
	if s.h, err = dpi.NewHandler(reg, s.table, dpi.Options{Services: services}); err != nil {
		t.Fatal(err)
	}
	return s
}

// show returns the lines of the flows of packets, sorted.
func (s *shower) show(t *testing.T, packets []dataplane.Packet) []string {
	t.Helper()
	s.out.Reset()
	for i := range packets {
		s.table.Advance(packets[i].Time)
		s.h.Process(packets[i : i+1])
	}
	s.table.Close()
	if err := s.w.Flush(); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(strings.Lines(s.out.String()))
}

// beginning returns copies of the first packets of a trace, the first at time
// start.
func beginning(t *testing.T, file string, start int64) (packets []dataplane.Packet) {
	t.Helper()
	src, err := pcapfile.Open(file, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	h := &head{Source: src, left: reused}
	err = Run(h, func(b *dataplane.Burst) {
		for _, p := range b.Packets[:b.N] {
			p.Data = slices.Clone(p.Data)
			packets = append(packets, p)
		}
	})
	if !h.sound(err) {
		t.Fatal(err)
	}
	for i, first := 0, packets[0].Time; i < len(packets); i++ {
		packets[i].Time += start - first
	}
	return packets
}

// TestReuse holds that a handler that has seen other traces shows the same flows
// as a new one: nothing of a flow is left when it has ended.
func TestReuse(t *testing.T) {
	dpi.LetPanicsThrough()
	old, now := newShower(t), int64(1e18)
	for _, file := range traces(t) {
		packets := beginning(t, file, now)
		want, got := newShower(t).show(t, packets), old.show(t, packets)
		if !slices.Equal(got, want) {
			t.Errorf("%s: after other traces\n%s\nalone\n%s", filepath.Base(file), missing(got, want), missing(want, got))
		}
		for i := range packets {
			now = max(now, packets[i].Time)
		}
		now += between
	}
}

// missing returns the lines of a that b lacks.
func missing(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(line string) bool { return slices.Contains(b, line) })
}
