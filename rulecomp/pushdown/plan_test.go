package pushdown

import (
	"fmt"
	"html"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/bpf"
)

// one is a property of one event.
func one(kind, expression string) string {
	return fmt.Sprintf(`<beginning><property property_id="1" type_property="%s" description="d">`+
		`<event event_id="1" description="e" boolean_expression="%s"/></property></beginning>`, kind, html.EscapeString(expression))
}

// two is a property of two events.
func two(kind, operator, window, first, second string) string {
	return fmt.Sprintf(`<beginning><property value="%s" %s property_id="1" type_property="%s" description="d">`+
		`<event event_id="1" description="e" boolean_expression="%s"/><event event_id="2" description="f" boolean_expression="%s"/></property></beginning>`,
		operator, window, kind, html.EscapeString(first), html.EscapeString(second))
}

// planOf analyses rules of a file.
func planOf(t *testing.T, reg *dpi.Registry, text string) *Plan {
	t.Helper()
	rules, err := parse(reg, text)
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return Analyze(rules, Options{Registry: reg})
}

// shown describes what a plan lets pass beside tunnels.
func (p *Plan) shown() string {
	if p.all {
		return "all"
	}
	var list []string
	for i := range p.boxes {
		list = append(list, p.boxes[i].String())
	}
	slices.Sort(list)
	return strings.Join(list, " | ")
}

// TestConditions: what expressions come to.
func TestConditions(t *testing.T) {
	reg := registry(t)
	for expression, want := range map[string]string{
		"(tcp.dest_port == 22)":                                              "tcp to port 22",
		"(22 == tcp.dest_port)":                                              "tcp to port 22",
		"(22 < udp.src_port)":                                                "udp from port 23-65535",
		"(tcp.dest_port == 22.5)":                                            "",
		"((tcp.dest_port == 22) && (tcp.flags == 2))":                        "tcp to port 22 with flags syn",
		"((tcp.dest_port == 22) || (tcp.dest_port == 23))":                   "tcp to port 22-23",
		"((tcp.dest_port == 22) && (tcp.dest_port == 23))":                   "",
		"(tcp.syn == 0)":                                                     "",
		"((tcp.syn == 1) && (tcp.ack == 1) && (tcp.rst != 1))":               "",
		"(tcp.flags <= 1)":                                                   "tcp with flags none, fin",
		"((tcp.seq_nb + 1) == tcp.ack_nb)":                                   "tcp",
		"(tcp.dest_port == tcp.src_port)":                                    "tcp",
		"(#is_exist(tcp.flags) == true)":                                     "tcp",
		"((#is_exist(tcp.flags) == false) && (ip.proto_id == 6))":            "tcp of IPv4",
		"((#is_exist(udp.len) == false) || (ip.proto_id == 6))":              "IP packets of IPv4",
		"(ip.src == '10.0.0.1')":                                             "IP packets of IPv4 from 10.0.0.1",
		"(ip.src != '10.0.0.1')":                                             "IP packets of IPv4",
		"((ip.dst >= '10.0.0.0') && (ip.dst < '11.0.0.0'))":                  "IP packets of IPv4 to 10.0.0.0-10.255.255.255",
		"(ip.dst > '255.255.255.255')":                                       "",
		"((ip.src == '10.0.0.1') && (ipv6.hop_limit > 3))":                   "",
		"(ip.proto_ttl < 3)":                                                 "IP packets of IPv4",
		"(ip.frag_offset > 0)":                                               "IP packets of IPv4 in fragments",
		"(ipv6.fragment_overlapping == 1)":                                   "IP packets of IPv6 in fragments",
		"(ipv6.fragment_overlapping == 0)":                                   "IP packets of IPv6",
		"(ip.mf_flag == 0)":                                                  "IP packets of IPv4",
		"((ip.mf_flag == 1) && (udp.dest_port == 53))":                       "udp of IPv4 in fragments to port 53",
		"(ip.opts_type == 7)":                                                "IP packets of IPv4 with options",
		"(ip.version != 4)":                                                  "",
		"(ip.2.src == '10.0.0.1')":                                           "",
		"(icmp.type == 5)":                                                   "icmp of type 5",
		"(arp.ar_op == 1)":                                                   "",
		"(ethernet.proto == 34525)":                                          "IP packets of IPv6",
		"(ethernet.proto == 33024)":                                          "IP packets",
		"(ethernet.proto == 2054)":                                           "",
		"(http.method == 'GET')":                                             "tcp",
		"((http.method == 'GET') && (tcp.dest_port == 80))":                  "tcp",
		"(tftp.opcode == 1)":                                                 "udp",
		"(dns.qr == 1)":                                                      "tcp, udp",
		"(ngap.procedure_code == 15)":                                        "sctp",
		"(smb.version == 1)":                                                 "tcp, udp",
		"(vxlan.vni == 7)":                                                   "",
		"(ospf.packet_count > 3)":                                            "protocol 89",
		"((tcp.retransmission == 1) && (tcp.dest_port == 22))":               "tcp from port 22 | tcp to port 22",
		"((ssh.p_data != '') && (ip.src == ip.client_addr))":                 "tcp",
		"((meta.direction == 1) && (tcp.flags == 18))":                       "tcp",
		"((meta.direction == 1) && (ip.proto_id == 6))":                      "IP packets",
		"((tcp.packet_count > 100) && (tcp.dest_port == 22))":                "tcp",
		"(ethernet.packet_count > 7)":                                        "all",
		"(meta.packet_index > 7)":                                            "all",
		"(tcp.t_session_count > 7)":                                          "all",
		"((tcp.session_id > 7) && (tcp.dest_port == 22))":                    "all",
		"(#strlen(tcp.p_payload) > 3)":                                       "tcp",
		"((#strlen(tcp.p_payload) > 3) && (tcp.dest_port == 22))":            "tcp to port 22",
		"((icmp.type == 8) || (tcp.flags == 2))":                             "", // it needs both
		"((meta.packet_len > 100) && (udp.dest_port == 53))":                 "udp to port 53",
		"((sctp.dest_port == 80) && (sctp.ch_type == 1))":                    "sctp to port 80",
		"((ip.proto_id == 1) && ((ip.src == ip.dst) || (ip.dst != ip.src)))": "icmp of IPv4",
	} {
		if got := planOf(t, reg, one("ATTACK", expression)).shown(); got != want {
			t.Errorf("%s: %q, want %q", expression, got, want)
		}
	}
}

// TestTime: which rules depend on when packets come that no event matches.
func TestTime(t *testing.T) {
	reg := registry(t)
	const second = `delay_units="s" delay_max="1"`
	for _, c := range []struct {
		kind, operator, window string
		all                    bool
	}{
		{"ATTACK", "THEN", second, false}, {"EVASION", "AND", second, false}, {"ATTACK", "OR", "", false},
		{"ATTACK", "NOT", second, true}, {"SECURITY", "NOT", second, false}, {"TEST", "NOT", second, true},
		{"SECURITY", "THEN", second, true}, {"TEST", "THEN", second, true}, {"SECURITY", "AND", second, true},
		{"SECURITY", "THEN", `delay_units="s" delay_min="-2" delay_max="0-"`, false},
		{"SECURITY", "THEN", `delay_units="s" delay_min="-2" delay_max="2"`, true},
		{"SECURITY", "THEN", "", false}, {"TEST", "AND", "", false}, {"SECURITY", "NOT", "", false}, {"ATTACK", "NOT", "", false},
		{"ATTACK", "THEN", `counter_max="5"`, true},
	} {
		p := planOf(t, reg, two(c.kind, c.operator, c.window, "(tcp.flags == 2)", "(tcp.flags == 18)"))
		if p.all != c.all {
			t.Errorf("%s %s %s: looks at everything %v, want %v: %v", c.kind, c.operator, c.window, p.all, c.all, p.Explain())
		}
	}
	rules, err := parse(reg, one("ATTACK", "(tcp.flags == 2)"))
	if err != nil {
		t.Fatal(err)
	}
	if p := Analyze(rules, Options{Registry: reg, IgnoreFlow: true}); p.Wanted() != nil {
		t.Error("with ignore-remain-flow something is left out")
	}
}

// TestWidens: many different rules are put together until they fit, and still each
// gets what it looks at.
func TestWidens(t *testing.T) {
	reg := registry(t)
	var text strings.Builder
	text.WriteString("<beginning>")
	for i := range 300 {
		flags, port := i%40, 1000+7*i
		text.WriteString(strings.Replace(strings.NewReplacer("<beginning>", "", "</beginning>", "").Replace(
			one("ATTACK", fmt.Sprintf("((tcp.flags == %d) && (tcp.dest_port == %d) && (ip.src == '10.0.%d.1'))", flags, port, i%200))),
			`property_id="1"`, fmt.Sprintf(`property_id="%d"`, i+1), 1))
	}
	text.WriteString("</beginning>")
	p := planOf(t, reg, text.String())
	if n := len(p.Wanted()); n == 0 || n > bpf.MaxWanted {
		t.Fatalf("%d matches", n)
	}
	if _, err := bpf.NewFilter(&bpf.Rules{Wanted: p.Wanted()}); err != nil {
		t.Error(err)
	}
	for i := range p.rules {
		for _, b := range p.rules[i].boxes {
			if !slices.ContainsFunc(p.boxes, func(c box) bool { return c.holds(&b) }) {
				t.Errorf("rule %d looks at %v, which is left out", p.rules[i].rule, &b)
			}
		}
	}
}

// TestNeeds: whether a flow may be bypassed.
func TestNeeds(t *testing.T) {
	reg := registry(t)
	flow := func(protocol uint8, a, b string) bpf.Flow {
		return bpf.Flow{A: netip.MustParseAddrPort(a), B: netip.MustParseAddrPort(b), Protocol: protocol}
	}
	web, dns := flow(6, "10.0.0.1:40000", "10.0.0.2:80"), flow(17, "10.0.0.2:53", "10.0.0.1:40000")
	web6, vxlan := flow(6, "[2001:db8::1]:40000", "[2001:db8::2]:80"), flow(17, "10.0.0.1:40000", "10.0.0.2:4789")
	for _, c := range []struct {
		expression            string
		web, web6, dns, vxlan bool
	}{
		{"(tcp.flags == 2)", false, false, false, true}, // SYN passes all the same
		{"(tcp.flags == 16)", true, true, false, true},
		{"(tcp.dest_port == 80)", true, true, false, true},
		{"(tcp.src_port == 80)", true, true, false, true},
		{"(tcp.src_port == 22)", false, false, false, true},
		{"((ip.src == '10.0.0.2') && (ip.proto_id == 6))", true, false, false, true},
		{"((ip.src == '10.0.0.3') && (ip.proto_id == 6))", false, false, false, true},
		{"(ip.frag_offset > 0)", false, false, false, true}, // so do fragments
		{"(udp.dest_port == 53)", false, false, true, true},
		{"(http.method == 'GET')", true, true, false, true},
		{"(ethernet.packet_count > 7)", true, true, true, true},
	} {
		p := planOf(t, reg, one("ATTACK", c.expression))
		got := [...]bool{p.Needs(web), p.Needs(web6), p.Needs(dns), p.Needs(vxlan)}
		if want := [...]bool{c.web, c.web6, c.dns, c.vxlan}; got != want {
			t.Errorf("%s: %v, want %v", c.expression, got, want)
		}
	}
}

// TestTunnels: every IP protocol that carries others is known as a tunnel, and so
// is what flows over UDP may turn out to be that carries others.
func TestTunnels(t *testing.T) {
	reg := registry(t)
	carries := map[dpi.ProtocolID]bool{}
	var overUDP []string
	reg.Protocols(func(p *dpi.Protocol) bool {
		carries[p.ID] = p.Next != nil
		for _, c := range p.Classifiers {
			if c.Parent == id.Udp && p.Next != nil {
				overUDP = append(overUDP, p.Name)
			}
		}
		return true
	})
	for n := range 256 {
		proto := id.ByIPProtocol(uint8(n))
		if carries[proto] && !slices.Contains(carriers, uint8(n)) && !slices.Contains(tunnelProtocols, uint8(n)) {
			t.Errorf("IP protocol %d (%s) carries others and is no tunnel here", n, reg.Name(proto))
		}
	}
	// ndn carries no IP; int_report is a tunnel at its ports.
	if want := []string{"int_report", "ndn"}; !slices.Equal(slices.Sorted(slices.Values(overUDP)), want) {
		t.Errorf("over UDP, %v may carry others, known are %v", overUDP, want)
	}
}

func TestExplain(t *testing.T) {
	reg := registry(t)
	for text, want := range map[string]string{
		one("ATTACK", "(tcp.dest_port == 22)"):                                                         "rule 1 looks at tcp to port 22\nother IP packets are left out, but for tunnels",
		one("ATTACK", "(meta.packet_len > 5)"):                                                         "rule 1 looks at every IP packet: nothing can be left out",
		two("ATTACK", "NOT", `delay_units="s" delay_max="1"`, "(tcp.flags == 2)", "(tcp.flags == 18)"): "rule 1 looks at every packet (it tells that something has not come in time (NOT)): nothing can be left out",
		one("ATTACK", "(meta.packet_index > 5)"):                                                       "rule 1 looks at every packet (it reads what depends on all packets): nothing can be left out",
	} {
		if got := strings.Join(planOf(t, reg, text).Explain(), "\n"); got != want {
			t.Errorf("%s\n%s\nwant\n%s", text, got, want)
		}
	}
	// of several rules, those that need everything are named
	rules, err := parse(reg, one("ATTACK", "(tcp.dest_port == 22)"))
	more, err2 := parse(reg, one("ATTACK", "(meta.packet_len > 5)"))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	more[0].ID = 2
	got := Analyze(append(rules, more...), Options{Registry: reg}).Explain()
	if want := []string{"rule 2 looks at every IP packet: nothing can be left out"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestNeedsAllocatesNothing: it may be asked for every session.
func TestNeedsAllocatesNothing(t *testing.T) {
	p := planOf(t, registry(t), one("ATTACK", "((tcp.dest_port == 80) && (tcp.flags != 2) && (ip.src != '10.0.0.9'))"))
	f := bpf.Flow{A: netip.MustParseAddrPort("10.0.0.1:1"), B: netip.MustParseAddrPort("10.0.0.2:2"), Protocol: 6}
	if n := testing.AllocsPerRun(100, func() { p.Needs(f) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
