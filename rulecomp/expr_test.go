package rulecomp

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"mmt/analyzer/security/rule"
)

// quote writes s as the value of an XML attribute.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	b.WriteByte('"')
	return b.String()
}

// property returns a file of one property whose events have these expressions.
func property(code string, expressions ...string) []byte {
	var b strings.Builder
	b.WriteString("<beginning>")
	if code != "" {
		b.WriteString("<embedded_functions><![CDATA[" + code + "]]></embedded_functions>")
	}
	value := ""
	if len(expressions) == 2 {
		value = `value="THEN" delay_max="1"`
	}
	fmt.Fprintf(&b, `<property %s property_id="1" type_property="ATTACK">`, value)
	for _, e := range expressions {
		fmt.Fprintf(&b, `<event boolean_expression=%s/>`, quote(e))
	}
	b.WriteString("</property></beginning>")
	return []byte(b.String())
}

// eventText returns the events of the first rule of f in the text form, without
// the descriptions, which are empty.
func eventText(f *File) string {
	var events []string
	for _, line := range strings.Split(string(rule.AppendText(nil, f.Rules)), "\n") {
		if event, ok := strings.CutPrefix(line, `  (event "" `); ok {
			events = append(events, strings.TrimSuffix(event, ")"))
		}
	}
	return strings.Join(events, "\n")
}

// conditions are what the capitals in the expressions below stand for.
var conditions = map[string]string{"A": "(tcp.syn == 1)", "B": "(tcp.ack == 1)", "C": "(tcp.rst == 1)"}

func TestExpressions(t *testing.T) {
	c := newCompiler(t)
	for _, test := range []struct{ in, want string }{
		// Numbers and attributes.
		{"(tcp.dest_port == 22)", "(needs 0) (== tcp.dest_port 22)"},
		{"tcp.dest_port == 22", "(needs 0) (== tcp.dest_port 22)"},
		{"(tcp.dest_port == 0x16)", "(needs 0) (== tcp.dest_port 22)"},
		{"(tcp.dest_port > -1)", "(needs 0) (> tcp.dest_port -1)"},
		{"(tcp.dest_port >= 1.5)", "(needs 0) (>= tcp.dest_port 1.5)"},
		{"(22 <= tcp.dest_port)", "(needs 0) (<= 22 tcp.dest_port)"},
		{"(163.packet_count > 0)", "(needs 0) (> 163.packet_count 0)"},
		{"(ip.2.src != ip.src)", "(needs 0 1) (!= ip.2.src ip.src)"},
		{"(tcp.syn == 1)", "(needs 0) (== tcp.syn 1)"},
		// Brackets.
		{"((tcp.flags == 2)", "(needs 0) (== tcp.flags 2)"},
		{"(((((tcp.flags)) == ((2)))))", "(needs 0) (== tcp.flags 2)"},
		{"(A && B && C)", "(needs 0 1 2) (&& (== tcp.syn 1) (== tcp.ack 1) (== tcp.rst 1))"},
		{"(A && (B && C))", "(needs 0 1 2) (&& (== tcp.syn 1) (== tcp.ack 1) (== tcp.rst 1))"},
		{"(A && (B || C))", "(needs 0 1 2) (&& (== tcp.syn 1) (|| (== tcp.ack 1) (== tcp.rst 1)))"},
		{"((A || B) || (C || A))", "(needs 0 1 2) (|| (== tcp.syn 1) (== tcp.ack 1) (== tcp.rst 1) (== tcp.syn 1))"},
		// Arithmetic.
		{"((ip.df_flag + ip.mf_flag) ==0)", "(needs 0 1) (== (+ ip.df_flag ip.mf_flag) 0)"},
		{"(ip.tot_len - 20 - ip.header_len * 4 < 9)", "(needs 0 1) (< (- (- ip.tot_len 20) (* ip.header_len 4)) 9)"},
		{"(ip.tot_len / (2 + 3) == 2 * 3 - 1)", "(needs 0) (== (/ ip.tot_len 5) 5)"},
		{"(-ip.tot_len < -(3))", "(needs 0) (< (- 0 ip.tot_len) -3)"},
		// Strings and addresses.
		{"(http.method == 'GET')", `(needs 0) (== http.method "GET")`},
		{`(http.method == "GET")`, `(needs 0) (== http.method "GET")`},
		{`(http.method == 'a\'\\\n\x62')`, `(needs 0) (== http.method "a'\\\nb")`},
		{"(http.method != '')", `(needs 0) (!= http.method "")`},
		{"(ip.src == 10.0.0.1)", `(needs 0) (== ip.src "\n\x00\x00\x01")`},
		{"('10.0.0.1' == ip.src)", `(needs 0) (== "\n\x00\x00\x01" ip.src)`},
		{"(ip.src != '')", `(needs 0) (!= ip.src "")`},
		{"(ip.src < 10.0.0.1)", `(needs 0) (< ip.src "\n\x00\x00\x01")`},
		{"(ethernet.src == 61:62:63:64:65:66)", `(needs 0) (== ethernet.src "abcdef")`},
		{"(ethernet.src == '61:62:63:64:65:66')", `(needs 0) (== ethernet.src "abcdef")`},
		{"(ipv6.src == ::1)", `(needs 0) (== ipv6.src "` + strings.Repeat(`\x00`, 15) + `\x01")`},
		{"(ipv6.src == '::1')", `(needs 0) (== ipv6.src "` + strings.Repeat(`\x00`, 15) + `\x01")`},
		// What is there.
		{"(ip.src != 0)", "(needs 0) (present ip.src)"},
		{"(0 == ip.src)", "(needs 0) (missing ip.src)"},
		{"(ip.src != false)", "(needs 0) (present ip.src)"},
		{"(http.uri)", "(needs 0) (present http.uri)"},
		{"(tcp.flags)", "(needs 0) (truth tcp.flags)"},
		{"(#is_exist(http.uri))", "(needs) (is_exist http.uri)"},
		{"(#is_exist(http.uri) == true)", "(needs) (is_exist http.uri)"},
		{"(#is_exist(http.uri) != 0)", "(needs) (is_exist http.uri)"},
		{"(#is_exist(http.uri) == false)", "(needs) (missing http.uri)"},
		{"(#is_exist(tcp.flags) != 1)", "(needs) (missing tcp.flags)"},
		{"((#is_exist(tcp.flags) == 0) == false)", "(needs) (is_exist tcp.flags)"},
		{"((ip.src != ip.dst) && ((#is_exist(http.uri) == true) && (http.uri == 'a')))",
			`(needs 1 2) (&& (!= ip.src ip.dst) (is_exist http.uri) (== http.uri "a"))`},
		{"(#is_empty(http.uri) == true)", "(needs 0) (is_empty http.uri)"},
		{"(#is_empty(http.uri) == false)", `(needs 0) (!= http.uri "")`},
		// Turned round.
		{"((tcp.flags < 2) == false)", "(needs 0) (>= tcp.flags 2)"},
		{"(false == (A && (B || C)))", "(needs 0 1 2) (|| (!= tcp.syn 1) (&& (!= tcp.ack 1) (!= tcp.rst 1)))"},
		{"((A || #strstr(http.uri, 'x')) == false)", `(needs 0 1) (&& (!= tcp.syn 1) (missing (#strstr http.uri "x")))`},
		// Constants.
		{"(1==1)", "(needs) (truth 1)"},
		{"(true)", "(needs) (truth 1)"},
		{"(1 > 2)", "(needs) (truth 0)"},
		{"('a' < 'b')", "(needs) (truth 1)"},
		{"(true && A)", "(needs 0) (== tcp.syn 1)"},
		{"(A && (1 == 2))", "(needs 0) (truth 0)"},
		{"(A || true)", "(needs 0) (truth 1)"},
		{"((true == false) == false)", "(needs) (truth 1)"},
		// Functions.
		{"(#strstr(http.uri, 'x') != 0)", `(needs 0) (present (#strstr http.uri "x"))`},
		{"(#strstr(http.uri, 'x'))", `(needs 0) (present (#strstr http.uri "x"))`},
		{"(#strstr(http.uri, 'x') == 'xy')", `(needs 0) (== (#strstr http.uri "x") "xy")`},
		{"(#strlen(http.uri))", `(needs 0) (truth (#strlen http.uri))`},
		{"(#strlen(#strstr(http.uri, 'x')) + 1 > #abs(-5))", `(needs 0) (> (+ (#strlen (#strstr http.uri "x")) 1) (#abs -5))`},
	} {
		in := test.in
		for short, long := range conditions {
			in = strings.ReplaceAll(in, short+" ", long+" ")
			in = strings.ReplaceAll(in, short+")", long+")")
		}
		f, err := c.Parse("x.xml", property("", in))
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if got := eventText(f); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.in, got, test.want)
		}
	}
}
