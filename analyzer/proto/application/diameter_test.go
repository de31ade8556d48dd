package application

import (
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/proto/transport"
)

// diameterMessage makes a message with one attribute, the host that sends it.
func diameterMessage(flags byte, command uint32) []byte {
	avp := prototest.Bytes(uint32(264), byte(0x40), byte(0), uint16(8+8), "host.org")
	return prototest.Bytes(byte(1), byte(0), uint16(20+len(avp)), uint32(flags)<<24|command, uint32(4), uint32(0x11), uint32(0x22), avp)
}

func TestDiameterRecognition(t *testing.T) {
	request, answer := diameterMessage(0xc0, 272), diameterMessage(0x40, 272)
	recognise(t, []dpi.Protocol{Diameter}, []conversation{
		{name: "request and answer", port: 3868, say: []string{clientSays(request), serverSays(answer)}, want: "diameter"},
		{name: "answer only", port: 13868, say: []string{serverSays(answer)}, want: "diameter"},
		{name: "of 3GPP", port: 3868, say: []string{clientSays(diameterMessage(0xc0, 8388622))}, want: "diameter"},
		{name: "no such command", port: 3868, say: []string{clientSays(diameterMessage(0xc0, 99))}, want: "unknown"},
		{name: "reserved flags", port: 3868, say: []string{clientSays(diameterMessage(0xc1, 272))}, want: "unknown"},
	})
}

func TestDiameterAttributes(t *testing.T) {
	want := map[string]string{
		"diameter.version": "1", "diameter.message_length": "36", "diameter.flag_r": "1", "diameter.flag_p": "1",
		"diameter.flag_e": "0", "diameter.flag_t": "1", "diameter.command_code": "272", "diameter.application_id": "4",
		"diameter.hop_to_hop_id": "17", "diameter.end_to_end_id": "34",
	}
	n := prototest.New(t, Diameter)
	for name := range want {
		n.Register(name)
	}
	message := diameterMessage(0xd0, 272)
	f := n.TCP(40000, 3868).Up(message)
	for name, value := range want {
		if got := n.Value(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
	if f.Up(message[20:]); n.Value("diameter.version") != "" {
		t.Error("a segment that starts within a message has a version")
	}
}

func TestDiameterOverSCTP(t *testing.T) {
	message := diameterMessage(0x80, 257)
	chunk := prototest.Bytes(0, 3, uint16(16+len(message)), uint32(1), uint16(0), uint16(0), uint32(46), message)
	packet := prototest.Bytes(uint16(40000), uint16(3868), uint32(0x1234), uint32(0), chunk)
	n := prototest.New(t, Diameter, transport.SCTP, transport.SCTPData)
	n.Register("diameter.command_code")
	client, server := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	if got := n.Frame(prototest.IPPacket(132, client, server, packet)); got != "ethernet.ip.sctp.sctp_data.diameter" {
		t.Errorf("path %s", got)
	}
	if got := n.Value("diameter.command_code"); got != "257" {
		t.Errorf("command code %q", got)
	}
}
