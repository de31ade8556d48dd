package mobile

import (
	"fmt"
	"testing"

	"mmt/analyzer/proto/prototest"
)

const s1apPath = "ethernet.ip.sctp.sctp_data.s1ap"

func newMME(t *testing.T) *association {
	a := newAssociation(t, 36412, S1AP, NASEPS)
	for _, attribute := range append(apAttributes[:2:2], s1apAttributes...) {
		a.n.Register("s1ap." + attribute.Name)
	}
	a.n.Register("nas_eps.message_type", "nas_eps.security_type", "nas_eps.protocol_discriminator")
	return a
}

// perText builds PrintableString (SIZE (1..150, ...)).
func perText(s string) []byte { return wire(pack(fmt.Sprintf("0 %08b", len(s)-1)), s) }

// item builds a list of one item.
func item(number uint16, value []byte) []byte { return wire(0, ie(number, value)) }

var (
	attach     = hex("07 41 71 08 29 80 39 10 00 00 00 10 02 e0 e0 0004 02 01 d0 11")
	attachGUTI = hex("07 41 71 0b f6 02f839 8001 01 c0ffee01 02 e0 e0 0004 02 01 d0 11")
	// An acceptance of attachment with a session's message that gives 10.45.0.2, and
	// a new temporary identity.
	bearerRequest = hex("52 01 c1 01 09 04 03 61 6263 05 01 0a2d0002")
	accept        = wire(hex("27 aabbccdd 03 07 42 01 21 06 00 02f839 0001"), uint16(len(bearerRequest)), bearerRequest, hex("50 0b f6 02f839 8001 01 c0ffee02"))
	// Quality class 9, priority 8, no bit rates; tunnel 10.3.0.2, 0x01020304.
	realSetup  = wire(pack("0 1 0 0 0101 0 00 x09 0 0 1000 0 1 0 00011111 x0a03000201020304"), open(accept))
	withRates  = pack("0 0 0 0110 0 10 x01 0 0 0010 0 0 0 0 001 x07d0 001 x07d0 000 x64 000 x64 0 00011111 x0a03000201020305 x0307c105")
	tunnelOnly = pack("0 0 0 0101 0 00011111 x0a030001000000ff")
	stmsi      = pack("0 0 00000001 xc0ffee01")
)

func TestS1AP(t *testing.T) {
	a := newMME(t)
	for _, step := range []struct {
		what string
		send func(chunks ...[]byte) string
		pdu  []byte
		nas  bool
		want map[string]string
	}{
		{"setup", a.up, ap(0, 17, ie(59, pack("0 0 x02f839 0 0 x123450")), ie(60, perText("enb-1")), ie(137, 0x40)), false, map[string]string{
			"s1ap.procedure_code": "17", "s1ap.pdu_present": "1", "s1ap.enb_id": "74565", "s1ap.enb_name": "enb-1",
			"s1ap.enb_ipv4": "10.3.0.1", "s1ap.mme_ipv4": "10.3.0.2", "s1ap.enb_status": "1", "s1ap.mme_status": "",
			"s1ap.enb_entity": "0002f83900123450", "s1ap.ue_id": "",
		}},
		{"setup of a home station", a.up, ap(0, 17, ie(59, pack("0 0 x02f839 0 1 x12345670"))), false, map[string]string{"s1ap.enb_id": "19088743"}},
		{"setup of a short number", a.up, ap(0, 17, ie(59, pack("0 0 x02f839 1 0000000 x03 x048d00"))), false, map[string]string{"s1ap.enb_id": "4660"}},
		{"setup of a long number", a.up, ap(0, 17, ie(59, pack("0 0 x02f839 1 0000001 x03 x91a2b8"))), false, map[string]string{"s1ap.enb_id": "1193047"}},
		{"setup agreed", a.down, ap(1, 17, ie(61, perText("mme-1")), ie(105, pack("000 0 0 00001 x02f83902f840 x0000 x8001 x01 x0102")), ie(87, 0xff)), false, map[string]string{
			"s1ap.pdu_present": "2", "s1ap.mme_name": "mme-1", "s1ap.mme_id": "8388865", "s1ap.mme_status": "1", "s1ap.enb_status": "",
			"s1ap.enb_ipv4": "10.3.0.1", "s1ap.mme_ipv4": "10.3.0.2",
		}},
		{"attachment", a.up, ap(0, 12, ie(8, hex("40 0102")), ie(26, open(attach)), ie(67, 0)), true, map[string]string{
			"s1ap.enb_ue_id": "258", "s1ap.ue_id": "258", "s1ap.mme_ue_id": "", "s1ap.imsi": "208930100000001", "s1ap.ue_status": "1", "s1ap.m_tmsi": "",
			"nas_eps.message_type": "65", "nas_eps.security_type": "0", "nas_eps.protocol_discriminator": "7",
			"s1ap.ue_entity": "2980391000000010",
		}},
		{"attachment of one known", a.up, ap(0, 12, ie(8, hex("00 03")), ie(26, open(attachGUTI))), true, map[string]string{"s1ap.m_tmsi": "3237998081", "s1ap.imsi": ""}},
		{"service request", a.up, ap(0, 12, ie(8, hex("00 03")), ie(26, open(hex("c7 03 aabb"))), ie(96, stmsi)), true, map[string]string{
			"s1ap.m_tmsi": "3237998081", "nas_eps.message_type": "", "nas_eps.security_type": "12", "s1ap.ue_entity": "0040c0ffee01",
		}},
		{"identity", a.up, ap(0, 13, ie(0, hex("00 07")), ie(8, hex("00 03")), ie(26, open(hex("07 56 08 29 80 39 10 00 00 00 10")))), true, map[string]string{"s1ap.imsi": "208930100000001"}},
		{"context", a.down, ap(0, 9, ie(0, hex("c0 01020304")), ie(8, hex("00 03")), ie(24, item(52, realSetup))), true, map[string]string{
			"s1ap.mme_ue_id": "16909060", "s1ap.ue_id": "16909060", "s1ap.enb_ue_id": "3", "s1ap.qci": "9", "s1ap.priority_level": "8",
			"s1ap.gtp_teid": "16909060", "s1ap.ue_ipv4": "10.45.0.2", "s1ap.m_tmsi": "3237998082", "nas_eps.message_type": "66",
			"s1ap.enb_ipv4": "10.3.0.1",
		}},
		{"context set up", a.up, ap(1, 9, ie(0, hex("00 07")), ie(8, hex("00 03")), ie(51, item(50, tunnelOnly))), false, map[string]string{
			"s1ap.gtp_teid": "255", "s1ap.qci": "", "s1ap.priority_level": "", "s1ap.ue_status": "2", "s1ap.mme_ue_id": "7",
		}},
		{"bearer with rates", a.down, ap(0, 5, ie(0, hex("00 07")), ie(8, hex("00 03")), ie(16, item(17, withRates))), true, map[string]string{
			"s1ap.qci": "1", "s1ap.priority_level": "2", "s1ap.gtp_teid": "16909061",
		}},
		{"paging by identity", a.down, ap(0, 10, ie(43, pack("0 1 101 x02980301000000f1"))), false, map[string]string{"s1ap.imsi": "208930100000001"}},
		{"paging", a.down, ap(0, 10, ie(43, pack("0 0 0 0 00000001 xc0ffee01"))), false, map[string]string{"s1ap.m_tmsi": "3237998081", "s1ap.imsi": ""}},
		{"release", a.down, ap(0, 23, ie(99, pack("0 0 0 0 00 x07 00 x03"))), false, map[string]string{
			"s1ap.mme_ue_id": "7", "s1ap.enb_ue_id": "3", "s1ap.ue_status": "",
		}},
		{"release by one", a.down, ap(0, 23, ie(99, pack("0 1 01 x0107"))), false, map[string]string{"s1ap.mme_ue_id": "263", "s1ap.enb_ue_id": ""}},
		{"released", a.up, ap(1, 23, ie(0, hex("00 07")), ie(8, hex("00 03"))), false, map[string]string{"s1ap.ue_status": "3"}},
		{"detached", a.down, ap(0, 11, ie(0, hex("00 07")), ie(8, hex("00 03")), ie(26, open(hex("07 46")))), true, map[string]string{"s1ap.ue_status": "4"}},
		{"reset by the core", a.down, ap(0, 14, ie(2, 0)), false, map[string]string{"s1ap.enb_ipv4": "10.3.0.1", "s1ap.mme_ipv4": "10.3.0.2"}},
	} {
		want := s1apPath
		if step.nas {
			want += ".nas_eps"
		}
		if got := step.send(chunk(18, step.pdu)); got != want {
			t.Errorf("%s: path %s, want %s", step.what, got, want)
		}
		a.has(t, step.what, step.want)
	}
}

func TestS1APTruncated(t *testing.T) {
	a := newMME(t)
	list := ap(0, 9, ie(0, hex("00 07")), ie(24, item(52, realSetup)))
	a.up(chunk(18, list))
	prototest.Prefixes(list, func(prefix []byte) {
		a.down(chunk(18, prefix))
		if got := a.n.Value("s1ap.procedure_code"); got != "" {
			t.Errorf("cut at %d: procedure %s", len(prefix), got)
		}
	})
	// The same with lengths that are right, so that the elements are read.
	prototest.Prefixes(realSetup, func(prefix []byte) {
		a.down(chunk(18, ap(0, 9, ie(24, item(52, prefix)))))
		if got := a.n.Value("s1ap.gtp_teid"); got != "" {
			t.Errorf("bearer cut at %d: tunnel %s", len(prefix), got)
		}
	})
	for _, nas := range [][]byte{attach, attachGUTI, accept} {
		prototest.Prefixes(nas, func(prefix []byte) {
			a.up(chunk(18, ap(0, 12, ie(26, open(prefix)))))
			if len(prefix) < 12 && a.n.Value("s1ap.imsi")+a.n.Value("s1ap.m_tmsi")+a.n.Value("s1ap.ue_ipv4") != "" {
				t.Errorf("an identity or address in %d octets", len(prefix))
			}
		})
	}
}
