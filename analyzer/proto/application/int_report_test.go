package application_test

import (
	"net/netip"
	"testing"

	"mmt/analyzer/proto/application"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/proto/transport"
)

var (
	reportSrc = netip.MustParseAddr("10.0.0.1")
	reportDst = netip.MustParseAddr("10.0.0.2")
	// telemetry is INT of version 1 with one hop that says its number, 7.
	telemetry = prototest.Hex("01000400 10000107 80000000 00000007")
)

func reportNet(t testing.TB) *prototest.Net {
	t.Helper()
	n := prototest.New(t, application.IntReport, transport.INT)
	n.Register("int_report.switch_id", "int_report.hw_id", "int_report.seq_num", "int_report.ip_src", "int_report.ip_dst",
		"int_report.port_src", "int_report.port_dst", "int_report.sink_time", "int.hop_switch_ids")
	return n
}

// reported is the packet that a report is about, without and with its frame.
func reported(tcp bool) (packet, frame []byte) {
	packet = prototest.IP4(17, reportSrc, reportDst, prototest.UDPDatagram(1111, 2222, telemetry))
	if tcp {
		packet = prototest.IP4(6, reportSrc, reportDst, prototest.TCPSegment(1111, 2222, 1, 1, prototest.ACK, telemetry))
	}
	return packet, prototest.Frame(0x0800, packet)
}

// report1 builds a report of version 1: length in words, kind of packet, hardware
// 5, switch 9, number 77, time 123456.
func report1(words, kind byte, options, packet []byte) []byte {
	return prototest.Bytes(0x10|words, kind<<5, 0, 5, uint32(9), uint32(77), uint32(123456), options, packet)
}

func TestIntReport(t *testing.T) {
	packet, frame := reported(false)
	_, frameTCP := reported(true)
	tagged := prototest.Bytes(frame[:12], uint16(0x8100), uint16(5), frame[12:])
	padded := prototest.Bytes(frame, make([]byte, -len(frame)&3))
	group := prototest.Bytes(uint32(2<<28|5<<22|77), uint32(9),
		0x00, 0, 0, 0, // a report of nothing
		0x13, byte(3+len(padded)/4), 1, 0, make([]byte, 8), uint32(1), padded)
	for _, c := range []struct {
		name string
		port uint16
		data []byte
		time string
	}{
		{"version 1", 6000, report1(4, 0, nil, frame), "123456"},
		{"any port", 7777, report1(4, 0, nil, frame), "123456"},
		{"length not set", 6000, report1(0, 0, nil, frame), "123456"},
		{"optional metadata", 6000, report1(6, 0, make([]byte, 8), frame), "123456"},
		{"tagged frame", 6000, report1(4, 0, nil, tagged), "123456"},
		{"TCP", 6000, report1(4, 0, nil, frameTCP), "123456"},
		{"packet without a frame", 32766, report1(4, 1, nil, packet), "123456"},
		{"version 2", 6000, group, ""},
	} {
		n := reportNet(t)
		n.UDP(40000, c.port).Up(c.data)
		if got := n.Path(); got != "ethernet.ip.udp.int_report.int" {
			t.Errorf("%s: path %s", c.name, got)
		}
		for name, want := range map[string]string{
			"int_report.switch_id": "9", "int_report.hw_id": "5", "int_report.seq_num": "77", "int_report.sink_time": c.time,
			"int_report.ip_src": "10.0.0.1", "int_report.ip_dst": "10.0.0.2", "int_report.port_src": "1111", "int_report.port_dst": "2222",
			"int.hop_switch_ids": "00000007",
		} {
			if got := n.Value(name); got != want {
				t.Errorf("%s: %s = %q, want %q", c.name, name, got, want)
			}
		}
	}
}

func TestIntReportRefused(t *testing.T) {
	packet, frame := reported(false)
	for name, data := range map[string][]byte{
		"packet without a frame on any port": report1(4, 1, nil, packet),
		"other version":                      append([]byte{0x34}, report1(4, 0, nil, frame)[1:]...),
		"frame of something else":            report1(4, 0, nil, prototest.Frame(0x0806, packet)),
		"ICMP":                               report1(4, 0, nil, prototest.Frame(0x0800, prototest.IP4(1, reportSrc, reportDst, telemetry))),
	} {
		if got := reportNet(t).UDP(40000, 7777).Up(data).Path(); got != "ethernet.ip.udp.unknown" {
			t.Errorf("%s: path %s", name, got)
		}
	}
}

// TestIntReportPlain wants a report about a packet without telemetry to end
// the path, and one about IPv6 to have no addresses of IPv4.
func TestIntReportPlain(t *testing.T) {
	n := reportNet(t)
	six := netip.MustParseAddr("2001:db8::1")
	frame := prototest.Frame(0x86dd, prototest.IP6(17, six, six, prototest.UDPDatagram(1, 2, []byte("hello"))))
	n.UDP(40000, 6000).Up(report1(4, 0, nil, frame))
	if got := n.Path(); got != "ethernet.ip.udp.int_report" {
		t.Errorf("path %s", got)
	}
	if got := n.Value("int_report.ip_src") + n.Value("int_report.port_dst"); got != "2" {
		t.Errorf("address and port: %q", got)
	}
}

func TestIntReportCut(t *testing.T) {
	_, frame := reported(true)
	f := reportNet(t).UDP(40000, 6000)
	prototest.Prefixes(report1(4, 0, nil, frame), func(b []byte) { f.Up(b) })
	f.Up(report1(4, 0, nil, frame))
	prototest.Prefixes(report1(6, 0, make([]byte, 8), frame), func(b []byte) { f.Up(b) })
}
