package rulecomp

import (
	"bytes"
	"strings"
	"testing"

	"mmt/analyzer/security/rule"
)

// checkFile holds what every file that compiles promises: rules that the text
// form can hold and give back.
func checkFile(t *testing.T, c *Compiler, f *File) {
	t.Helper()
	for _, r := range f.Rules {
		if r.ID == 0 || r.Root == nil || len(r.Events) == 0 {
			t.Fatalf("rule %d: root %v, %d events", r.ID, r.Root, len(r.Events))
		}
	}
	text := rule.AppendText(nil, f.Rules)
	set, err := rule.ParseText(text, rule.Environment{Registry: c.Registry, Function: c.Function})
	if err != nil {
		t.Fatalf("the text form cannot be read: %v\n%s", err, text)
	}
	if again := rule.AppendText(nil, set.Rules); !bytes.Equal(again, text) {
		t.Fatalf("text form\n%s\nread and written\n%s", text, again)
	}
}

// checkMessage holds that each line of an error names the file.
func checkMessage(t *testing.T, err error) {
	t.Helper()
	for _, line := range strings.Split(err.Error(), "\n") {
		if !strings.HasPrefix(line, "x.xml:") {
			t.Fatalf("line %q of error %q", line, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	c := newCompiler(f)
	f.Add([]byte(arp))
	f.Add(property("int em_f(int a) { return a; }", "(#em_f(tcp.flags) == 1)", "(ip.src == ip.src.1)"))
	f.Add([]byte(`<beginning><property value="THEN" delay_units="ms" delay_min="0+" delay_max="5-" counter_max="3" property_id="1" type_property="TEST" if_satisfied="em_r">` +
		`<operator value="OR" repeat_times="2" delay_max="1"><event event_id="1" boolean_expression="(tcp.syn == 1)"/><event event_id="2" boolean_expression="(1==1)"/></operator>` +
		`<operator value="NOT"><event event_id="3" boolean_expression="(#is_exist(http.uri) == false)"/></operator></property>` +
		`<embedded_functions><![CDATA[void em_r() {}]]></embedded_functions></beginning>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := c.Parse("x.xml", data)
		if err != nil {
			checkMessage(t, err)
			return
		}
		checkFile(t, c, file)
	})
}

func FuzzExpression(f *testing.F) {
	c := newCompiler(f)
	for _, expression := range []string{
		"(((arp.ar_op == 2)&&(arp.ar_sip == arp.ar_tip.1)) && (ethernet.packet_count > 1))",
		"(#strstr(http.user_agent, 'Nikto') != 0)",
		"((ip.src != ip.dst) && ((#is_exist(http.uri) == true) && (#em_f(http.uri, -1.5) == 1)))",
		"(ip.2.src == '10.0.0.1' || ethernet.src != 00:11:22:33:44:55 || ipv6.src == ::1)",
		"((tcp.ack_nb - tcp.seq_nb.1 * 2 + 0x10 / 3 <= 791101) == false)",
		`(http.uri != "a\'\x41\n")`,
		"(http.uri == 'a\n\n\tb",
	} {
		f.Add(expression)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		file, err := c.Parse("x.xml", property("int em_f(int a) {}", "(tcp.syn == 1)", expression))
		if err != nil {
			checkMessage(t, err)
			return
		}
		checkFile(t, c, file)
	})
}
