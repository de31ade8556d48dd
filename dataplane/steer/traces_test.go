package steer_test

import (
	"os"
	"path/filepath"
	"testing"

	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// trace is a list of packets with a name.
type trace struct {
	name    string
	packets []dataplane.Packet
}

// generated returns traces that need no files: all scenarios together, and the
// mix of the benchmarks.
func generated() []trace {
	return []trace{
		{"scenarios", ethernet(traffic.Generate(7, nil, 3))},
		{"mixed", ethernet(traffic.Mixed(7, 2000))},
	}
}

func ethernet(list []traffic.Packet) []dataplane.Packet {
	packets := make([]dataplane.Packet, len(list))
	for i, p := range list {
		packets[i] = dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet}
	}
	return packets
}

// corpus calls f with each real trace, or skips where there are none.
func corpus(t *testing.T, f func(trace)) {
	t.Helper()
	pattern := filepath.Join("..", "..", "..", "shared", "corpus", "*", "pcap", "*")
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Skipf("no traces at %s beside the repository: nothing to run on", pattern)
	}
	for _, file := range files {
		if s, err := os.Stat(file); err == nil && s.Mode().IsRegular() {
			f(read(t, file))
		}
	}
}

// read returns the packets of a file up to its end or to where it is damaged.
func read(t *testing.T, file string) trace {
	t.Helper()
	src, err := pcapfile.Open(file, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	all := trace{name: filepath.Base(file)}
	var b dataplane.Burst
	for {
		err := src.Receive(&b)
		for _, p := range b.Packets[:b.N] {
			p.Data = append([]byte(nil), p.Data...)
			all.packets = append(all.packets, p)
		}
		src.Release(&b)
		if err != nil {
			return all
		}
	}
}
