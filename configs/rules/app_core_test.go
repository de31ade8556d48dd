package rules

import (
	"slices"
)

// The hosts and identifiers of the 5G core.
const (
	station = "10.3.0.1"
	amf     = "10.3.0.2"
	ppNGAP  = 60 // payload protocol identifier of NGAP
)

// NAS messages: registration request, security mode complete, service request;
// and the two protected in a header with code and number.
var (
	nasRegistration = hexOf("7e 00 41 79 000d 01 02f839 0000 00 00 0000000010 2e04 f0f0f0f0")
	nasService      = hexOf("7e 00 4c 10 0007 f4 00 40 00 00 00 01")
	nasComplete     = hexOf("7e 04 aabbccdd 00 7e 00 5e")
	nasLater        = hexOf("7e 04 11223344 01 7e 00 5e")
)

// coreGoldens are the tests of the rules about the 5G core.
func coreGoldens() []golden {
	return slices.Concat(
		counted("1181.ngap_initial_ue_flood", 8, 1, 1, func(t *trace, n int) {
			for i := range n {
				t.ngap(ppNGAP, initialUE(i)).wait(halfTrip)
			}
		}),
		[]golden{none("1181.ngap_initial_ue_flood", "one terminal", func(t *trace) {
			for range 16 {
				t.ngap(ppNGAP, initialUE(1)).wait(halfTrip)
			}
		})},
		counted("1186.pfcp_session_deletion_flood", 6, 1, 1, func(t *trace, n int) {
			for i := range n {
				t.ask(8805, 8805, pfcpDeletion(i))
			}
		}),
		[]golden{
			only("1180.ngap_wrong_ppid", "wrong byte order", 1, func(t *trace) { t.ngap(ppNGAP<<24, initialUE(1)) }),
			none("1180.ngap_wrong_ppid", "right", func(t *trace) { t.ngap(ppNGAP, initialUE(1)) }),
			verdict("1182.nas_security_complete_replay", "replay", "1182 detected 1@1 2@2", uplinks(nasComplete, nasComplete)),
			none("1182.nas_security_complete_replay", "another one", uplinks(nasComplete, nasLater)),
			none("1182.nas_security_complete_replay", "retransmission", func(t *trace) {
				uplinks(nasComplete)(t)
				t.packets = append(t.packets, t.packets[0])
				t.packets[1].Time += int64(halfTrip)
			}),
			verdict("1183.nas_plain_after_security", "service request", "1183 detected 1@1 2@2", uplinks(nasComplete, nasService)),
			none("1183.nas_plain_after_security", "registration", uplinks(nasComplete, nasRegistration)),
			none("1183.nas_plain_after_security", "before", uplinks(nasService, nasComplete)),
			only("1184.gtp_in_gtp", "in a tunnel", 1, func(t *trace) { tunnelled(t, 2152) }),
			none("1184.gtp_in_gtp", "another port", func(t *trace) { tunnelled(t, 9) }),
		},
	)
}

// nasOf builds the element that carries NAS, apElement any element of NGAP.
func nasOf(nas []byte) []byte { return apElement(38, bytesOf(len(nas), nas)) }

func apElement(number uint16, value []byte) []byte {
	return bytesOf(number, 0x40, len(value), value)
}

// apMessage builds an initiating message of NGAP.
func apMessage(procedure int, elements ...[]byte) []byte {
	body := bytesOf(0, uint16(len(elements)))
	for _, e := range elements {
		body = append(body, e...)
	}
	return bytesOf(0, procedure, 0, len(body), body)
}

// initialUE is the first message of a terminal.
func initialUE(terminal int) []byte {
	return apMessage(15, apElement(85, bytesOf(0x40, uint16(0x100+terminal))), nasOf(nasRegistration), apElement(90, []byte{0x18}))
}

// ngap adds a message of the base station in a DATA chunk.
func (t *trace) ngap(ppid uint32, message []byte) *trace {
	number := uint32(1000 + len(t.packets))
	data := bytesOf(number, uint16(1), uint16(len(t.packets)), ppid, message)
	return t.sctp(ip4{src: station, dst: amf}, 36000, 38412, 77, chunk(0, 3, data))
}

// uplinks are messages that one terminal sends through its base station.
func uplinks(messages ...[]byte) func(*trace) {
	return func(t *trace) {
		for _, nas := range messages {
			t.ngap(ppNGAP, apMessage(46, apElement(10, []byte{0, 1}), apElement(85, []byte{0, 2}), nasOf(nas))).wait(halfTrip)
		}
	}
}

// pfcpDeletion asks to delete a session.
func pfcpDeletion(session int) []byte {
	return bytesOf(0x21, 54, uint16(12), uint64(0x1000+session), 0, uint16(session+1), 0)
}

// tunnelled is a packet of a terminal in its tunnel that carries a GTP packet to
// a port.
func tunnelled(t *trace, port uint16) {
	gtp := func(teid uint32, user []byte) []byte { return bytesOf(0x30, 255, uint16(len(user)), teid, user) }
	ping := ip4{src: "10.45.0.9", dst: "10.45.0.1"}.packet(protoICMP, icmpBytes(8, 0, 1, nil))
	terminal := ip4{src: "10.45.0.2", dst: "10.45.0.1"}
	inner := terminal.packet(protoUDP, udpBytes(terminal, port, port, gtp(9, ping)))
	t.udp(ip4{src: station, dst: "10.3.0.3"}, 2152, 2152, gtp(1, inner))
}
