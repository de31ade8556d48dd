package application

import (
	"net/netip"
	"strings"
	"testing"

	"mmt/analyzer/proto/prototest"
	"mmt/dataplane"
)

// TestCutPackets holds that what a capture cut after 68 bytes of each packet is
// recognised where lengths speak of more than there is.
func TestCutPackets(t *testing.T) {
	client, server := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	for want, c := range map[string]struct {
		port    uint16
		payload []byte
	}{
		"radius":    {1812, radiusPacket(1, radiusAVP(1, strings.Repeat("u", 40)), radiusAVP(31, "33612345678"))},
		"ntp":       {123, prototest.Bytes(0x23, 0, 6, 0xec, make([]byte, 44))},
		"ptpv2":     {319, prototest.Bytes(0, 2, uint16(44), make([]byte, 40))},
		"dhcp":      {67, prototest.Bytes(1, 1, 6, 0, make([]byte, 300))},
		"ubntac2":   {10001, prototest.Bytes(1, 0, behind(1, behind("\x02\x00\x00\x00\x00\x01"), 11, behind(strings.Repeat("u", 40))))},
		"netflow":   {2055, prototest.Bytes(uint16(5), uint16(1), make([]byte, 20+48))},
		"roughtime": {2002, prototest.Bytes(2, 0, 0, 0, 64, 0, 0, 0, "NONC", "PAD\xff", make([]byte, 64+40))},
		"mdns":      {5353, prototest.Bytes(uint16(0), uint16(0x8400), dnsAnswer(0, "a.local")[4:])},
	} {
		frame := prototest.IPPacket(17, client, server, prototest.UDPDatagram(40000, c.port, c.payload))
		n := prototest.New(t, infrastructure()...)
		n.Handler.Process([]dataplane.Packet{{Data: frame[:68:68], Len: uint32(len(frame)), Time: 1_700_000_000e9, Link: dataplane.LinkEthernet}})
		if got := n.Path(); got != "ethernet.ip.udp."+want {
			t.Errorf("%s, cut: path %s", want, got)
		}
	}
}
