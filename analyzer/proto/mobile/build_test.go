package mobile

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/proto/transport"
)

var (
	hex  = prototest.Hex
	wire = prototest.Bytes
)

// chunk builds a DATA chunk that holds a whole message.
func chunk(ppid uint32, user []byte) []byte { return chunkPart(chunkBegins|chunkEnds, ppid, user) }

// chunkPart builds a DATA chunk with flags.
func chunkPart(flags byte, ppid uint32, user []byte) []byte {
	b := wire(0, flags, uint16(16+len(user)), uint32(1), uint16(3), uint16(0), ppid, user)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// association sends chunks between a base station (10.3.0.1) and the core.
type association struct {
	n    *prototest.Net
	port [2]uint16
	addr [2]netip.Addr
}

// newAssociation returns an association with a port of the core.
func newAssociation(t testing.TB, port uint16, protocols ...dpi.Protocol) *association {
	t.Helper()
	list := append(protocols, transport.SCTP, transport.SCTPData, transport.SCTPSack, transport.SCTPInit)
	return &association{
		n: prototest.New(t, list...), port: [2]uint16{36000, port},
		addr: [2]netip.Addr{netip.MustParseAddr("10.3.0.1"), netip.MustParseAddr("10.3.0.2")},
	}
}

// up sends one packet to the core and returns its path.
func (a *association) up(chunks ...[]byte) string { return a.send(0, chunks) }

// down sends one packet to the base station and returns its path.
func (a *association) down(chunks ...[]byte) string { return a.send(1, chunks) }

func (a *association) send(dir int, chunks [][]byte) string {
	b := wire(a.port[dir], a.port[dir^1], uint32(77), uint32(0))
	for _, c := range chunks {
		b = append(b, c...)
	}
	return a.n.Frame(prototest.IPPacket(132, a.addr[dir], a.addr[dir^1], b))
}

// fresh makes the next packet belong to another association.
func (a *association) fresh() { a.port[0]++ }

// has checks attributes of the latest packet; "" stands for none.
func (a *association) has(t *testing.T, what string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := a.n.Value(name); got != value {
			t.Errorf("%s: %s = %q, want %q", what, name, got, value)
		}
	}
}

// perLength builds a length determinant, X.691 section 11.9.
func perLength(n int) []byte {
	if n < 128 {
		return []byte{byte(n)}
	}
	return binary.BigEndian.AppendUint16(nil, 0x8000|uint16(n))
}

// open builds an open type or octet string.
func open(parts ...any) []byte {
	b := wire(parts...)
	return append(perLength(len(b)), b...)
}

// ie builds an information element.
func ie(number uint16, parts ...any) []byte { return wire(number, byte(0x40), open(parts...)) }

// ap builds a message of an application protocol.
func ap(kind, procedure byte, elements ...[]byte) []byte {
	body := wire(byte(0), uint16(len(elements)))
	for _, e := range elements {
		body = append(body, e...)
	}
	return wire(kind<<5, procedure, byte(0), open(body))
}

// pack builds aligned PER from words: bits, written as 0 and 1, and octets,
// written in hexadecimal after an x, which start at an octet boundary.
func pack(text string) []byte {
	var b []byte
	used := 8 // bits of the last octet
	for _, word := range strings.Fields(text) {
		if octets, ok := strings.CutPrefix(word, "x"); ok {
			b, used = append(b, hex(octets)...), 8
			continue
		}
		for _, bit := range word {
			if used == 8 {
				b, used = append(b, 0), 0
			}
			b[len(b)-1] |= byte(bit-'0') << (7 - used)
			used++
		}
	}
	return b
}
