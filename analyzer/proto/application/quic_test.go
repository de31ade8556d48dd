package application

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
)

func newQUIC(t *testing.T) *prototest.Net {
	return prototest.New(t, append([]dpi.Protocol{QUICIETF, QUIC}, WebInside...)...)
}

// varint4 writes a QUIC integer in four bytes.
func varint4(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)|2<<30) }

// cryptoFrame builds a CRYPTO frame with data[from:to].
func cryptoFrame(data []byte, from, to int) []byte {
	return prototest.Bytes(frameCrypto, varint4(from), varint4(to-from), data[from:to])
}

// initial builds a client's Initial packet of a version that carries frames,
// protected with the keys of dcid; number is the packet number.
func initial(t *testing.T, version uint32, dcid, token []byte, number byte, frames []byte) []byte {
	t.Helper()
	of := version
	if isQUICGrease(version) {
		of = 0xff00001d
	}
	var keys quicKeys
	if !keys.derive(of, dcid) {
		t.Fatalf("no keys for version %08x", version)
	}
	aead, err := cipher.NewGCM(standardAES(t, &keys.payload))
	if err != nil {
		t.Fatal(err)
	}
	frames = append(frames, make([]byte, max(1162-len(frames), 0))...)
	first := byte(0xc1) // packet number of two bytes
	if version == quicV2 || version == quicV2Draft {
		first = 0xd1
	}
	header := prototest.Bytes(first, version, len(dcid), dcid, 4, "self")
	if quicDraft(version) > 0 {
		header = prototest.Bytes(header, varint4(len(token)), token)
	}
	header = prototest.Bytes(header, varint4(2+len(frames)+16), 0, number)
	nonce := keys.iv
	nonce[11] ^= number
	packet := aead.Seal(header, nonce[:], frames, header)
	pn := len(header) - 2
	var mask [16]byte
	standardAES(t, &keys.header).Encrypt(mask[:], packet[pn+4:pn+20])
	packet[0] ^= mask[0] & 0x0f
	packet[pn] ^= mask[1]
	packet[pn+1] ^= mask[2]
	return packet
}

// standardAES returns the standard library's cipher for a key, which is the
// beginning of its expansion.
func standardAES(t *testing.T, k *aes128) cipher.Block {
	t.Helper()
	block, err := aes.NewCipher(prototest.Bytes(k[0], k[1], k[2], k[3]))
	if err != nil {
		t.Fatal(err)
	}
	return block
}

var testCID = prototest.Hex("8394c8f03e515708")

// The keys of RFC 9001 appendix A.1 and RFC 9369 appendix A.1.
func TestQUICKeys(t *testing.T) {
	for version, want := range map[uint32]string{quicV1: "fa044b2f42a3fd3b46fb255c", quicV2: "91f73e2351d8fa91660e909f"} {
		var keys quicKeys
		ok := keys.derive(version, testCID)
		if got := fmt.Sprintf("%x", keys.iv); !ok || got != want {
			t.Errorf("version %08x: iv %s, want %s", version, got, want)
		}
	}
	if new(quicKeys).derive(0xff00000a, testCID) {
		t.Error("keys for draft 10")
	}
}

func TestQUICHost(t *testing.T) {
	hello := clientHello(sni("quic.example.org"), alpn("h3"))
	whole := cryptoFrame(hello, 0, len(hello))
	for _, version := range []uint32{quicV1, quicV2, quicV2Draft, quicV2Draft00, 0xff000016, 0xff000017, 0xff00001d, 0xff000020, 0xff000022, mvfst22, 0xfaceb002, 0x1a2a3a4a} {
		f := newQUIC(t).UDP(40000, 4000).Up(initial(t, version, testCID, nil, 0, whole))
		if f.Host() != "quic.example.org" || f.Path() != "ethernet.ip.udp.quic_ietf" {
			t.Errorf("version %08x: host %q, path %s", version, f.Host(), f.Path())
		}
	}
	for _, version := range []uint32{quicQ050, quicT050, quicT051} {
		f := newQUIC(t).UDP(40000, 443).Up(initial(t, version, testCID, nil, 0, prototest.Bytes(8, whole[1:])))
		if f.Host() != "quic.example.org" || f.Path() != "ethernet.ip.udp.quic" {
			t.Errorf("version %08x: host %q, path %s", version, f.Host(), f.Path())
		}
	}
	f := newQUIC(t).UDP(40000, 853).Up(initial(t, quicV1, testCID, nil, 0, func() []byte {
		hello := clientHello(sni("dns.example.org"), alpn("doq"))
		return cryptoFrame(hello, 0, len(hello))
	}()))
	if f.Path() != "ethernet.ip.udp.quic_ietf.doq" {
		t.Errorf("DNS over QUIC: path %s", f.Path())
	}
}

// A hello comes in many frames, out of order, over several packets, with other
// frames between them.
func TestQUICReassembly(t *testing.T) {
	hello := clientHello(extension(51, make([]byte, 1400)), sni("pieces.example.org"))
	n := len(hello)
	ack := prototest.Bytes(frameACKECN, 5, 0, 1, 0, 0, 1, 1, 2, 3)
	one := prototest.Bytes(framePing, cryptoFrame(hello, 900, n), ack, 0, 0, cryptoFrame(hello, 3, 40))
	two := prototest.Bytes(cryptoFrame(hello, 30, 901), framePing, frameACK, 9, 0, 0, 0, cryptoFrame(hello, 0, 3))
	tests := map[string][][]byte{
		"two datagrams": {initial(t, quicV1, testCID, nil, 0, one), initial(t, quicV1, testCID, nil, 1, two)},
		"reversed":      {initial(t, quicV1, testCID, nil, 1, two), initial(t, quicV1, testCID, nil, 0, one)},
		"one datagram":  {append(initial(t, quicV1, testCID, nil, 0, one), initial(t, quicV1, testCID, nil, 1, two)...)},
		"said twice":    {initial(t, quicV1, testCID, nil, 0, one), initial(t, quicV1, testCID, nil, 1, one), initial(t, quicV1, testCID, nil, 2, two)},
	}
	for name, datagrams := range tests {
		if f := newQUIC(t).UDP(40000, 443).Up(datagrams...); f.Host() != "pieces.example.org" {
			t.Errorf("%s: host %q", name, f.Host())
		}
	}
	f := newQUIC(t).UDP(40000, 443).Up(tests["two datagrams"][0])
	if f.Host() != "" || f.Path() != "ethernet.ip.udp.quic_ietf" {
		t.Errorf("half a hello: host %q, path %s", f.Host(), f.Path())
	}
}

// The server asks for another connection ID, or chooses its own: the first
// matters in one case, the second in the other.
func TestQUICConnectionID(t *testing.T) {
	hello := clientHello(extension(51, make([]byte, 1400)), sni("again.example.org"))
	other := []byte("another1")
	first, rest := cryptoFrame(hello, 0, 700), cryptoFrame(hello, 700, len(hello))

	retry := prototest.Bytes(0xf0, uint32(quicV1), 4, "self", 8, other, "token", make([]byte, 16))
	f := newQUIC(t).UDP(40000, 443).Up(initial(t, quicV1, testCID, nil, 0, first)).Down(retry)
	f.Up(initial(t, quicV1, other, []byte("token"), 1, first), initial(t, quicV1, other, []byte("token"), 2, rest))
	if f.Host() != "again.example.org" {
		t.Errorf("after Retry: host %q", f.Host())
	}

	negotiation := prototest.Bytes(0x80, uint32(0), 4, "self", 8, testCID, uint32(0x0a0a0a0a), uint32(quicV1))
	f = newQUIC(t).UDP(40000, 4433).Up(initial(t, 0x1a1a1a1a, testCID, nil, 0, first)).Down(negotiation)
	f.Up(initial(t, quicV1, testCID, nil, 0, first), initial(t, quicV1, testCID, nil, 1, rest))
	if f.Host() != "again.example.org" {
		t.Errorf("after version negotiation: host %q", f.Host())
	}
	if got := newQUIC(t).UDP(4433, 40000).Up(negotiation).Path(); got != "ethernet.ip.udp.quic_ietf" {
		t.Errorf("version negotiation alone: path %s", got)
	}
}

func TestQUICShort(t *testing.T) {
	packet := func(first byte, cid string) []byte {
		return prototest.Bytes(first, cid, slices.Repeat([]byte{first}, 40))
	}
	tests := []struct {
		name    string
		port    uint16
		packets [][]byte
		want    string
	}{
		{"one connection", 443, [][]byte{packet(0x41, "CONNECT1"), packet(0x53, "CONNECT1"), packet(0x5e, "CONNECT1")}, "quic_ietf"},
		{"other port", 4000, [][]byte{packet(0x41, "CONNECT1"), packet(0x53, "CONNECT1"), packet(0x5e, "CONNECT1")}, "unknown"},
		{"no connection", 443, [][]byte{packet(0x41, "CONNECT1"), packet(0x53, "CONNECT2"), packet(0x5e, "CONNECT3")}, "unknown"},
		{"nothing protected", 443, [][]byte{packet(0x41, "CONNECT1"), packet(0x41, "CONNECT1"), packet(0x41, "CONNECT1")}, "unknown"},
		{"two packets", 443, [][]byte{packet(0x41, "CONNECT1"), packet(0x53, "CONNECT1")}, "unknown"},
	}
	for _, tt := range tests {
		if got := newQUIC(t).UDP(40000, tt.port).Up(tt.packets...).Final(); got != "ethernet.ip.udp."+tt.want {
			t.Errorf("%s: path %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestQUICNegative(t *testing.T) {
	good := initial(t, quicV1, testCID, nil, 0, nil)
	change := func(at int, to byte) []byte {
		d := bytes.Clone(good)
		d[at] = to
		return d
	}
	n := newQUIC(t)
	for name, d := range map[string][]byte{
		"version":            change(4, 7),
		"no fixed bit":       change(0, 0x80),
		"connection ID":      change(5, 21),
		"length":             good[:len(good)-1],
		"versions unknown":   prototest.Bytes(0x80, uint32(0), 4, "self", 8, testCID, uint32(77)),
		"versions of grease": prototest.Bytes(0x80, uint32(0), 4, "self", 8, testCID, uint32(0x1a1a1a1a)),
		"versions cut":       prototest.Bytes(0x80, uint32(0), 4, "self", 8, testCID, uint32(quicV1), 0),
		"grease in a short":  initial(t, 0x1a1a1a1a, testCID, nil, 0, nil)[:600],
		"gquic-like, no tag": slices.Repeat([]byte{0x0c}, 200),
		"a reset of nothing": prototest.Bytes(0x0a, testCID, "PRSX", make([]byte, 30)),
	} {
		if got := n.UDP(40000, 443).Up(d).Final(); got != "ethernet.ip.udp.unknown" {
			t.Errorf("%s: path %s", name, got)
		}
	}
	// The keys do not fit: still QUIC, but nothing to be read.
	if f := n.UDP(40000, 443).Up(change(9, 0)); f.Path() != "ethernet.ip.udp.quic_ietf" || f.Host() != "" {
		t.Errorf("wrong keys: path %s, host %q", f.Path(), f.Host())
	}
	prototest.Prefixes(good, func(prefix []byte) { n.UDP(40000, 443).Up(prefix).Final() })
}

// Frames with lengths that lie must not harm.
func TestQUICFrames(t *testing.T) {
	store := dpi.NewStore(1 << 20)
	for _, frames := range [][]byte{
		prototest.Bytes(frameCrypto, varint4(1<<29), varint4(10), make([]byte, 10)),
		prototest.Bytes(frameCrypto, uint64(1<<63|1<<62|5), varint4(10), make([]byte, 10)),
		prototest.Bytes(frameCrypto, varint4(0), varint4(1<<29), make([]byte, 10)),
		prototest.Bytes(frameCrypto, varint4(maxQUICCrypto-9), varint4(10), make([]byte, 10)),
		prototest.Bytes(frameACK, varint4(1), varint4(1), varint4(1<<29), 1),
		prototest.Bytes(frameCrypto), {0x1c}, nil,
	} {
		var s quicState
		s.frames(store, frames, false, false)
		s.frames(store, frames, true, false)
		if s.contiguous() != 0 {
			t.Errorf("frames %x give %d bytes", frames, s.contiguous())
		}
		freeQUIC(store, &s)
	}
	var s quicState
	for i := range uint16(100) { // more holes than are kept
		s.add(4*i, 4*i+2)
	}
	if s.contiguous() != 2 || s.nSpans != maxQUICSpans {
		t.Errorf("%d bytes, %d spans", s.contiguous(), s.nSpans)
	}
}

func TestQUICAttributes(t *testing.T) {
	n := newQUIC(t)
	var names []string
	for _, a := range QUICIETF.Attributes {
		names = append(names, a.Name)
		n.Register("quic_ietf." + a.Name)
	}
	values := func() string {
		s := ""
		for _, name := range names {
			if v := n.Value("quic_ietf." + name); v != "" && name != "packet_number" && name != "packet_number_len" {
				s += fmt.Sprintf("%s=%s ", name, v)
			}
		}
		return s
	}
	check := func(what, want string) {
		t.Helper()
		if got := values(); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", what, got, want)
		}
	}
	f := n.UDP(40000, 443).Up(initial(t, quicV1, []byte("12345678"), []byte("tok"), 0, nil))
	check("Initial", "header_form=1 long_packet_type=0 version=1 dst_conn_id_len=8 dst_conn_id=12345678 "+
		"src_conn_id_len=4 src_conn_id=self length=1180 token_len=3 token=tok ")
	f.Down(prototest.Bytes(0xe1, uint32(quicV1), 4, "self", 5, "serve", varint4(40), make([]byte, 40)))
	check("Handshake", "header_form=1 long_packet_type=2 version=1 dst_conn_id_len=4 dst_conn_id=self "+
		"src_conn_id_len=5 src_conn_id=serve length=40 token_len=0 ")
	f.Up(prototest.Bytes(0x61, "serve", 7, 8, make([]byte, 30)))
	check("short header", "header_form=0 spin_bit=1 dst_conn_id_len=5 dst_conn_id=serve ")
	if n.Value("quic_ietf.packet_number_len") != "2" || n.Value("quic_ietf.packet_number") != "1800" {
		t.Errorf("packet number %s of %s bytes", n.Value("quic_ietf.packet_number"), n.Value("quic_ietf.packet_number_len"))
	}
	f.Wait(9 * time.Millisecond).Up(prototest.Bytes(0x41, "serve", 7, 8, make([]byte, 30)))
	f.Wait(49 * time.Millisecond).Up(prototest.Bytes(0x61, "serve", 7, 8, make([]byte, 30)))
	if n.Value("quic_ietf.rtt") != "50000" {
		t.Errorf("rtt %s, want 50000", n.Value("quic_ietf.rtt"))
	}
}

// TestQUICRTTTracked wants the round-trip time to be there for who reads attributes
// without registering them.
func TestQUICRTTTracked(t *testing.T) {
	n := newQUIC(t)
	n.Handler.TrackProtocol(id.QuicIetf)
	rtt := n.Handler.Registry().Attribute(id.QuicIetf, quicRTTAttribute)
	var got []uint64
	err := n.Handler.AddPacketHandler(77, func(p *dpi.Packet) {
		var v dpi.Value
		if i := p.LayerOf(id.QuicIetf, 0); i >= 0 && rtt.Extract(p, i, &v) {
			got = append(got, v.N)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	f := n.UDP(40000, 443).Up(initial(t, quicV1, []byte("12345678"), []byte("tok"), 0, nil))
	for _, first := range []byte{0x61, 0x41, 0x61} {
		f.Wait(9 * time.Millisecond).Up(prototest.Bytes(first, "serve", 7, 8, make([]byte, 30)))
	}
	if !slices.Equal(got, []uint64{10000}) {
		t.Errorf("round-trip times %v, want 10000", got)
	}
}

func TestQUICStateFreed(t *testing.T) {
	n := newQUIC(t)
	hello := clientHello(extension(51, make([]byte, 1400)), sni("x.org"))
	round := func() int {
		for range 20 {
			n.UDP(40000, 443).Up(initial(t, quicV1, testCID, nil, 0, cryptoFrame(hello, 500, len(hello))))
		}
		n.Sleep(int64(time.Hour))
		n.UDP(1, 2).Up([]byte{1})
		return n.Handler.Store.Used()
	}
	if first, second := round(), round(); first == 0 || first != second {
		t.Errorf("the store holds %d bytes after one round, %d after two", first, second)
	}
}

func TestGQUIC(t *testing.T) {
	tag := func(name string, end int) []byte {
		return binary.LittleEndian.AppendUint32(append([]byte(name), make([]byte, 4-len(name))...), uint32(end))
	}
	chlo := prototest.Bytes("CHLO", 4, 0, 0, 0, tag("PAD", 10), tag("SNI", 20), tag("VER", 24), tag("UAID", 30), make([]byte, 10), "gquic.tags", make([]byte, 100))
	rej := prototest.Bytes("REJ", 0, 3, 0, 0, 0, tag("STK", 5), tag("SNO", 9), tag("CRT", 30), make([]byte, 60))
	tests := []struct {
		name string
		d    []byte
		host string
		path string
	}{
		{"Q043", prototest.Bytes(0x09, testCID, "Q043", 1, make([]byte, 12), 0xa0, 1, uint16(500), chlo), "gquic.tags", "quic"},
		{"Q025", prototest.Bytes(0x0d, testCID, "Q025", 1, make([]byte, 12), 0xa0, 1, uint16(500), chlo), "gquic.tags", "quic"},
		{"Q046", prototest.Bytes(0xc3, "Q046", 0x50, testCID, uint32(1), make([]byte, 12), 0xa0, 1, uint16(500), chlo), "gquic.tags", "quic"},
		{"rejection", prototest.Bytes(0x00, 2, make([]byte, 12), 0xa0, 1, uint16(500), rej), "", "quic"},
		{"public reset", prototest.Bytes(0x0a, testCID, "PRST", make([]byte, 30)), "", "quic"},
		{"version Q0x9", prototest.Bytes(0x09, testCID, "Q0x9", make([]byte, 40)), "", "unknown"},
		{"tag and nothing", prototest.Bytes(0x00, 2, make([]byte, 12), "REJ", 0, slices.Repeat([]byte{0xff}, 60)), "", "unknown"},
	}
	n := newQUIC(t)
	for _, tt := range tests {
		f := n.UDP(40000, 443).Up(tt.d)
		if f.Host() != tt.host || f.Final() != "ethernet.ip.udp."+tt.path {
			t.Errorf("%s: host %q, path %s; want %q, %s", tt.name, f.Host(), f.Path(), tt.host, tt.path)
		}
		prototest.Prefixes(tt.d, func(prefix []byte) { n.UDP(40000, 443).Up(prefix) })
	}
}
