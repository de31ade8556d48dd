package mobile

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// all are the protocols of this package over SCTP, so that a test sees them
// compete.
var all = []dpi.Protocol{
	S1AP, NASEPS, NGAP, NAS5G, X2AP, XnAP, F1AP, E1AP, M2AP, M3AP, LCSAP, SBcAP, SABP, HNBAP, RUA, RANAP,
	M3UA, M2UA, M2PA, SUA, IUA, SCCP, H248,
}

var (
	ranapReset = ap(0, 9, ie(4, 0x40), ie(3, 0x20))
	bssmap     = hex("00 04 30 04 01 20")
	transfer   = func(indicator byte, user []byte) []byte {
		data := wire(uint32(1), uint32(2), indicator, 2, 0, 5, user)
		data = append(wire(hex("0006 0008 00000001 0210"), uint16(4+len(data))), data...)
		return append(wire(hex("01 00 01 01"), uint32(8+len(data))), data...)
	}
	// A datagram of SCCP to a subsystem: class, pointers to called, calling, data.
	unitdata = func(subsystem byte, data []byte) []byte {
		return wire(9, 0, 3, 5, 7, hex("02 42"), subsystem, hex("02 42 06"), byte(len(data)), data)
	}
)

func TestOverSCTP(t *testing.T) {
	message := ap(0, 6, ie(21, hex("00")))
	for _, c := range []struct {
		ppid uint32
		pdu  []byte
		want string
	}{
		{27, message, "x2ap"}, {61, message, "xnap"}, {62, message, "f1ap"}, {64, message, "e1ap"}, {43, message, "m2ap"},
		{44, message, "m3ap"}, {29, message, "lcsap"}, {24, message, "sbcap"}, {31, message, "sabp"}, {20, message, "hnbap"},
		{19, ap(0, 2, ie(7, 0), ie(3, hex("000001")), ie(4, open(ranapReset))), "rua.ranap"},
		{19, message, "rua"},
		{18, message, "s1ap"}, {60, message, "ngap"}, {99, message, "unknown"}, {0, message, "unknown"},
		{3, hex("01 00 03 01 00000008"), "m3ua"},
		{3, hex("01 00 06 01 00000008"), "unknown"},
		{3, hex("02 00 03 01 00000008"), "unknown"},
		{3, hex("01 00 03 01 00000010"), "unknown"},
		{3, transfer(5, hex("01 00 01")), "m3ua.isup"},
		{3, transfer(13, hex("01 00 01")), "m3ua.bicc"},
		{3, transfer(3, unitdata(6, hex("62 03 48 01 01"))), "m3ua.sccp.tcap"},
		{3, transfer(3, unitdata(142, ranapReset)), "m3ua.sccp.ranap"},
		{3, transfer(3, unitdata(254, bssmap)), "m3ua.sccp.bssap"},
		{3, transfer(3, unitdata(99, hex("0102"))), "m3ua.sccp"},
		{3, transfer(3, wire(hex("06 000001 00 01"), byte(len(ranapReset)), ranapReset)), "m3ua.sccp.ranap"},
		{3, transfer(3, wire(hex("06 000001 00 01"), byte(len(bssmap)), bssmap)), "m3ua.sccp.bssap"},
		{2, wire(hex("01 00 06 01 00000014 0300 000c 83 01020304"), unitdata(0, nil)[:3]), "m2ua.sccp"},
		{5, wire(hex("01 00 0b 01 00000019 00000001 00000002 00 85 01020304"), hex("010203")), "m2pa.isup"},
		{7, []byte("MEGACO/1 [10.3.0.1]:2945\n"), "h248"}, {7, []byte("!/2 [10.3.0.1] T=1{"), "h248"},
		{7, hex("30 81 90 a1 0c 80 01 01 a1 07"), "h248"}, {7, hex("30 81 90 04 0c 80 01 01 a1 07"), "unknown"}, {7, []byte("MEGATON 1"), "unknown"},
		{4, hex("01 00 07 01 00000008"), "sua"}, {1, hex("01 00 05 01 00000008"), "iua"},
	} {
		a := newAssociation(t, 5000, all...)
		if got, want := a.up(chunk(c.ppid, c.pdu)), "ethernet.ip.sctp.sctp_data."+c.want; got != want {
			t.Errorf("payload protocol %d, %x: path %s, want %s", c.ppid, c.pdu, got, want)
		}
	}
}

func TestSGsAP(t *testing.T) {
	for pdu, ok := range map[string]bool{
		"01 01 08 2980391000000010 0a 01 01": true, // paging: identity, service
		"01 01 08 2980391000000010 0a 02 01": false,
		"60 01 08 2980391000000010":          false,
	} {
		a := newAssociation(t, 29118, append(all[:len(all):len(all)], SGsAP)...)
		if got := a.up(chunk(0, hex(pdu))); (got == "ethernet.ip.sctp.sctp_data.sgsap") != ok {
			t.Errorf("%s: path %s", pdu, got)
		}
	}
}

func TestGSMTAP(t *testing.T) {
	n := prototest.New(t, GSMTAP)
	header := hex("02 04 01 00 4014 c5 00 0012d687 02 00 00 00")
	for _, c := range []struct {
		port uint16
		d    []byte
		ok   bool
	}{
		{4729, wire(header, hex("2d063f")), true}, {4730, header, false},
		{4729, header[:15], false}, {4729, wire(byte(3), header[1:]), false}, {4729, wire(header[:2], byte(0), header[3:]), false},
	} {
		if got := n.UDP(40000, c.port).Up(c.d).Final() == "ethernet.ip.udp.gsmtap"; got != c.ok {
			t.Errorf("%x to port %d: recognised %v", c.d, c.port, got)
		}
	}
}

func TestOverSCTPTruncated(t *testing.T) {
	a := newAssociation(t, 5000, all...)
	a.n.Register("ranap.procedure_code", "sccp.message_type", "m3ua.message_class")
	a.up(chunk(3, hex("01 00 03 01 00000008")))
	prototest.Prefixes(transfer(3, unitdata(142, ranapReset)), func(prefix []byte) {
		a.up(chunk(3, prefix))
		if got := a.n.Value("ranap.procedure_code"); got != "" {
			t.Errorf("cut at %d: procedure %s", len(prefix), got)
		}
	})
	a.up(chunk(3, transfer(3, unitdata(142, ranapReset))))
	a.has(t, "whole", map[string]string{"ranap.procedure_code": "9", "sccp.message_type": "9", "m3ua.message_class": "1"})
	prototest.Prefixes(unitdata(142, ranapReset), func(prefix []byte) {
		if len(prefix) > 0 {
			a.up(chunk(3, transfer(3, prefix)))
		}
		if got := a.n.Value("ranap.procedure_code"); got != "" && len(prefix) > 0 {
			t.Errorf("SCCP cut at %d: procedure %s", len(prefix), got)
		}
	})
}

func TestPFCP(t *testing.T) {
	n := prototest.New(t, PFCP)
	n.Register("pfcp.version", "pfcp.message_type", "pfcp.message_length", "pfcp.seid", "pfcp.sequence_number")
	heartbeat := hex("20 01 000c 000102 00 0060 0004 e0000000")
	deletion := hex("21 36 000c 0000000000000007 000a0b 00")
	for _, c := range []struct {
		what string
		port uint16
		d    []byte
		ok   bool
	}{
		{"heartbeat", 8805, heartbeat, true}, {"heartbeat elsewhere", 9, heartbeat, true},
		{"deletion", 8805, deletion, true}, {"no elements elsewhere", 9, deletion, false},
		{"another version", 8805, hex("40 01 000c 000102 00 0060 0004 e0000000"), false},
		{"unassigned type", 8805, hex("20 20 000c 000102 00 0060 0004 e0000000"), false},
		{"wrong length", 8805, hex("20 01 000b 000102 00 0060 0004 e0000000"), false},
		{"elements too long", 8805, hex("20 01 000c 000102 00 0060 0005 e0000000"), false},
		{"session where none is", 8805, hex("21 01 000c 0000000000000007 000a0b 00"), false},
		{"two messages", 8805, wire(hex("25 36 000c 0000000000000007 000a0b 00"), deletion), true},
		{"two without saying so", 8805, wire(deletion, deletion), false},
	} {
		if got := n.UDP(40000, c.port).Up(c.d).Final() == "ethernet.ip.udp.pfcp"; got != c.ok {
			t.Errorf("%s: recognised %v", c.what, got)
		}
	}
	n.UDP(40000, 8805).Up(deletion)
	for name, want := range map[string]string{"version": "1", "message_type": "54", "message_length": "12", "seid": "7", "sequence_number": "2571"} {
		if got := n.Value("pfcp." + name); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
	n.UDP(40000, 8805).Up(heartbeat)
	if n.Value("pfcp.seid") != "" || n.Value("pfcp.sequence_number") != "258" {
		t.Errorf("heartbeat: seid %q, sequence %q", n.Value("pfcp.seid"), n.Value("pfcp.sequence_number"))
	}
	prototest.Prefixes(heartbeat, func(prefix []byte) {
		if got := n.UDP(40000, 8805).Up(prefix).Final(); got == "ethernet.ip.udp.pfcp" {
			t.Errorf("recognised in %d octets", len(prefix))
		}
	})
}
