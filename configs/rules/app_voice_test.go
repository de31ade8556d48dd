package rules

import (
	"fmt"
	"slices"
	"time"
)

// voiceGoldens are the tests of the rules about telephony and time.
func voiceGoldens() []golden {
	options := func(agent string) func(*trace) {
		return func(t *trace) { t.ask(5060, 5060, sip("OPTIONS", "a", agent)) }
	}
	monlist := func(size int) func(*trace) {
		return func(t *trace) {
			t.ask(50000, 123, bytesOf(0x17, 0, 3, 42, uint32(0)))
			t.answer(50000, 123, bytesOf(0xd7, 0, 3, 42, uint16(size/72), uint16(72), make([]byte, size)))
		}
	}
	return slices.Concat(
		counted("1190.sip_invite_flood", 10, 1, 1, func(t *trace, n int) {
			for i := range n {
				from := hosts("198.51.100.", 10+i)
				t.udp(ip4{src: from, dst: client}, 5060, 5060, sip("INVITE", fmt.Sprint(i), "phone")).wait(halfTrip)
			}
		}),
		[]golden{tooSlow("1190.sip_invite_flood", 12, 150*time.Millisecond, func(t *trace) {
			t.ask(5060, 5060, sip("INVITE", "a", "phone"))
		})},
		counted("1192.sip_password_guessing", 5, 2, 2, func(t *trace, n int) {
			for i := range n {
				t.ask(5060, 5060, sip("REGISTER", fmt.Sprint(i), "phone"))
				t.answer(5060, 5060, []byte("SIP/2.0 403 Forbidden\r\nContent-Length: 0\r\n\r\n"))
			}
		}),
		[]golden{
			only("1191.sip_scanner", "sipvicious", 1, options("friendly-scanner")),
			none("1191.sip_scanner", "a telephone", options("Phone 7/1.2")),
			verdict("1193.ntp_monlist_amplification", "answered", "1193 detected 1@1 2@2", monlist(432)),
			none("1193.ntp_monlist_amplification", "refused", func(t *trace) {
				t.ask(50000, 123, bytesOf(0x17, 0, 3, 42, uint32(0)))
				t.answer(50000, 123, bytesOf(0x97, 0, 3, 42, uint16(0x4000), uint16(0)))
			}),
		},
	)
}

// sip is a request of SIP.
func sip(method, call, agent string) []byte {
	return fmt.Appendf(nil, "%s sip:%s@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK%s\r\nFrom: <sip:x@example.org>;tag=1\r\n"+
		"To: <sip:%s@example.org>\r\nCall-ID: %s@x\r\nCSeq: 1 %s\r\nUser-Agent: %s\r\nContent-Length: 0\r\n\r\n", method, call, call, call, call, method, agent)
}
