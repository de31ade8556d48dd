package probe_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// goldenSeed is the seed of all golden traces.
const goldenSeed = 5

// gtpOnly reports GTP, which excludes the formats of other applications.
var gtpOnly = []string{"-X", "session-report.ftp=false", "-X", "session-report.http=false", "-X", "session-report.rtp=false",
	"-X", "session-report.ssl=false", "-X", "session-report.gtp=true"}

var asJSON = []string{"-X", "output.format=JSON"}

// goldens are traces and the file in testdata that holds their reports, sorted.
var goldens = []struct {
	file      string
	scenarios []string
	options   []string
}{
	{"golden_web.csv", []string{"dns", "web", "tls"}, nil},
	{"golden_ftp.csv", []string{"ftp"}, nil},
	{"golden_sip.csv", []string{"rtsp", "sip"}, nil},
	{"golden_sip.json", []string{"rtsp", "sip"}, asJSON},
	{"golden_fragments.csv", []string{"fragments"}, nil},
	{"golden_tunnels.csv", []string{"tunnels"}, gtpOnly},
	{"golden_l2.csv", []string{"icmp", "l2"}, nil},
}

// TestGolden compares all report lines of small traces with those of files that
// somebody has looked at. After a change that is meant:
//
//	go test ./probe -run TestGolden -update
func TestGolden(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.file, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "trace.pcap", pcap(t, steady(traffic.Generate(goldenSeed, g.scenarios, 1))))
			got := reports(t, dir, nil, append([]string{"-t", "trace.pcap"}, g.options...)...)
			path := filepath.Join("testdata", g.file)
			if *update {
				write(t, "testdata", g.file, []byte(strings.Join(got, "")))
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (make it with: go test ./probe -run TestGolden -update)", err)
			}
			same(t, path, got, slices.Collect(strings.Lines(string(want))))
		})
	}
}

// TestGoldenJSON holds that the lines of the JSON form are JSON, and as many as
// those of the CSV form.
func TestGoldenJSON(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(goldenSeed, nil, 1)))
	lines := reports(t, dir, nil, append([]string{"-t", "trace.pcap"}, asJSON...)...)
	for _, line := range lines {
		var fields []any
		if err := json.Unmarshal([]byte(line), &fields); err != nil || len(fields) < 5 {
			t.Errorf("%q is no JSON array: %v", line, err)
		}
	}
	if csv := reports(t, dir, nil, "-t", "trace.pcap"); len(csv) != len(lines) {
		t.Errorf("%d lines of JSON, %d of CSV", len(lines), len(csv))
	}
}

// unsteady are bytes of connections that may be of another length with another
// release of Go: what compress/gzip packs and crypto/x509 signs.
var unsteady = [][]byte{[]byte("Content-Encoding: gzip"), []byte("Example Root CA")}

// steady leaves out the connections that hold unsteady bytes.
func steady(packets []traffic.Packet) []traffic.Packet {
	gone := map[string]bool{}
	for _, p := range packets {
		if slices.ContainsFunc(unsteady, func(b []byte) bool { return bytes.Contains(p.Data, b) }) {
			gone[ends(p.Data)] = true
		}
	}
	return slices.DeleteFunc(packets, func(p traffic.Packet) bool { return gone[ends(p.Data)] })
}

// ends returns both ends of a TCP connection over IPv4 without options or IPv6,
// the same for both directions; "" for other frames.
func ends(frame []byte) string {
	const ethernet, tcp = 14, 6
	address, size, protocol := ethernet+12, 4, ethernet+9
	if len(frame) > ethernet && frame[ethernet]>>4 == 6 {
		address, size, protocol = ethernet+8, 16, ethernet+6
	}
	ports := address + 2*size
	if len(frame) < ports+4 || frame[protocol] != tcp {
		return ""
	}
	a := string(frame[address:address+size]) + string(frame[ports:ports+2])
	b := string(frame[address+size:ports]) + string(frame[ports+2:ports+4])
	return min(a, b) + max(a, b)
}
