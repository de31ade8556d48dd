package application

import (
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
)

// clientSays and serverSays make an entry of a conversation from the parts that
// prototest.Bytes joins.
func clientSays(parts ...any) string { return ">" + string(prototest.Bytes(parts...)) }
func serverSays(parts ...any) string { return "<" + string(prototest.Bytes(parts...)) }

// behind puts the length of what the parts make, two bytes, before it.
func behind(parts ...any) []byte {
	b := prototest.Bytes(parts...)
	return prototest.Bytes(uint16(len(b)), b)
}

// berOf makes an element of the Basic Encoding Rules.
func berOf(tag int, parts ...any) []byte {
	b := prototest.Bytes(parts...)
	if len(b) < 0x80 {
		return prototest.Bytes(tag, len(b), b)
	}
	return prototest.Bytes(tag, 0x82, uint16(len(b)), b)
}

// dnsName writes a name as DNS does, without compression.
func dnsName(name string) []byte {
	var b []byte
	for _, label := range strings.Split(name, ".") {
		if label != "" {
			b = prototest.Bytes(b, len(label), label)
		}
	}
	return append(b, 0)
}

// dnsAsks makes a query of type A with one question.
func dnsAsks(tid uint16, flags uint16, name string) []byte {
	return prototest.Bytes(tid, flags, uint16(1), uint16(0), uint16(0), uint16(0), dnsName(name), uint16(1), uint16(1))
}

// datagrams returns conversations of one datagram each to a port.
func datagrams(want string, port uint16, payloads map[string][]byte) []conversation {
	var list []conversation
	for name, payload := range payloads {
		list = append(list, conversation{name: name, udp: true, port: port, say: []string{clientSays(payload)}, want: want})
	}
	return list
}

// noise calls try with payloads that are no protocol's: every length to 80 and
// some beyond, of pseudo-random bytes.
func noise(try func(payload []byte)) {
	state := uint32(12345)
	next := func() byte {
		state = state*1664525 + 1013904223
		return byte(state >> 24)
	}
	for round := range 40 {
		for n := 1; n < 80; n += 1 + round%3 {
			b := make([]byte, n*(1+round/10))
			for i := range b {
				b[i] = next()
			}
			try(b)
		}
	}
}

// TestNoise holds that pseudo-random payload on ports of no protocol is not
// recognised by anything here.
func TestNoise(t *testing.T) {
	n := prototest.New(t, infrastructure()...)
	count := 0
	noise(func(b []byte) {
		for _, f := range []*prototest.Flow{n.UDP(40000, 40001).Up(b).Down(b), n.TCP(40000, 40001).Up(b).Down(b)} {
			count++
			if path := f.Final(); !strings.HasSuffix(path, ".unknown") {
				t.Errorf("%x: path %s", b, path)
			}
		}
	})
	if count < 1000 {
		t.Errorf("only %d flows tried", count)
	}
}

// TestOwnPorts holds that pseudo-random payload is hardly ever recognised on the
// ports where protocols are expected.
func TestOwnPorts(t *testing.T) {
	for _, proto := range infrastructure() {
		n := prototest.New(t, proto)
		seen, wrong := 0, 0
		for _, c := range proto.Classifiers {
			for _, port := range c.Ports {
				noise(func(b []byte) {
					f := n.UDP(40000, port)
					if c.Parent != id.Udp {
						f = n.TCP(40000, port)
					}
					if seen++; !strings.HasSuffix(f.Up(b).Final(), ".unknown") {
						wrong++
					}
				})
			}
		}
		if wrong*50 > seen {
			t.Errorf("%s: %d of %d random payloads taken", proto.Name, wrong, seen)
		}
	}
}

// infrastructure lists the protocols that the tests of this file are about.
func infrastructure() []dpi.Protocol {
	return []dpi.Protocol{
		DNS, MDNS, LLMNR, NetBIOS, DHCP, DHCPv6, SSDP, SLP, WSD, LDAP, Kerberos, RADIUS, TACACS, Diameter,
		NTP, PTP, Roughtime, Time, Daytime, Whois, Finger, Ident, Gopher,
		RIP, RIPng, BGP, BMP, RPKIRTR, HSRP, GLBP, BFD, LDP, LISP, DLEP, HIP, WCCP, NATPMP, PCP, SOCKS, HAProxy, ISAKMP,
		SNMP, Syslog, NetFlow, SFlow, Collectd, RMCP, Munin, Zabbix, Checkmk, Kismet, TFTP, XDMCP, WOL, OpenFlow,
		CAPWAP, Iperf, TWAMP, OWAMP, RipeAtlas, Echo, Chargen, CPHA,
		MerakiCloud, UBNTAC2, MikroTik, TPLinkSHP, TuyaLP, Xiaomi, NestLogSink, BJNP, HL7, DICOM, ATG,
		Dropbox, Spotify, Steam, TiVoConnect,
	}
}
