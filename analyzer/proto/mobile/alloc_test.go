package mobile

import (
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/proto/transport"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

// TestNoAllocation holds that reading every attribute of a packet makes no
// garbage.
func TestNoAllocation(t *testing.T) {
	list := append([]dpi.Protocol{transport.SCTP, transport.SCTPData}, all...)
	reg := prototest.Registry(t, list...)
	for what, pdu := range map[string][]byte{
		"initial message of 5G": chunk(60, initialUE),
		"context of 4G":         chunk(18, ap(0, 9, ie(0, hex("c0 01020304")), ie(8, hex("00 03")), ie(24, item(52, realSetup)))),
		"attachment":            chunk(18, ap(0, 12, ie(8, hex("40 0102")), ie(26, open(attach)))),
		"M3UA":                  chunk(3, transfer(3, unitdata(142, ranapReset))),
	} {
		h, err := dpi.NewHandler(reg, session.NewTable(session.Config{Max: 16}), dpi.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			for _, a := range p.Attributes {
				if _, err := h.RegisterByName(p.Name, a.Name); err != nil {
					t.Fatal(err)
				}
			}
		}
		frame := prototest.IPPacket(132, netip.MustParseAddr("10.3.0.1"), netip.MustParseAddr("10.3.0.2"),
			wire(uint16(36412), uint16(36412), uint32(7), uint32(0), pdu))
		burst := []dataplane.Packet{{Data: frame, Len: uint32(len(frame)), Time: 1e18, Link: dataplane.LinkEthernet}}
		if n := testing.AllocsPerRun(100, func() { h.Process(burst) }); n != 0 {
			t.Errorf("%s: %g allocations a packet", what, n)
		}
		if len(h.Panics()) > 0 {
			t.Errorf("%s: panics %v", what, h.Panics())
		}
	}
}
