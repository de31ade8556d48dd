package prototest

import (
	"bytes"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// echo is a protocol that says "echo" first.
var echo = dpi.Protocol{
	ID: id.Http, Name: "http",
	Attributes: []dpi.Attribute{{ID: 1, Name: "first", Type: dpi.U8, Pos: 0}},
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Classify: isEcho},
		{Parent: id.Tcp, Weight: 100, Classify: isEcho},
	},
}

func isEcho(p *dpi.Packet, d []byte) dpi.Verdict {
	if !bytes.HasPrefix(d, []byte("echo")) {
		return dpi.No
	}
	p.SetHost(d[4:])
	return dpi.Yes
}

func TestFlows(t *testing.T) {
	n := New(t, echo)
	n.Register("http.first", "udp.dest_port")
	f := n.UDP(1000, 2000).Up([]byte("echo.org"))
	if f.Path() != "ethernet.ip.udp.http" || f.Host() != ".org" {
		t.Errorf("UDP: path %s, host %q", f.Path(), f.Host())
	}
	if n.Value("http.first") != "101" || n.Value("udp.dest_port") != "2000" {
		t.Errorf("values %s, %s", n.Value("http.first"), n.Value("udp.dest_port"))
	}
	if got := n.UDP(1, 2).Up([]byte("other")).Path(); got != "ethernet.ip.udp.unknown" {
		t.Errorf("other: path %s", got)
	}
	if got := n.TCP(1, 2).Down([]byte("echo")).Path(); got != "ethernet.ip.tcp.http" {
		t.Errorf("TCP: path %s", got)
	}
	if got := n.TCPMid(1, 2).Up([]byte("echo")).Final(); got != "ethernet.ip.tcp.http" {
		t.Errorf("TCP without opening: path %s", got)
	}
}

func TestBytes(t *testing.T) {
	got := Bytes(byte(1), 2, uint16(3), uint32(4), uint64(5), "a", []byte{9})
	want := Hex("01 02 0003 00000004 0000000000000005 61 09")
	if !bytes.Equal(got, want) {
		t.Errorf("Bytes = %x, want %x", got, want)
	}
}
