package probe_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
)

// datagram is a UDP datagram over IPv4 in an Ethernet frame.
func datagram(at int64, from, to [4]byte, fromPort, toPort uint16, payload []byte) traffic.Packet {
	frame := append(make([]byte, 12, 64+len(payload)), 8, 0)
	frame[5], frame[11] = from[3], to[3]
	frame = append(frame, 0x45, 0)
	frame = binary.BigEndian.AppendUint16(frame, uint16(28+len(payload)))
	frame = append(frame, 0, 1, 0, 0, 64, 17, 0, 0)
	frame = append(append(frame, from[:]...), to[:]...)
	frame = binary.BigEndian.AppendUint16(frame, fromPort)
	frame = binary.BigEndian.AppendUint16(frame, toPort)
	frame = binary.BigEndian.AppendUint16(frame, uint16(8+len(payload)))
	return traffic.Packet{Time: at, Data: append(append(frame, 0, 0), payload...)}
}

// avp is an attribute of RADIUS (RFC 2865 section 5).
func avp(kind byte, value string) string { return string([]byte{kind, byte(2 + len(value))}) + value }

// of3GPP are attributes of 3GPP (TS 29.061 section 16.4.7).
func of3GPP(attributes ...string) string {
	return avp(26, "\x00\x00\x28\xaf"+strings.Join(attributes, ""))
}

// radiusMessage is a message from an access server.
func radiusMessage(at int64, client byte, code byte, attributes ...string) traffic.Packet {
	body := strings.Join(attributes, "")
	d := append([]byte{code, 7}, binary.BigEndian.AppendUint16(nil, uint16(20+len(body)))...)
	d = append(append(d, make([]byte, 16)...), body...)
	return datagram(at, [4]byte{172, 16, 0, client}, [4]byte{172, 16, 1, 1}, 1813, 1813, d)
}

const radiusTime = int64(1700000000e9)

// account is the message of the sample line of report 9.
func account(client byte) traffic.Packet {
	return radiusMessage(radiusTime+int64(client)*1e9, client, 4, avp(8, "\x09\x09\x09\x0a"), avp(31, "33612345678"), avp(40, "\x00\x00\x00\x01"), avp(44, "sess0001"))
}

var radiusOn = []string{"-t", "trace.pcap", "-X", "radius-report.enable=true", "-X", "radius-report.output-channel={stdout}"}

func TestRADIUS(t *testing.T) {
	dir := t.TempDir()
	mobile := radiusMessage(radiusTime+9e9, 9, 1, avp(31, `33"6`), of3GPP(avp(1, "208011234567890"), avp(6, "\x0a\x00\x00\x01"), avp(7, "\x0a\x00\x00\x02"),
		avp(13, "0800"), avp(18, "20801"), avp(20, "3512345678901234"), avp(21, "\x06"), avp(22, "\x00\x02\xf8\x10\x12\x34\x56\x78")))
	tracking := radiusMessage(radiusTime+10e9, 10, 2, avp(44, "s"), of3GPP(avp(22, "\x82\x02\xf8\x10\x00\x2a\x02\xf8\x10\x00\x12\xd6\x03")))
	packets := []traffic.Packet{account(0), mobile, tracking}
	write(t, dir, "trace.pcap", pcap(t, packets))
	want := map[string]string{
		"4": `9,3,"trace.pcap",1700000000.000000,4,"9.9.9.10","33612345678",1,"sess0001","","","","","",0,"",0,0`,
		"1": `9,3,"trace.pcap",1700000009.000000,1,"","33.6",0,"","208011234567890","3512345678901234","10.0.0.2","10.0.0.1","20801",6,"0800",4660,22136`,
		"2": `9,3,"trace.pcap",1700000010.000000,2,"","",0,"s","","","","","",0,"",42,1234435`,
	}
	radius := func(options ...string) (lines []string) {
		for _, line := range reports(t, dir, nil, append(radiusOn, options...)...) {
			if strings.HasPrefix(line, "9,") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		return lines
	}
	if got := radius(); !slices.Equal(got, []string{want["4"], want["1"], want["2"]}) {
		t.Errorf("all messages: %q", got)
	}
	for code, line := range want {
		if got := radius("-X", "radius-report.message-id="+code); !slices.Equal(got, []string{line}) {
			t.Errorf("message-id %s: %q", code, got)
		}
	}
	if got := radius("-X", "radius-report.message-id=45"); len(got) != 0 {
		t.Errorf("message-id 45: %q", got)
	}
}

// TestRADIUSThreads holds that any number of threads reports the same messages.
func TestRADIUSThreads(t *testing.T) {
	dir := t.TempDir()
	var packets []traffic.Packet
	for client := range byte(40) {
		packets = append(packets, account(client))
	}
	write(t, dir, "trace.pcap", pcap(t, packets))
	want := reports(t, dir, nil, append(radiusOn, "-X", "thread-nb=0")...)
	if n := len(ofReport("9", want)); n != len(packets) {
		t.Fatalf("%d reports of %d messages", n, len(packets))
	}
	for _, threads := range []int{1, 2, 3} {
		same(t, fmt.Sprint(threads, " threads"), threadless(reports(t, dir, nil, append(radiusOn, "-X", fmt.Sprint("thread-nb=", threads))...)), threadless(slices.Clone(want)))
	}
}
