package afxdp

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/bpf"
	"mmt/dataplane"
	"mmt/dataplane/netnstest"
	"mmt/dataplane/pcapfile"
)

// wire is a veth pair: what is sent at one end is received at the other.
type wire struct {
	*netnstest.Sender
	from, to netnstest.End
}

func newWire(t testing.TB, o netnstest.PairOptions) *wire {
	t.Helper()
	w := &wire{
		from: netnstest.End{Space: netnstest.New(t), Name: "veth0"},
		to:   netnstest.End{Space: netnstest.New(t), Name: "veth1"},
	}
	netnstest.Pair(t, w.from, w.to, o)
	w.Sender = netnstest.NewSender(t, w.from)
	return w
}

// open opens the far end of the wire, or skips where that cannot be done.
func (w *wire) open(t testing.TB, o Options) (d *Device) {
	t.Helper()
	o.Interface = w.to.Name
	var err error
	w.to.Space.Do(func() { d, err = Open(o) })
	if errors.Is(err, bpf.ErrNotSupported) || errors.Is(err, fs.ErrPermission) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// receive reads packets until there are n, or none has come for a while, and
// returns copies of them.
func receive(t testing.TB, src dataplane.Source, n int) (list []dataplane.Packet) {
	t.Helper()
	var b dataplane.Burst
	for last := time.Now(); len(list) < n && time.Since(last) < time.Second; {
		if err := src.Receive(&b); err != nil {
			t.Fatal(err)
		}
		if b.N > 0 {
			last = time.Now()
		}
		for _, p := range b.Packets[:b.N] {
			p.Data = bytes.Clone(p.Data)
			list = append(list, p)
		}
		src.Release(&b)
	}
	return list
}

// trace has packets of all protocols.
var trace = sync.OnceValue(func() []traffic.Packet { return traffic.Generate(3, nil, 1) })

// mixed is a trace of all kinds of packets that fit into a frame.
func mixed(longest int) []traffic.Packet {
	return slices.DeleteFunc(slices.Clone(trace()), func(p traffic.Packet) bool { return len(p.Data) > longest })
}

// start sends packets while others are doing something; the function that it
// returns waits for the end.
func (w *wire) start(packets []traffic.Packet, rate int) (wait func()) {
	var sender sync.WaitGroup
	sender.Go(func() { w.Replay(packets, rate) })
	return sender.Wait
}

// fromFile returns the packets of a trace as the file source gives them.
func fromFile(t *testing.T, packets []traffic.Packet) []dataplane.Packet {
	t.Helper()
	var b bytes.Buffer
	if err := traffic.WritePcap(&b, packets); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "trace.pcap")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.Open(name, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var list []dataplane.Packet
	var burst dataplane.Burst
	for src.Receive(&burst) == nil {
		for _, p := range burst.Packets[:burst.N] {
			p.Data = bytes.Clone(p.Data)
			list = append(list, p)
		}
		src.Release(&burst)
	}
	return list
}

// compare holds packets that were received against those of a file; their times
// are those of receiving, a microsecond apart.
func compare(t *testing.T, got, want []dataplane.Packet, begin time.Time) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d packets, want %d", len(got), len(want))
	}
	begin = begin.Add(-time.Duration(len(got)) * time.Microsecond)
	for i, g := range got {
		if !bytes.Equal(g.Data, want[i].Data) || g.Len != want[i].Len || g.Link != want[i].Link {
			t.Fatalf("packet %d: %d bytes % x, want %d % x", i, g.Len, g.Data, want[i].Len, want[i].Data)
		}
		if at := time.Unix(0, g.Time); at.Before(begin) || at.After(time.Now()) {
			t.Fatalf("packet %d came at %v, not between %v and now", i, at, begin)
		}
	}
}
