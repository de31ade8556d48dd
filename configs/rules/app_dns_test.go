package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Types of DNS records.
const (
	dnsA    = 1
	dnsTXT  = 16
	dnsAXFR = 252
	dnsANY  = 255
)

// dnsGoldens are the tests of the rules about DNS.
func dnsGoldens() []golden {
	killSwitch := "www.iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com"
	return slices.Concat(
		counted("1140.dns_tunnel_long_names", 5, 1, 1, func(t *trace, n int) {
			for i := range n {
				question(t, longName(30, i), dnsA)
			}
		}),
		[]golden{none("1140.dns_tunnel_long_names", "same name", func(t *trace) {
			for range 10 {
				question(t, longName(30, 1), dnsA)
			}
		}), none("1140.dns_tunnel_long_names", "shorter", func(t *trace) {
			for i := range 10 {
				question(t, longName(20, i), dnsA)
			}
		})},
		counted("1141.dns_tunnel_types", 6, 1, 1, func(t *trace, n int) {
			for i := range n {
				question(t, fmt.Sprintf("x%d.t.example.org", i), dnsTXT)
			}
		}),
		[]golden{none("1141.dns_tunnel_types", "addresses", func(t *trace) {
			for i := range 10 {
				question(t, fmt.Sprintf("x%d.t.example.org", i), dnsA)
			}
		})},
		counted("1146.dns_nxdomain_burst", 8, 2, 2, func(t *trace, n int) {
			for i := range n {
				name := fmt.Sprintf("qx%dz.example", i)
				question(t, name, dnsA)
				t.answer(50000, 53, dnsMessage(1, 0x8183, name, dnsA, 0, nil))
			}
		}),
		[]golden{
			verdict("1142.dns_amplification", "large answer", "1142 detected 1@1 2@2", anyAnswer(1200)),
			none("1142.dns_amplification", "small answer", anyAnswer(400)),
			verdict("1143.dns_answer_without_question", "no question", "1143 not_respected 1@1", func(t *trace) { addressAnswer(t, 7) }),
			verdict("1143.dns_answer_without_question", "other identifier", "1143 not_respected 1@2", func(t *trace) {
				question(t, "www.example.org", dnsA)
				addressAnswer(t, 2)
			}),
			none("1143.dns_answer_without_question", "asked", func(t *trace) {
				question(t, "www.example.org", dnsA)
				t.wait(time.Second)
				addressAnswer(t, 1)
			}),
			only("1144.dns_zone_transfer", "over TCP", 4, transfer(dnsAXFR)),
			none("1144.dns_zone_transfer", "another type", transfer(dnsTXT)),
			only("1145.wannacry_kill_switch", "the name", 1, func(t *trace) { question(t, killSwitch, dnsA) }),
			none("1145.wannacry_kill_switch", "another name", func(t *trace) { question(t, strings.ToUpper(killSwitch[6:]), dnsA) }),
		},
	)
}

// dnsMessage is a message with one question and records as they are.
func dnsMessage(number, flags uint16, name string, kind, answers uint16, records []byte) []byte {
	b := bytesOf(number, flags, uint16(1), answers, uint16(0), uint16(0))
	for label := range strings.SplitSeq(name, ".") {
		b = bytesOf(b, len(label), label)
	}
	return bytesOf(b, 0, kind, uint16(1), records)
}

// longName has three labels of n letters.
func longName(n, number int) string {
	label := strings.Repeat("k", n-2) + fmt.Sprintf("%02d", number)
	return label + "." + label + "." + label + ".example.org"
}

// question asks a server for a record.
func question(t *trace, name string, kind uint16) {
	t.ask(50000, 53, dnsMessage(1, 0x0100, name, kind, 0, nil))
}

// addressAnswer answers with an address.
func addressAnswer(t *trace, number uint16) {
	record := bytesOf(uint16(0xc00c), uint16(dnsA), uint16(1), uint32(60), uint16(4), []byte{192, 0, 2, 1})
	t.answer(50000, 53, dnsMessage(number, 0x8180, "www.example.org", dnsA, 1, record))
}

// anyAnswer asks for everything and gets a record of about n bytes.
func anyAnswer(n int) func(*trace) {
	return func(t *trace) {
		question(t, "example.org", dnsANY)
		var text []byte
		for len(text) < n {
			text = bytesOf(text, 99, strings.Repeat("t", 99))
		}
		record := bytesOf(uint16(0xc00c), uint16(dnsTXT), uint16(1), uint32(60), uint16(len(text)), text)
		t.answer(50000, 53, dnsMessage(1, 0x8180, "example.org", dnsANY, 1, record))
	}
}

// transfer asks over TCP.
func transfer(kind uint16) func(*trace) {
	return func(t *trace) {
		m := dnsMessage(1, 0, "example.org", kind, 0, nil)
		t.dial(client, server, 50000, 53).write(0, bytesOf(uint16(len(m)), m))
	}
}
