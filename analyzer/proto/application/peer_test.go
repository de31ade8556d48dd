package application

import (
	"encoding/binary"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// little32 and little16 write numbers in little-endian order, as
// prototest.Bytes does not.
func little32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
func little16(n int) []byte    { return binary.LittleEndian.AppendUint16(nil, uint16(n)) }

// arbitrary returns n pseudo-random bytes, the same for the same seed.
func arbitrary(seed uint32, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		seed = seed*1664525 + 1013904223
		b[i] = byte(seed >> 24)
	}
	return b
}

// nulls returns n bytes of zero.
func nulls(n int) []byte { return make([]byte, n) }

// peers lists all protocols of peer-to-peer, private networks, messengers and
// games.
func peers() []dpi.Protocol {
	var all []dpi.Protocol
	for _, list := range [][]dpi.Protocol{sharing, coins, private, messengers, games} {
		all = append(all, list...)
	}
	return all
}

// TestPeerNoise holds that pseudo-random payload in both directions is not
// recognised, neither on ports of no protocol nor on those of the protocols.
func TestPeerNoise(t *testing.T) {
	n := prototest.New(t, peers()...)
	ports := map[uint16]bool{40001: true}
	for _, proto := range peers() {
		for _, c := range proto.Classifiers {
			for _, port := range c.Ports {
				ports[port] = true
			}
		}
	}
	count := 0
	for port := range ports {
		for size := 1; size < 260; size += 3 {
			b := arbitrary(uint32(size)*7777+uint32(port), 4*261)
			up, down, more := b[:size], b[261:2*261-size], b[2*261:]
			for _, f := range []*prototest.Flow{n.UDP(40000, port), n.TCP(40000, port)} {
				count++
				if path := f.Up(up).Down(down).Up(more[:50], more[50:150]).Down(more[150:]).Final(); !strings.HasSuffix(path, ".unknown") {
					t.Errorf("port %d: %x, %x, %x: path %s", port, up, down, more, path)
				}
			}
		}
	}
	if count < 1000 {
		t.Errorf("only %d flows tried", count)
	}
}

// TestPeerStructure holds that payload which is structured, but of no protocol,
// is not recognised: zeros, ones, counters, text, lengths in front.
func TestPeerStructure(t *testing.T) {
	n := prototest.New(t, peers()...)
	for _, payload := range [][]byte{
		nulls(16), nulls(48), nulls(120), []byte(strings.Repeat("\xff", 40)), []byte("hello, world\r\n"),
		prototest.Bytes(uint32(1), uint32(2), uint32(3), uint32(4), uint32(5), uint32(6)),
		prototest.Bytes(little32(1), little32(2), little32(3), little32(4), little32(5), little32(6)),
		prototest.Bytes(uint16(40), arbitrary(1, 40)), prototest.Bytes(uint32(40), arbitrary(2, 40)),
		prototest.Bytes(little16(42), arbitrary(3, 40)), prototest.Bytes(little32(44), arbitrary(4, 40)),
		[]byte("<html><body>no stream</body></html>"), []byte("{\"id\":1,\"method\":\"ping\"}\n"),
		[]byte("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"), []byte("220 mail.example.org ESMTP\r\n"),
	} {
		for name, f := range map[string]*prototest.Flow{"UDP": n.UDP(40000, 40001), "TCP": n.TCP(40000, 40001)} {
			if path := f.Up(payload).Down(payload).Up(payload).Down(payload).Final(); !strings.HasSuffix(path, ".unknown") {
				t.Errorf("%s: %q: path %s", name, payload, path)
			}
		}
	}
}
