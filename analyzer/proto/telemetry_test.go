package proto_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/rulecomp"
)

// telemetryRule is in the corpus of security rules, outside the repository.
const telemetryRule = "../../../shared/corpus/security/rules/78.inband_telemetry.xml"

// telemetryPacket is a UDP datagram with telemetry of one hop that tells a
// switch or, if asks is false, of a hop that was asked for its latency only.
func telemetryPacket(asks bool) []byte {
	stack := prototest.Hex("01000400 10000107 20000000 00000007")
	if asks {
		stack[8] = 0x80
	}
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	frame := prototest.IPPacket(17, a, b, prototest.UDPDatagram(1111, 2222, append(stack, "payload"...)))
	frame[15] = 0x20 << 2 // DSCP
	return frame
}

// telemetrySeeds are packets of protocols that the generated traffic does not
// have: telemetry, a report about it, an Interest of NDN, the text of a crane.
func telemetrySeeds() []traffic.Packet {
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	report := prototest.Bytes(prototest.Hex("14000005 00000009 0000004d 0001e240"), telemetryPacket(true))
	line := "TrolleyPos: 32.981, Hoistpos: -0.042, NoOfMarkers: 3, m1: (58901,70912) , m2: (72175,70950)"
	return []traffic.Packet{
		{Data: telemetryPacket(true)},
		{Data: prototest.IPPacket(17, a, b, prototest.UDPDatagram(1111, 6000, report))},
		{Data: prototest.Frame(0x8624, prototest.Hex("0515 0709 0802 6777 0803 474554 0902 1200 0a04 01020304"))},
		{Data: prototest.IPPacket(17, a, b, prototest.UDPDatagram(1111, 7000, []byte(line)))},
	}
}

// TestTelemetryRule wants the rule about telemetry to be respected by a packet
// whose hops tell their switches, broken by one that no hop has added to, and to
// say nothing about one without telemetry, or whose hops were not asked for
// their switches.
func TestTelemetryRule(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash(telemetryRule))
	if err != nil {
		t.Skip("no corpus of security rules: ", err)
	}
	reg, services := load(t)
	compiler := rulecomp.Compiler{Registry: reg}
	file, err := compiler.Parse(telemetryRule, text)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := rulecomp.Join([]*rulecomp.File{file})
	if err != nil {
		t.Fatal(err)
	}
	plain := telemetryPacket(true)
	plain[15] = 0
	noHop := telemetryPacket(true)
	noHop[14+20+8+2] = 3 // the length of the headers
	for _, c := range []struct {
		name string
		data []byte
		want []string
	}{
		{"switches", telemetryPacket(true), []string{"respected"}},
		{"no hop", noHop, []string{"not_respected"}},
		{"not asked", telemetryPacket(false), []string{}},
		{"no telemetry", plain, []string{}},
	} {
		if got := outcomes(t, reg, services, rules, c.data); !slices.Equal(got, c.want) {
			t.Errorf("%s: verdicts %q, want %q", c.name, got, c.want)
		}
	}
}

// outcomes verifies rules on one Ethernet frame and returns what they found.
func outcomes(t *testing.T, reg *dpi.Registry, services dpi.Services, rules []*rule.Rule, frame []byte) (found []string) {
	t.Helper()
	engine, err := security.NewEngine(rules, security.Options{
		Verdict: func(_ int, v *rule.Verdict) { found = append(found, v.Outcome.String()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := dpi.NewHandler(reg, session.NewTable(session.Config{}), dpi.Options{Services: services})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Attach(h, 1); err != nil {
		t.Fatal(err)
	}
	h.Process([]dataplane.Packet{{Data: frame, Len: uint32(len(frame)), Time: 1e18, Link: dataplane.LinkEthernet}})
	engine.Close()
	return found
}
