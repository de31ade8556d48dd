package pushdown

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mmt/analyzer/security/rule"
)

// worldConditions are conditions on one packet; %d is an event before.
var worldConditions = []string{
	"(tcp.flags == 2)", "(tcp.flags == 18)", "((tcp.flags == 4) || (tcp.flags == 20))", "(tcp.syn == 1)", "(tcp.rst != 0)",
	"(tcp.dest_port == 80)", "(tcp.src_port < 100)", "(443 == tcp.dest_port)", "(tcp.dest_port != 22)", "(tcp.payload_len > 5)",
	"(udp.dest_port == 53)", "(udp.len >= 20)", "((udp.src_port == 53) || (tcp.src_port == 53))", "(icmp.type == 8)", "(icmp.type > 3)",
	"(icmpv6.type == 134)", "(ip.proto_id == 6)", "(ip.proto_id == 89)", "(ip.frag_offset > 0)", "(ip.mf_flag == 1)", "(ip.mf_flag == 0)",
	"(ip.src == '10.0.0.1')", "(ip.dst != '10.0.0.2')", "((ip.src >= '127.0.0.0') && (ip.src <= '127.255.255.255'))",
	"(ip.opts_type == 131)", "(ip.header_len > 20)", "(ip.padding_check == 1)", "(ip.version != 4)", "(ip.proto_ttl < 2)",
	"(ipv6.hop_limit == 255)", "(ipv6.fragment_overlapping == 1)", "(arp.ar_op == 1)", "(ethernet.proto == 2054)",
	"(ethernet.proto == 2048)", "(ip.2.proto_id == 6)", "(vxlan.vni > 0)", "(gre.proto == 2048)", "(sctp.dest_port == 80)",
	"(meta.direction == 1)", "(tcp.retransmission == 1)", "(ip.client_port == 80)", "(tcp.packet_count > 10)", "(meta.packet_len > 60)",
	"(#is_exist(tcp.flags) == false)", "(#is_exist(udp.len) == true)", "(#strlen(tcp.p_payload) > 3)",
}

// worldJoins are conditions on a packet and the one of an event before.
var worldJoins = []string{
	"(ip.src == ip.src.%d)", "(ip.dst == ip.src.%d)", "(tcp.dest_port == tcp.dest_port.%d)", "(tcp.src_port != tcp.dest_port.%d)",
	"(ip.src != ip.dst.%d)", "(arp.ar_sip == arp.ar_sip.%d)", "(tcp.seq_nb == tcp.ack_nb.%d)", "(tcp.session_id == tcp.session_id.%d)",
}

// worldExpression draws the condition of an event.
func worldExpression(r *rand.Rand, event int) string {
	parts := []string{pick(r, worldConditions)}
	if r.IntN(2) == 0 {
		parts = append(parts, pick(r, worldConditions))
	}
	if event > 1 && r.IntN(3) > 0 {
		parts = append(parts, fmt.Sprintf(pick(r, worldJoins), 1+r.IntN(event-1)))
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, pick(r, []string{" && ", " && ", " || "})) + ")"
}

// worldTree draws a tree of events from first on, and returns the next number.
func worldTree(r *rand.Rand, tag string, first, deep int, attributes string) (string, int) {
	if deep == 0 || deep < 3 && r.IntN(3) == 0 {
		text := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(worldExpression(r, first))
		return fmt.Sprintf(`<event event_id="%d" value="COMPUTE" description="e" boolean_expression="%s"/>`, first, text), first + 1
	}
	value := pick(r, []string{"THEN", "THEN", "THEN", "AND", "OR", "NOT"})
	window := pick(r, []string{`delay_units="ms" delay_max="500"`, `delay_units="s" delay_min="0+" delay_max="2"`, `delay_units="ms" delay_max="30"`, ``})
	if value == "THEN" && r.IntN(6) == 0 {
		window = `delay_units="ms" delay_min="-300" delay_max="0-"`
	}
	left, next := worldTree(r, "operator", first, deep-1, "")
	right, next := worldTree(r, "operator", next, deep-1, "")
	return fmt.Sprintf(`<%s value="%s" description="o" %s %s>%s%s</%s>`, tag, value, window, attributes, left, right, tag), next
}

// worldRule draws a property.
func worldRule(r *rand.Rand, id int) string {
	attributes := fmt.Sprintf(`property_id="%d" type_property="%s"`, id, pick(r, []string{"ATTACK", "ATTACK", "EVASION", "SECURITY", "TEST"}))
	tree, _ := worldTree(r, "property", 1, 3-r.IntN(2), attributes)
	if !strings.HasPrefix(tree, "<property") {
		tree = fmt.Sprintf(`<property value="COMPUTE" description="o" %s>%s</property>`, attributes, tree)
	}
	return "<beginning>" + tree + "</beginning>"
}

// TestRandomRules: random rules say the same of random packets whether or not they
// are pushed down.
func TestRandomRules(t *testing.T) {
	reg := registry(t)
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	rounds, tried, refused, said, less := 250, 0, 0, 0, 0.0
	if testing.Short() {
		rounds = 60
	}
	var rules []*rule.Rule
	for id := 1; len(rules) < rounds; id++ {
		f, err := parse(reg, worldRule(r, id))
		if err != nil {
			refused++
			continue
		}
		rules = append(rules, f...)
	}
	for i := 0; i < len(rules) && !t.Failed(); i += 25 {
		packets := worldPackets(r, 700)
		set := rules[i:min(i+25, len(rules))]
		want := verdicts(t, reg, set, packets)
		for _, one := range set {
			if Analyze([]*rule.Rule{one}, Options{Registry: reg}).all {
				continue
			}
			percent, n := sameVerdicts(t, reg, []*rule.Rule{one}, packets, want)
			tried, less = tried+1, less+100-percent
			if n > 0 {
				said++
			}
			if t.Failed() {
				t.Fatalf("seed %d\n%s", seed, rule.AppendText(nil, []*rule.Rule{one}))
			}
		}
	}
	t.Logf("%d rules of %d pushed down (%d more were no rules), %d with verdicts, %.0f %% of the packets left out", tried, rounds, refused, said, less/float64(tried))
	if said < rounds/8 {
		t.Errorf("seed %d: only %d of %d rules had verdicts", seed, said, rounds)
	}
}
