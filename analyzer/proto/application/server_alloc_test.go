package application

import (
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
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
