package application

import (
	"fmt"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// dnsRecordOf makes an answer with one record of a type.
func dnsRecordOf(kind uint16, data ...any) []byte {
	return prototest.Bytes(uint16(9), uint16(0x8180), uint16(1), uint16(1), uint16(0), uint16(0),
		dnsName("a.test"), kind, uint16(1), uint16(0xc00c), kind, uint16(1), uint32(60), behind(prototest.Bytes(data...)))
}

// describe tells what a message says in one line.
func (d *DNSTold) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %v %s/%d", d.ID, d.Response(), d.Name, d.Type)
	for _, a := range d.Answers {
		fmt.Fprintf(&b, ", %s %d %d %s", a.Name, a.Type, a.TTL, a.Data)
	}
	return b.String()
}

func TestDNSTold(t *testing.T) {
	name := dnsName("b.test")
	var d DNSTold // used for all
	for _, tt := range []struct {
		message []byte
		want    string
	}{
		{dnsAsks(1, 0x0100, "www.example.org"), "1 false www.example.org/1"},
		{dnsAnswer(2, "www.example.org"), "2 true www.example.org/1, www.example.org 5 60 edge.cdn.test, edge.cdn.test 1 60 192.0.2.7, edge.cdn.test 28 60 2001:db8::7"},
		{dnsRecordOf(15, uint16(10), name), "9 true a.test/15, a.test 15 60 b.test"},
		{dnsRecordOf(16, "\x03one\x03two"), "9 true a.test/16, a.test 16 60 one two"},
		{dnsRecordOf(16, "\xffone"), "9 true a.test/16, a.test 16 60 one"},
		{dnsRecordOf(33, uint16(1), uint16(2), uint16(53), name), "9 true a.test/33, a.test 33 60 1 2 53 b.test"},
		{dnsRecordOf(33, uint16(1)), "9 true a.test/33, a.test 33 60 "},
		{dnsRecordOf(6, name, name, uint32(1), uint32(2), uint32(3), uint32(4), uint32(5)), "9 true a.test/6, a.test 6 60 b.test b.test 1 2 3 4 5"},
		{dnsRecordOf(6, name, name, uint32(1)), "9 true a.test/6, a.test 6 60 "},
		{dnsRecordOf(1, uint16(1)), "9 true a.test/1, a.test 1 60 "},
		{dnsRecordOf(2, uint16(0xc0ff)), "9 true a.test/2, a.test 2 60 "},
		{dnsRecordOf(65, uint16(1)), "9 true a.test/65, a.test 65 60 "},
		{prototest.Bytes(uint16(3), uint16(0x8185), uint64(0)), "3 true /0"},
		{dnsAnswer(2, "www.example.org")[:70], "2 true www.example.org/1, www.example.org 5 60 edge.cdn.test"},
	} {
		d.read(tt.message)
		if got := d.describe(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestEachDNS: messages over UDP, and several in a segment of TCP.
func TestEachDNS(t *testing.T) {
	var d DNSTold
	var got []string
	n := prototest.New(t, DNS)
	if err := n.Handler.AddPacketHandler(2, func(p *dpi.Packet) { EachDNS(p, &d, func() { got = append(got, string(d.Name)) }) }); err != nil {
		t.Fatal(err)
	}
	n.UDP(40000, 53).Up(dnsAsks(1, 0x0100, "udp.test"))
	two := prototest.Bytes(behind(dnsAsks(1, 0x0100, "one.test")), behind(dnsAsks(2, 0x0100, "two.test")), "x")
	n.TCP(40000, 53).Up(two, []byte("\x00\x00 not a message"))
	if want := "[udp.test one.test two.test]"; fmt.Sprint(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// FuzzDNSTold: a message cannot tell more than it may.
func FuzzDNSTold(f *testing.F) {
	f.Add(dnsAnswer(2, "www.example.org"))
	f.Add(dnsRecordOf(6, dnsName("b.test"), dnsName("b.test"), uint64(1), uint64(2), uint32(5)))
	f.Add(dnsRecordOf(16, "\x03one\xfftwo"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < dnsHeader {
			return
		}
		var d DNSTold
		d.read(b)
		if len(d.Answers) > MaxDNSAnswers || len(d.Name) > maxDNSName {
			t.Errorf("%d answers, name of %d bytes", len(d.Answers), len(d.Name))
		}
		for _, a := range d.Answers {
			if len(a.Data) > max(len(b), 1000) {
				t.Errorf("data of %d bytes in %d", len(a.Data), len(b))
			}
		}
	})
}
