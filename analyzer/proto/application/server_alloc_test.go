package application

import (
	"net/netip"
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
	"mmt/dataplane"
)

// TestServersDoNotAllocate checks that reading all attributes of a packet, and
// following a control connection of FTP, takes no memory.
func TestServersDoNotAllocate(t *testing.T) {
	for _, c := range []struct {
		name     string
		port     uint16
		payload  string
		protocol dpi.Protocol
	}{
		{"nfs", 2049, rpcCall(true, rpcNFS, 3, nfs3Lookup, opaque("handle"), opaque("name")), NFS},
		{"smb", 445, negotiateSMB, SMB},
		{"ftp", 21, "USER me\r\nPASS x\r\nPASV\r\nRETR file\r\n", FTP},
	} {
		n := prototest.New(t, c.protocol)
		n.Handler.RemovePacketHandler(1) // the test helper's own
		for _, a := range c.protocol.Attributes {
			n.Register(c.name + "." + a.Name)
		}
		addr := netip.MustParseAddr("192.0.2.1")
		segment := prototest.TCPSegment(40000, c.port, 1, 1, prototest.ACK, []byte(c.payload))
		packets := []dataplane.Packet{{Data: prototest.IPPacket(6, addr, addr.Next(), segment), Link: dataplane.LinkEthernet, Time: 1}}
		packets[0].Len = uint32(len(packets[0].Data))
		seq := packets[0].Data[14+20+4:] // each packet goes on where the one before ended
		process := func() {
			n.Handler.Process(packets)
			next := be32(seq) + uint32(len(c.payload))
			seq[0], seq[1], seq[2], seq[3] = byte(next>>24), byte(next>>16), byte(next>>8), byte(next)
		}
		for range 40 { // until the flow is classified and what it needs is made
			process()
		}
		if got := testing.AllocsPerRun(100, process); got > 0 {
			t.Errorf("%s: %v allocations a packet", c.name, got)
		}
	}
}

// TestServerClassifiersAllocateNothing checks that asking what recognises
// servers' protocols about a payload, theirs or not, takes no memory.
func TestServerClassifiersAllocateNothing(t *testing.T) {
	var list []dpi.Classifier
	for _, p := range slices.Concat(remoteCallProtocols, mailProtocols[1:], messageProtocols, fileProtocols[1:], databaseProtocols[1:], remoteProtocols[1:]) {
		for _, c := range p.Classifiers {
			if c.Parent == id.Tcp {
				list = append(list, c)
			}
		}
	}
	for name, payload := range map[string]string{
		"zeros": string(make([]byte, 1400)), "text": "HTTP/1.1 200 OK\r\nServer: something\r\n\r\n", "reply": "220 ready\r\n",
		"call": rpcCall(true, rpcNFS, 4, 1, opaque("tag"), uint32(1), uint32(0)), "words": "\x01\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00",
		"fields": raw(0x12, 12, "a name of it", 0x22, 2, 8, 1, 0x38, 0xff, 0x01), "array": "*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
	} {
		var allocs float64
		n := prototest.New(t, asking(id.Tcp, func(p *dpi.Packet, d []byte) {
			allocs = testing.AllocsPerRun(100, func() {
				for i := range list {
					list[i].Classify(p, d)
				}
			})
		}))
		n.TCP(40000, 40001).Up([]byte(payload))
		if allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}
