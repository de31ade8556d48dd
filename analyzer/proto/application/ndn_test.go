package application_test

import (
	"math/rand/v2"
	"testing"

	"mmt/analyzer/proto/application"
	"mmt/analyzer/proto/prototest"
	"mmt/dataplane"
)

// tlv builds an element of NDN.
func tlv(kind int, parts ...any) []byte {
	value := prototest.Bytes(parts...)
	head := []byte{byte(kind)}
	if kind >= 253 {
		head = prototest.Bytes(253, uint16(kind))
	}
	if len(value) < 253 {
		return prototest.Bytes(head, len(value), value)
	}
	return prototest.Bytes(head, 253, uint16(len(value)), value)
}

func ndnNamed(components ...string) []byte {
	var name []byte
	for _, c := range components {
		name = append(name, tlv(8, c)...)
	}
	return tlv(7, name)
}

var (
	// interest is of version 0.3, oldInterest of 0.2 with all selectors.
	interest    = tlv(5, ndnNamed("edu", "ucla", "page"), tlv(33), tlv(18), tlv(10, uint32(0x01020304)), tlv(12, uint16(4000)), tlv(34, 9))
	oldInterest = tlv(5, ndnNamed("a"),
		tlv(9, tlv(13, 2), tlv(14, 5), tlv(15, tlv(28, tlv(29, "digest"))), tlv(16, tlv(8, "b"), tlv(19), tlv(8, "c")), tlv(17, 1), tlv(18)),
		tlv(10, uint32(7)))
	ndnAnswer = tlv(6, ndnNamed("edu", "ucla", "page"),
		tlv(20, tlv(24, 0), tlv(25, uint16(1000)), tlv(26, tlv(8, "9"))),
		tlv(21, make([]byte, 250), "content"),
		tlv(22, tlv(27, 1), tlv(28, ndnNamed("edu", "KEY"))), tlv(23, "signature"))
)

// ndnFields are the attributes that are never absent for one of the packets.
var ndnFields = []string{
	"packet_type", "packet_length", "name_components", "nonce", "life_time", "min_suffix", "max_suffix", "publisher_publickey_locator",
	"exclude", "child_selector", "must_be_fresh", "any", "signature_value", "content_type", "fresh_period", "final_block_id",
	"signature_type", "key_locator", "list_sessions",
}

func ndnNet(t testing.TB) *prototest.Net {
	t.Helper()
	n := prototest.New(t, application.NDN, application.NDNHTTP)
	for _, name := range ndnFields {
		n.Register("ndn." + name)
	}
	n.Register("ndn.content", "ndn_http.name_components", "ndn_http.url", "ndn_http.method", "ndn_http.first_gw", "ndn_http.second_gw")
	return n
}

func TestNDNAttributes(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		want map[string]string
	}{
		{"Interest", interest, map[string]string{
			"packet_type": "5", "packet_length": "36", "name_components": "edu/ucla/page", "nonce": "16909060", "life_time": "4000", "must_be_fresh": "1"}},
		{"Interest with selectors", oldInterest, map[string]string{
			"packet_type": "5", "packet_length": "46", "name_components": "a", "nonce": "7", "min_suffix": "2", "max_suffix": "5",
			"publisher_publickey_locator": "29", "exclude": "b/c", "any": "1", "child_selector": "1", "must_be_fresh": "1"}},
		{"Data", ndnAnswer, map[string]string{
			"packet_type": "6", "packet_length": "324", "name_components": "edu/ucla/page", "content_type": "0", "fresh_period": "1000",
			"final_block_id": "9", "signature_type": "1", "signature_value": "signature", "key_locator": "edu/KEY"}},
		{"Interest in a link packet", tlv(100, tlv(81, uint64(1)), tlv(98, "pit"), tlv(80, oldInterest[:2], oldInterest[2:])), map[string]string{
			"packet_type": "5", "packet_length": "46", "name_components": "a", "nonce": "7", "min_suffix": "2", "max_suffix": "5",
			"publisher_publickey_locator": "29", "exclude": "b/c", "any": "1", "child_selector": "1", "must_be_fresh": "1"}},
	} {
		n := ndnNet(t)
		if got := n.Frame(prototest.Frame(0x8624, append(c.data, make([]byte, 20)...))); got != "ethernet.ndn" {
			t.Errorf("%s over Ethernet: path %s", c.name, got)
		}
		for _, field := range ndnFields {
			if got := n.Value("ndn." + field); got != c.want[field] {
				t.Errorf("%s: %s = %q, want %q", c.name, field, got, c.want[field])
			}
		}
		if got := n.UDP(40000, 7000).Up(c.data).Path(); got != "ethernet.ip.udp.ndn" {
			t.Errorf("%s over UDP: path %s", c.name, got)
		}
		if got := n.TCP(40000, 6363).Up(c.data[:5], c.data[5:]).Path(); got != "ethernet.ip.tcp.ndn" {
			t.Errorf("%s over TCP: path %s", c.name, got)
		}
	}
}

func TestNDNHTTP(t *testing.T) {
	nonce := tlv(10, uint32(1))
	for _, c := range []struct {
		name []byte
		path string
		want [4]string // method, URL, gateways
	}{
		{ndnNamed("gw1", "req", "gw2", "GET", "example.org/a"), "ndn.ndn_http", [4]string{"GET", "example.org/a", "gw1", "gw2"}},
		{ndnNamed("gw1", "POST", "example.org/b"), "ndn.ndn_http", [4]string{"POST", "example.org/b", "gw1", ""}},
		{ndnNamed("gw1", "get", "example.org/b"), "ndn", [4]string{}},
		{ndnNamed("gw1"), "ndn", [4]string{}},
	} {
		n := ndnNet(t)
		n.UDP(40000, 6363).Up(tlv(5, c.name, nonce))
		if got := n.Path(); got != "ethernet.ip.udp."+c.path {
			t.Errorf("path %s, want %s", got, c.path)
		}
		got := [4]string{n.Value("ndn_http.method"), n.Value("ndn_http.url"), n.Value("ndn_http.first_gw"), n.Value("ndn_http.second_gw")}
		if got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestNDNRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"without nonce":     tlv(5, ndnNamed("a")),
		"without name":      tlv(5, tlv(10, uint32(1))),
		"empty name":        tlv(5, tlv(7), tlv(10, uint32(1))),
		"rest behind it":    append(append([]byte{}, interest...), 0),
		"unknown element":   tlv(5, ndnNamed("a"), tlv(10, uint32(1)), tlv(71, 0)),
		"unsigned Data":     tlv(6, ndnNamed("a"), tlv(21, "content")),
		"later fragment":    tlv(100, tlv(82, 1), tlv(83, 2), tlv(80, interest)),
		"length too long":   append([]byte{5, 253, 0, byte(len(interest) - 2)}, interest[2:]...),
		"fragment missing":  tlv(100, tlv(81, uint64(1))),
		"another beginning": tlv(9, interest),
	} {
		if got := ndnNet(t).UDP(40000, 7000).Up(data).Path(); got != "ethernet.ip.udp.unknown" {
			t.Errorf("%s: path %s", name, got)
		}
	}
}

// TestNDNDamaged changes single bytes and cuts packets: nothing may be read
// beyond an end.
func TestNDNDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	n := ndnNet(t)
	link := tlv(100, tlv(81, uint64(1)), tlv(80, ndnAnswer))
	for _, packet := range [][]byte{interest, oldInterest, ndnAnswer, link} {
		prototest.Prefixes(packet, func(b []byte) {
			n.Frame(prototest.Frame(0x8624, b))
			n.UDP(40000, 6363).Up(b)
		})
		for i := range packet {
			b := append([]byte{}, packet...)
			b[i] = byte(r.Uint32())
			n.Frame(prototest.Frame(0x8624, b))
		}
	}
}

// TestNDNAllocatesNothing holds that reading a packet takes no memory.
func TestNDNAllocatesNothing(t *testing.T) {
	n := ndnNet(t)
	n.Handler.RemovePacketHandler(1) // that of the test itself
	for _, packet := range [][]byte{oldInterest, ndnAnswer, tlv(5, ndnNamed("gw", "GET", "url"), tlv(10, uint32(1)))} {
		data := prototest.Frame(0x8624, packet)
		packets := []dataplane.Packet{{Data: data, Len: uint32(len(data)), Time: 1e18, Link: dataplane.LinkEthernet}}
		n.Handler.Process(packets)
		if n.Value("ndn.name_components") == "" {
			t.Fatal("the packet is not read")
		}
		if got := testing.AllocsPerRun(100, func() { n.Handler.Process(packets) }); got != 0 {
			t.Errorf("%v allocations", got)
		}
	}
}
