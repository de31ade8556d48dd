package mobile

import (
	"testing"

	"mmt/analyzer/proto/prototest"
)

const ngapPath = "ethernet.ip.sctp.sctp_data.ngap"

var ngapNames = []string{
	"ngap.procedure_code", "ngap.pdu_present", "ngap.amf_ue_id", "ngap.ran_ue_id",
	"nas_5g.protocol_discriminator", "nas_5g.message_type", "nas_5g.security_type", "nas_5g.procedure_transaction_id",
	"nas_5g.message_authentication_code", "nas_5g.sequence_number",
}

func newCore(t *testing.T) *association {
	a := newAssociation(t, 38412, NGAP, NAS5G)
	a.n.Register(ngapNames...)
	return a
}

var (
	ngSetup      = ap(0, 21, ie(27, hex("00 02f839 00 00000100")), ie(82, hex("0400 746573742d")), ie(21, 0x40))
	registration = hex("7e 00 41 79 000d 01 02f839 0000 00 00 0000000010 2e04 f0f0f0f0")
	initialUE    = ap(0, 15, ie(85, hex("80 00a3b1")), ie(38, open(registration)), ie(90, 0x18))
	// What the core answers, for identifiers of 5 and 3 octets.
	authentication = ap(0, 4, ie(10, hex("80 01 02030405")), ie(85, hex("80 00a3b1")), ie(38, open(hex("7e 00 56 00 0200 00"))))
)

func TestNGAP(t *testing.T) {
	a := newCore(t)
	for _, step := range []struct {
		what string
		send func(chunks ...[]byte) string
		pdu  []byte
		path string
		want map[string]string
	}{
		{"setup", a.up, ngSetup, ngapPath, map[string]string{
			"ngap.procedure_code": "21", "ngap.pdu_present": "1", "ngap.ran_ue_id": "", "ngap.amf_ue_id": "", "nas_5g.message_type": "",
		}},
		{"setup response", a.down, ap(1, 21, ie(1, 0, "amf")), ngapPath, map[string]string{
			"ngap.procedure_code": "21", "ngap.pdu_present": "2",
		}},
		{"setup failure", a.down, ap(2, 21, ie(15, 0)), ngapPath, map[string]string{"ngap.pdu_present": "3"}},
		{"initial message", a.up, initialUE, ngapPath + ".nas_5g", map[string]string{
			"ngap.procedure_code": "15", "ngap.ran_ue_id": "41905", "ngap.amf_ue_id": "",
			"nas_5g.protocol_discriminator": "126", "nas_5g.message_type": "65", "nas_5g.security_type": "0",
			"nas_5g.message_authentication_code": "", "nas_5g.sequence_number": "", "nas_5g.procedure_transaction_id": "",
		}},
		{"authentication request", a.down, authentication, ngapPath + ".nas_5g", map[string]string{
			"ngap.procedure_code": "4", "ngap.amf_ue_id": "4328719365", "ngap.ran_ue_id": "41905", "nas_5g.message_type": "86",
		}},
		{"protected, not ciphered", a.up, ap(0, 46, ie(10, hex("00 01")), ie(85, hex("00 02")), ie(38, open(hex("7e 02 aabbccdd 05 7e 00 67 01 0004 2e 01 09 c1 12 01")))),
			ngapPath + ".nas_5g", map[string]string{
				"ngap.amf_ue_id": "1", "ngap.ran_ue_id": "2",
				"nas_5g.security_type": "2", "nas_5g.message_authentication_code": "2864434397", "nas_5g.sequence_number": "5",
				"nas_5g.message_type": "103", "nas_5g.procedure_transaction_id": "9",
			}},
		{"ciphered", a.up, ap(0, 46, ie(10, hex("00 01")), ie(85, hex("00 02")), ie(38, open(hex("7e 02 aabbccdd 06 d3 41 9a 07 13 55")))),
			ngapPath + ".nas_5g", map[string]string{
				"nas_5g.security_type": "2", "nas_5g.sequence_number": "6", "nas_5g.message_type": "", "nas_5g.procedure_transaction_id": "",
			}},
		{"NAS of a session's item", a.down, ap(0, 29, ie(10, hex("00 01")), ie(85, hex("00 02")), ie(74, hex("00 40 05"), open(hex("7e 02 00000001 02 7e 00 68 01 0004 2e 05 01 c2")), hex("20 01 00"))),
			ngapPath + ".nas_5g", map[string]string{"nas_5g.message_type": "104", "nas_5g.procedure_transaction_id": "1"}},
		{"release by both identifiers", a.down, ap(0, 41, ie(114, hex("00 07 00 08")), ie(15, hex("40"))), ngapPath, map[string]string{
			"ngap.amf_ue_id": "7", "ngap.ran_ue_id": "8",
		}},
		{"release by the core's identifier", a.down, ap(0, 41, ie(114, hex("50 010203"))), ngapPath, map[string]string{
			"ngap.amf_ue_id": "66051", "ngap.ran_ue_id": "",
		}},
	} {
		if got := step.send(chunk(60, step.pdu)); got != step.path {
			t.Errorf("%s: path %s, want %s", step.what, got, step.path)
		}
		a.has(t, step.what, step.want)
	}
}

// TestNGAPDamaged holds that a message whose lengths are wrong has no
// attributes, so that rules can find it, and does not hide what comes after it.
func TestNGAPDamaged(t *testing.T) {
	none := map[string]string{}
	for _, name := range ngapNames {
		none[name] = ""
	}
	for what, spoil := range map[string]func(b []byte){
		"kind":               func(b []byte) { b[0] = 0x1f },
		"criticality":        func(b []byte) { b[2] = 0xc0 },
		"length":             func(b []byte) { b[3]-- },
		"number of elements": func(b []byte) { b[6]++ },
		"element's length":   func(b []byte) { b[10] += 50 },
	} {
		a := newCore(t)
		bad := append([]byte(nil), initialUE...)
		spoil(bad)
		if got := a.up(chunk(60, bad)); got != "ethernet.ip.sctp.sctp_data.unknown" {
			t.Errorf("%s: path %s", what, got)
		}
		a.has(t, what, none)
		if got := a.up(chunk(60, initialUE)); got != ngapPath+".nas_5g" {
			t.Errorf("%s: path of the next message %s", what, got)
		}
		a.up(chunk(60, bad))
		a.has(t, what+" later", none)
	}
}

func TestNGAPAnnounced(t *testing.T) {
	a := newCore(t)
	for _, c := range []struct {
		what string
		ppid uint32
		port uint16
		ok   bool
	}{
		{"its number", 60, 38412, true}, {"its number on another port", 60, 9, true},
		{"the other byte order", 60 << 24, 38412, true}, {"none", 0, 38412, true},
		{"none on another port", 0, 9, false}, {"another protocol's", 46, 38412, false},
	} {
		a.port[1] = c.port
		a.fresh()
		if got := a.up(chunk(c.ppid, initialUE)); (got == ngapPath+".nas_5g") != c.ok {
			t.Errorf("%s: path %s", c.what, got)
		}
	}
}

// TestNGAPFragment holds that the first part of a message tells its procedure,
// and that other parts are not taken for messages.
func TestNGAPFragment(t *testing.T) {
	a := newCore(t)
	if got := a.up(chunkPart(chunkBegins, 60, initialUE[:20])); got != ngapPath {
		t.Errorf("first part: path %s", got)
	}
	a.has(t, "first part", map[string]string{"ngap.procedure_code": "15", "ngap.ran_ue_id": "41905"})
	a.fresh()
	if got := a.up(chunkPart(chunkEnds, 60, initialUE)); got == ngapPath {
		t.Error("last part taken for a message")
	}
}

func TestNGAPTruncated(t *testing.T) {
	a := newCore(t)
	a.up(chunk(60, ngSetup))
	for _, pdu := range [][]byte{initialUE, authentication} {
		prototest.Prefixes(pdu, func(prefix []byte) {
			a.up(chunk(60, prefix))
			if len(prefix) < 4 && a.n.Value("ngap.procedure_code") != "" {
				t.Errorf("a procedure in %d octets", len(prefix))
			}
			if a.n.Value("nas_5g.message_type") != "" && len(prefix) < 20 {
				t.Errorf("a NAS message in %d octets", len(prefix))
			}
		})
	}
}

func TestNASTruncated(t *testing.T) {
	message := hex("7e 02 aabbccdd 05 7e 00 67 01 0004 2e 01 09 c1 12 01")
	a := newCore(t)
	prototest.Prefixes(message, func(prefix []byte) {
		a.up(chunk(60, ap(0, 46, ie(10, hex("00 01")), ie(85, hex("00 02")), ie(38, open(prefix)), ie(121, hex("00")))))
		if (a.n.Value("nas_5g.procedure_transaction_id") != "") != (len(prefix) >= 17) {
			t.Errorf("%d octets: transaction %q", len(prefix), a.n.Value("nas_5g.procedure_transaction_id"))
		}
		if (a.n.Value("nas_5g.message_authentication_code") != "") != (len(prefix) >= 7) {
			t.Errorf("%d octets: code %q", len(prefix), a.n.Value("nas_5g.message_authentication_code"))
		}
	})
}
