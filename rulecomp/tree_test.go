package rulecomp

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mmt/analyzer/security/rule"
)

// treeText returns the tree of a rule in the text form.
func treeText(r *rule.Rule) string {
	text := string(rule.AppendText(nil, []*rule.Rule{r}))
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSuffix(strings.TrimSpace(lines[len(lines)-1]), ")")
}

// TestTrees compiles trees of events, written as (N), and compares them.
func TestTrees(t *testing.T) {
	c := newCompiler(t)
	for _, test := range []struct{ property, inside, want string }{
		{``, `(1)`, `1`},
		{`value="COMPUTE" delay_max="3"`, `(1)`, `1`},
		{`value="THEN"`, `(1)(2)`, `(THEN 1 2)`},
		{`value="then"`, `(2)(1)`, `(THEN 2 1)`},
		{`value="NOT" delay_max="1"`, `(1)(2)`, `(NOT (delay 0 1000000) 1 2)`},
		{`value="OR" delay_max="1"`, `(1)(2)`, `(OR 1 2)`},
		// Windows.
		{`value="THEN" delay_min="0+" delay_max="5-"`, `(1)(2)`, `(THEN (delay 1 4999999) 1 2)`},
		{`value="THEN" delay_min="+0" delay_max="5"`, `(1)(2)`, `(THEN (delay 1 5000000) 1 2)`},
		{`value="THEN" delay_min=" -2+ " delay_max=" -1- "`, `(1)(2)`, `(THEN (delay -1999999 -1000001) 1 2)`},
		{`value="THEN" delay_min="-5"`, `(1)(2)`, `(THEN (delay -5000000 0) 1 2)`},
		{`value="BEFORE" delay_min="0+" delay_max="5"`, `(1)(2)`, `(THEN (delay -5000000 -1) 1 2)`},
		{`value="THEN" delay_max="0.5"`, `(1)(2)`, `(THEN (delay 0 500000) 1 2)`},
		{`value="THEN" delay_max="10" delay_units="mms"`, `(1)(2)`, `(THEN (delay 0 10) 1 2)`},
		{`value="THEN" delay_units="ms" delay_min="1" delay_max="10"`, `(1)(2)`, `(THEN (delay 1000 10000) 1 2)`},
		{`value="THEN" delay_units="m" delay_max="2"`, `(1)(2)`, `(THEN (delay 0 120000000) 1 2)`},
		{`value="THEN" delay_units="H" delay_max="0.25"`, `(1)(2)`, `(THEN (delay 0 900000000) 1 2)`},
		{`value="THEN" delay_units="D" delay_max="1"`, `(1)(2)`, `(THEN (delay 0 86400000000) 1 2)`},
		{`value="THEN" delay_units="M" delay_max="1"`, `(1)(2)`, `(THEN (delay 0 2592000000000) 1 2)`},
		{`value="THEN" delay_units="Y" delay_max="1"`, `(1)(2)`, `(THEN (delay 0 31536000000000) 1 2)`},
		{`value="THEN" counter_min="0+" counter_max="5"`, `(1)(2)`, `(THEN (count 1 5) 1 2)`},
		{`value="THEN" delay_max="1" counter_max="5-"`, `(1)(2)`, `(THEN (delay 0 1000000) (count 0 4) 1 2)`},
		{`value="THEN" delay_max="1" counter_min="0" counter_max="0"`, `(1)(2)`, `(THEN (delay 0 1000000) 1 2)`},
		{`value="THEN" delay_min="0" delay_max="0" counter_max="5"`, `(1)(2)`, `(THEN (count 0 5) 1 2)`},
		{`value="THEN" delay_min="0" delay_max="0"`, `(1)(2)`, `(THEN (delay 0 0) 1 2)`},
		// Operators in each other.
		{`value="AND" delay_max="1"`, `<operator value="OR">(1)(2)</operator><operator value="NOT" delay_max="2">(3)(4)</operator>`,
			`(AND (delay 0 1000000) (OR 1 2) (NOT (delay 0 2000000) 3 4))`},
		{`value="THEN" delay_max="9"`, `<operator value="THEN" delay_max="2" repeat_times="3" description="thrice">(1)(2)</operator>(3)`,
			`(THEN (delay 0 9000000) (THEN (delay 0 2000000) (repeat 3) "thrice" 1 2) 3)`},
		{`value="THEN" delay_max="9"`, `<operator value="OR" delay_max="2" repeat_times="3">(1)(2)</operator>(3)`,
			`(THEN (delay 0 9000000) (OR (delay 0 2000000) (repeat 3) 1 2) 3)`},
		// NOT of one child.
		{`value="THEN" delay_max="9"`, `(1)<operator value="NOT">(2)</operator>`, `(NOT (delay 0 9000000) 1 2)`},
		{`value="THEN" delay_max="9"`, `(1)<operator value="not" delay_max="3">(2)</operator>`, `(NOT (delay 0 3000000) 1 2)`},
		{`value="THEN" delay_max="9"`, `<operator value="THEN" delay_max="4">(1)<operator value="NOT">(2)</operator></operator>(3)`,
			`(THEN (delay 0 9000000) (NOT (delay 0 4000000) 1 2) 3)`},
	} {
		in := test.inside
		for n := 1; n < 5; n++ {
			in = strings.Replace(in, fmt.Sprintf("(%d)", n), fmt.Sprintf(`<event event_id="%d" boolean_expression="(tcp.flags == %d)"/>`, n, n), 1)
		}
		file := `<beginning><property property_id="1" type_property="ATTACK" ` + test.property + `>` + in + `</property></beginning>`
		f, err := c.Parse("x.xml", []byte(file))
		if err != nil {
			t.Errorf("%s %s: %v", test.property, test.inside, err)
			continue
		}
		if got := treeText(f.Rules[0]); got != test.want {
			t.Errorf("%s %s:\n got %s\nwant %s", test.property, test.inside, got, test.want)
		}
	}
}

// arp is the example of manual section 4.3.1, as it is meant.
const arp = `<?xml version="1.0" encoding="ISO-8859-1"?>
<!-- before -->
<beginning xmlns="urn:x" xmlns:y="urn:y">
  <!-- inside -->
  <property value="THEN" delay_units="s" delay_min="0+" delay_max="4" property_id="4" type_property="ATTACK"
      description="IPv4 address conflict detection (RFC5227). Possible arp poisoning, caf` + "\xe9" + `." y:note="x">
    <operator value="THEN" delay_units="s" delay_min="0+" delay_max="4">
      <event value="COMPUTE" event_id="1" description="An arp who was requested"
          boolean_expression="((arp.ar_op == 1) &amp;&amp; (ethernet.src != ethernet.dst))"/>
      <event value="COMPUTE" event_id="2" description="An arp reply with MAC address"
          boolean_expression="(((arp.ar_op == 2)&amp;&amp;(arp.ar_sip == arp.ar_tip.1)) &amp;&amp; (ethernet.packet_count &gt; 1))"/>
    </operator> stray text
    <event value="COMPUTE" event_id="3" description="An arp reply but with different MAC address"
        boolean_expression="((((arp.ar_op == 2)&amp;&amp;(arp.ar_sip == arp.ar_tip.1))&amp;&amp;(arp.ar_sha != arp.ar_sha.2)) &amp;&amp; (ethernet.packet_count != 0))"/>
  </property>
</beginning>
<!-- after -->
`

func TestExample(t *testing.T) {
	f, err := newCompiler(t).Parse("arp.xml", []byte(arp))
	if err != nil {
		t.Fatal(err)
	}
	want := `(rules 1)
(property 4 attack "IPv4 address conflict detection (RFC5227). Possible arp poisoning, café."
  (source "arp.xml:5")
  (attributes (arp.ar_op 30.5 u16) (arp.ar_sha 30.6 mac_addr) (arp.ar_sip 30.7 ip4_addr) (arp.ar_tip 30.9 ip4_addr) (ethernet.dst 99.2 mac_addr) (ethernet.src 99.3 mac_addr) (ethernet.packet_count 99.4099 u64))
  (event "An arp who was requested" (needs 0 3 4 5) (&& (== arp.ar_op 1) (!= ethernet.src ethernet.dst)))
  (event "An arp reply with MAC address" (needs 0 1 2 6) (&& (== arp.ar_op 2) (== arp.ar_sip arp.ar_tip@1) (> ethernet.packet_count 1)))
  (event "An arp reply but with different MAC address" (needs 0 1 2 6) (&& (== arp.ar_op 2) (== arp.ar_sip arp.ar_tip@1) (!= arp.ar_sha arp.ar_sha@2) (!= ethernet.packet_count 0)))
  (THEN (delay 1 4000000) (THEN (delay 1 4000000) 1 2) 3))
`
	if got := string(rule.AppendText(nil, f.Rules)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestFacts looks at what the text form of a rule tells no more than half.
func TestFacts(t *testing.T) {
	const in = "\xef\xbb\xbf<beginning>\n" + `<property value="THEN" property_id=" 7 " type_property=" evasion ">
  <event boolean_expression="((tcp.syn == 1) &amp;&amp; (ip.2.src.2 != ip.src))"/>
  <event boolean_expression="(tcp.flags == 2)"/>
</property></beginning>`
	f, err := newCompiler(t).Parse("x.xml", []byte(in))
	if err != nil {
		t.Fatal(err)
	}
	r := f.Rules[0]
	if r.ID != 7 || r.Type != rule.Evasion || r.Source != "x.xml:2" || r.Reaction != nil {
		t.Errorf("id %d, type %s, source %q, reaction %v", r.ID, r.Type, r.Source, r.Reaction)
	}
	if got, want := eventText(f), "(needs 0 3) (&& (== tcp.syn 1) (!= ip.2.src@2 ip.src))\n(needs 1 2) (== tcp.flags 2)"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var got []string
	for _, a := range r.Attributes {
		got = append(got, fmt.Sprintf("%s %d %t", a.Name, a.Layer, a.Flag))
	}
	if want := []string{"ip.src 0 false", "ip.2.src 2 false", "tcp.flags 0 false", "tcp.syn 0 true"}; !slices.Equal(got, want) {
		t.Errorf("attributes %q, want %q", got, want)
	}
}

func TestDefaults(t *testing.T) {
	f, err := newCompiler(t).Parse("x.xml", bytes.ReplaceAll(property("", "(tcp.syn == 1)"), []byte(`type_property="ATTACK"`), nil))
	if err != nil {
		t.Fatal(err)
	}
	if r := f.Rules[0]; r.Type != rule.Security || r.Root.Repeat != 1 || r.Root.HasDelay || r.Root.HasCount {
		t.Errorf("type %s, root %+v", r.Type, r.Root)
	}
}
