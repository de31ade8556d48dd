package probe_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mmt/analyzer/proto/prototest"
	"mmt/bench/traffic"
)

// sized puts a length of one or two octets before octets (X.691 section 11.9).
func sized(parts ...any) []byte {
	b := prototest.Bytes(parts...)
	if len(b) < 128 {
		return append([]byte{byte(len(b))}, b...)
	}
	return append(binary.BigEndian.AppendUint16(nil, 0x8000|uint16(len(b))), b...)
}

// element is an information element of S1AP, pdu a message: TS 36.413 section 9.3.
func element(number uint16, parts ...any) []byte {
	return prototest.Bytes(number, byte(0x40), sized(parts...))
}

func pdu(kind, procedure byte, elements ...[]byte) []byte {
	return prototest.Bytes(kind<<5, procedure, byte(0), sized(byte(0), uint16(len(elements)), bytes.Join(elements, nil)))
}

// mobileNet makes a trace of base stations, 10.3.0.n, and a core, 10.3.9.9.
type mobileNet struct {
	at      int64
	packets []traffic.Packet
}

// send sends messages in one packet, to the core if up.
func (m *mobileNet) send(up bool, station byte, messages ...[]byte) {
	from, to, ports := []byte{10, 3, 0, station}, []byte{10, 3, 9, 9}, []uint16{36000, 36412}
	if !up {
		from, to = to, from
		slices.Reverse(ports)
	}
	d := prototest.Bytes(ports[0], ports[1], uint32(77), uint32(0))
	for _, message := range messages {
		d = append(d, prototest.Bytes(byte(0), byte(3), uint16(16+len(message)), uint32(1), uint32(3), uint32(18), message)...)
		d = append(d, make([]byte, -len(d)&3)...)
	}
	m.at += 1e9
	frame := prototest.Bytes(uint32(0), uint32(1), uint32(2), uint16(0x800), uint16(0x4500), uint16(20+len(d)), uint32(0x10000), byte(64), byte(132), uint16(0), from, to, d)
	m.packets = append(m.packets, traffic.Packet{Time: 1700000000e9 + m.at, Data: frame})
}

// Messages and parts of them. The numbers of a subscriber are one octet at the
// station and one at the core.
func text(number uint16, s string) []byte {
	return element(number, byte((len(s)-1)>>1), byte((len(s)-1)<<7), s)
}
func atENB(ue byte) []byte { return element(8, byte(0), ue) }
func atMME(ue byte) []byte { return element(0, byte(0), ue) }
func nas(b string) []byte  { return element(26, sized(prototest.Hex(b))) }

// bits packs zeros and ones into octets, and fills the last one up.
func bits(s string) (b []byte) {
	s = strings.ReplaceAll(s, " ", "")
	for i, bit := range s {
		if i%8 == 0 {
			b = append(b, 0)
		}
		b[i/8] |= byte(bit-'0') << (7 - i%8)
	}
	return b
}

// bearer is a bearer to be set up, of a quality class: its options and number,
// class, priority, address of the gateway 10.3.1.n, tunnel, and NAS.
func bearer(options string, class, gateway byte, nas string) []byte {
	b := prototest.Bytes(bits("0"+options+"0 0101 000"), class, bits("0 0 1000 0 1 0 00011111"), prototest.Hex("0a0301"), gateway, uint32(0x1000)+uint32(class))
	if nas != "" {
		b = append(b, sized(prototest.Hex(nas))...)
	}
	return b
}

// contextOf asks for a context with one bearer, moreOf for more bearers.
func contextOf(bearer []byte) []byte { return element(24, byte(0), element(52, bearer)) }

func moreOf(bearers ...[]byte) []byte {
	list := []byte{byte(len(bearers) - 1)}
	for _, b := range bearers {
		list = append(list, element(17, b)...)
	}
	return element(16, list)
}

var lteOn = []string{"-t", "trace.pcap", "-X", "session-report.ftp=false", "-X", "session-report.http=false", "-X", "session-report.rtp=false",
	"-X", "session-report.ssl=false", "-X", "session-report.gtp=true"}

// Parts of NAS: attachment by IMSI, and by a temporary number; who the subscriber
// is; acceptance of a detachment; activation of a first and of one more bearer,
// and something ciphered.
const (
	byIMSI    = "07 41 71 08 29 80 39 10 00 00 00 10 02 e0 e0 0004 02 01 d0 11"
	byTMSI    = "07 41 71 0b f6 02f839 8001 01 c0ffee01 02 e0 e0 0004 02 01 d0 11"
	identity  = "07 56 08 29 80 39 10 00 00 00 20"
	detached  = "07 46"
	first     = "52 01 c1 01 09 04 03 61 6263 05 01 0a2d0002"
	dedicated = "62 02 c5 05 01 01 00 00"
	ciphered  = "27 aabbccdd 03 aabbcc"
)

// lteTrace is two base stations and three subscribers.
func lteTrace() []traffic.Packet {
	var m mobileNet
	setup := func(station byte, name string) {
		m.send(true, station, pdu(0, 17, text(60, name)))
		m.send(false, station, pdu(1, 17, text(61, "mme-1")))
	}
	setup(1, "enb-1")
	setup(2, "enb-2")
	m.send(true, 1, pdu(0, 12, atENB(1), nas(byIMSI)))
	m.send(false, 1, pdu(0, 9, atMME(7), atENB(1), contextOf(bearer("00", 9, 1, ""))))
	m.send(true, 1, pdu(1, 9, atMME(7), atENB(1)), pdu(0, 12, atENB(2), nas(byTMSI))) // two messages, one packet
	m.send(false, 1, pdu(0, 5, atMME(7), atENB(1), moreOf(bearer("0", 1, 2, dedicated), bearer("0", 2, 2, first), bearer("0", 5, 1, ciphered))))
	m.send(true, 1, pdu(0, 13, atMME(8), atENB(2), nas(identity)))
	m.send(false, 2, pdu(1, 3, atMME(7), atENB(9))) // the first subscriber has moved
	m.send(true, 2, pdu(1, 23, atMME(7), atENB(9)))
	m.send(true, 2, pdu(0, 12, atENB(10), nas(byIMSI))) // and comes again
	m.send(true, 2, pdu(1, 9, atMME(17), atENB(10)))
	m.send(false, 2, pdu(0, 11, atMME(17), atENB(10), nas(detached)))
	m.send(true, 2, pdu(1, 23, atMME(17), atENB(10)))
	m.send(true, 2, pdu(1, 9, atMME(30), atENB(30))) // nobody knows who
	m.send(true, 2, pdu(1, 23, atMME(30), atENB(30)))
	return m.packets
}

// TestLTE holds what is told of a network, and that it is the same whatever the
// number of threads.
func TestLTE(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, lteTrace()))
	lte := func(options ...string) (lines []string) {
		for _, line := range reports(t, dir, nil, append(lteOn, options...)...) {
			if after, ok := strings.CutPrefix(line, `400,3,"trace.pcap",17000000`); ok {
				lines = append(lines, "400 "+strings.TrimSpace(strings.Replace(after, ".000000", "", 1)))
			} else if after, ok := strings.CutPrefix(line, `401,3,"trace.pcap",17000000`); ok {
				lines = append(lines, "401 "+strings.TrimSpace(strings.Replace(after, ".000000", "", 1)))
			}
		}
		return lines
	}
	want := []string{
		`400 01,1,1,"10.3.0.1",2,"enb-1"`, `400 02,2,1,"10.3.9.9",3,"mme-1"`, `400 02,1,2,2`,
		`400 03,3,1,"10.3.0.2",2,"enb-2"`, `400 04,3,2,2`,
		`400 05,4,1,"",1,"208930100000001",0`,
		`400 06,5,1,"10.3.1.1",4,""`, `400 06,2,2,5`,
		`400 07,4,2,1`, `400 07,6,1,"",1,"",3237998081`,
		`400 08,7,1,"10.3.1.2",4,""`, `400 08,2,2,7`,
		`401 08,4,4097,1`, `401 08,4,4101,5`,
		`400 09,6,1,"",1,"208930100000002",3237998081`,
		`400 10,4,2,3`, `400 11,4,3`, `400 13,4,2,3`, `400 14,4,4`,
		`400 16,8,1,"",1,"",0`, `400 16,8,2,3`, `400 17,8,4`,
	}
	slices.Sort(want)
	for _, threads := range []int{0, 1, 2, 3} {
		got := lte("-X", fmt.Sprint("thread-nb=", threads))
		slices.Sort(got)
		same(t, fmt.Sprint(threads, " threads"), got, want)
	}
	if got := lte("-X", "session-report.gtp=false"); len(got) != 0 {
		t.Errorf("without gtp: %q", got)
	}
	if got := lte("-X", "session-report.enable=false"); len(got) != 0 {
		t.Errorf("without session reports: %q", got)
	}
}
