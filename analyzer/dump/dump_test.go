package dump

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// second is one of packet time.
const second = int64(1e9)

// numbered makes packets of a link type, a quarter of a second apart, each with its
// number in its first bytes.
func numbered(n int, link dataplane.LinkType) (list []dataplane.Packet) {
	for i := range n {
		data := bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 20+i%30)
		list = append(list, dataplane.Packet{Data: data, Len: uint32(len(data)) + 5, Time: 1000*second + int64(i)*second/4 + 7, Link: link})
	}
	return list
}

// read returns all packets of a trace.
func read(t *testing.T, path string) (list []dataplane.Packet) {
	t.Helper()
	s, err := pcapfile.Open(path, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var b dataplane.Burst
	for {
		if err := s.Receive(&b); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		for _, p := range b.Packets[:b.N] {
			p.Data = bytes.Clone(p.Data)
			list = append(list, p)
		}
		s.Release(&b)
	}
}

// files returns the names in a folder.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		names = append(names, entry.Name())
	}
	return names
}

func samePackets(t *testing.T, got, want []dataplane.Packet) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d packets, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if !bytes.Equal(g.Data, w.Data) || g.Len != w.Len || g.Time != w.Time || g.Link != w.Link {
			t.Fatalf("packet %d: %+v, want %+v", i, g, w)
		}
	}
}

// dumped dumps packets with one thread.
func dumped(t *testing.T, o Options, packets []dataplane.Packet) Stats {
	t.Helper()
	o.Threads, o.Wait = 2, true
	d, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		d.Feed(1).Packet(&packets[i])
		d.Feed(1).Tick(packets[i].Time)
	}
	d.Feed(1).Flush()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return d.Stats()
}

// TestDump holds that files hold exactly what was given, a new one each period.
func TestDump(t *testing.T) {
	dir := t.TempDir()
	packets := numbered(100, dataplane.LinkEthernet)
	s := dumped(t, Options{Dir: dir, Period: 10 * second}, packets)
	if s.Packets != 100 || s.Lost != 0 || s.Files != 3 {
		t.Errorf("%+v", s)
	}
	names := files(t, dir)
	if want := []string{"1000.000000_2_dump.pcap", "1010.000000_2_dump.pcap", "1020.000000_2_dump.pcap"}; !slices.Equal(names, want) {
		t.Fatalf("files %v, want %v", names, want)
	}
	for i, name := range names {
		samePackets(t, read(t, filepath.Join(dir, name)), packets[40*i:min(40*i+40, 100)])
	}
}

// TestDumpAgain holds that a file that is there is not touched.
func TestDumpAgain(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		dumped(t, Options{Dir: dir, Period: 100 * second}, numbered(3, dataplane.LinkEthernet))
	}
	if names := files(t, dir); len(names) != 2 {
		t.Errorf("files %v", names)
	}
}

func TestDumpRetain(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"1.000000_1_dump.pcap", "notes.txt", "1.000000_1_data.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dumped(t, Options{Dir: dir, Period: second, Retain: 2}, numbered(40, dataplane.LinkEthernet))
	want := []string{"1.000000_1_data.csv", "1008.000000_2_dump.pcap", "1009.000000_2_dump.pcap", "notes.txt"}
	if names := files(t, dir); !slices.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
}

func TestDumpSnapAndLinks(t *testing.T) {
	dir := t.TempDir()
	packets := append(numbered(10, dataplane.LinkEthernet), numbered(10, dataplane.LinkRaw)...)
	dumped(t, Options{Dir: dir, Period: 100 * second, SnapLen: 21}, packets)
	for i := range packets {
		packets[i].Data = packets[i].Data[:21]
	}
	samePackets(t, read(t, filepath.Join(dir, "1000.000000_2_dump.pcap")), packets[:10])
	samePackets(t, read(t, filepath.Join(dir, "1000.000000_2_dump-link101.pcap")), packets[10:])
}

// TestDumpErrors holds that a folder that is not there, or cannot be written, is
// an error with its mend, and that what the disk refuses is counted.
func TestDumpErrors(t *testing.T) {
	if _, err := Open(Options{Dir: filepath.Join(t.TempDir(), "none"), Threads: 1}); err == nil || !strings.Contains(err.Error(), "mkdir -p") {
		t.Errorf("error %v", err)
	}
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var told []error
	d, err := Open(Options{Dir: dir, Threads: 1, Period: second, Wait: true, OnError: func(err error) { told = append(told, err) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for _, p := range numbered(5, dataplane.LinkEthernet) {
		d.Feed(0).Packet(&p)
	}
	d.Feed(0).Flush()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if s := d.Stats(); s.Lost != 5 || s.Packets != 0 || len(told) != 1 {
		t.Errorf("%+v, told %v", s, told)
	}
}

// TestDumpOverload holds that a thread that may not wait loses what finds no room,
// and that all is counted.
func TestDumpOverload(t *testing.T) {
	d, err := Open(Options{Dir: t.TempDir(), Threads: 1, Period: second})
	if err != nil {
		t.Fatal(err)
	}
	p := dataplane.Packet{Data: make([]byte, 60000), Len: 60000, Time: second}
	for range 2000 {
		d.Feed(0).Packet(&p)
	}
	d.Feed(0).Flush()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if s := d.Stats(); s.Lost == 0 || s.Lost+s.Packets != 2000 {
		t.Errorf("%+v of 2000 packets", s)
	}
}

func TestDumpAllocations(t *testing.T) {
	d, err := Open(Options{Dir: t.TempDir(), Threads: 1, Period: 3600 * second, Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	p := dataplane.Packet{Data: make([]byte, 600), Len: 600, Time: second}
	d.Feed(0).Packet(&p)
	if n := testing.AllocsPerRun(2000, func() {
		d.Feed(0).Packet(&p)
		d.Feed(0).Tick(p.Time)
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
	d.Feed(0).Flush()
	d.Close()
}
