package rulecomp

import (
	"strings"
	"testing"

	"mmt/analyzer/security/rule"
)

// checkError compiles a file and compares all its errors, one a line.
func checkError(t *testing.T, c *Compiler, file, want string) {
	t.Helper()
	f, err := c.Parse("x.xml", []byte(file))
	if err == nil {
		t.Errorf("%s:\ncompiled to %s\nwant error %s", file, rule.AppendText(nil, f.Rules), want)
	} else if err.Error() != want {
		t.Errorf("%s:\n got %s\nwant %s", file, err, want)
	}
}

// TestExpressionErrors holds the message for each mistake in an expression.
func TestExpressionErrors(t *testing.T) {
	c := newCompiler(t)
	c.Functions = map[string]*rule.Function{
		"one_or_more": {Name: "one_or_more", Params: []rule.Kind{rule.Numeric}, Variadic: true, Result: rule.Numeric},
	}
	for _, test := range []struct{ in, want string }{
		// How it is written.
		{"", "the boolean_expression is empty (write for example (ip.src != ip.dst))"},
		{"()", `")" where an operand is expected`},
		{"(tcp.flags == 2))", `")" closes no bracket (remove it)`},
		{"(tcp.flags == )", `")" where an operand is expected`},
		{"(tcp.flags == 2 tcp.ack)", `"tcp.ack" where an operator is expected`},
		{"(tcp.flags == 2) (tcp.ack == 1)", `"(" follows an operand (a function is called with #name(...), conditions are joined with && or ||)`},
		{"(tcp.flags == 2, tcp.ack)", `"," where an operator is expected`},
		{"(== 2)", `"==" where an operand is expected`},
		{"(tcp.flags = 2)", `"=" is no operator (write "==" to compare)`},
		{"(tcp.flags == 2 & tcp.ack == 1)", `"&" is no operator (write "&&" for "and")`},
		{"(tcp.flags == 2 | tcp.ack == 1)", `"|" is no operator (write "||" for "or")`},
		{"(!tcp.ack)", `"!" is no operator (to negate a condition write (condition == false))`},
		{"(tcp.flags % 2)", `"%" is no operator (there are + - * / only)`},
		{"(tcp.flags == $)", `"$" has no meaning in an expression`},
		{"(tcp.flags == é)", `"é" has no meaning in an expression`},
		{"(tcp.syn == 1 && tcp.ack == 1 || tcp.rst == 1)", "&& and || in one bracket (write ((a && b) || c) or (a && (b || c)))"},
		{"(1 < tcp.flags < 3)", "< after < in one bracket (write ((a < b) && (b < c)))"},
		{"(http.uri == 'a)", "the string that starts with 'a) does not end (close it with ')"},
		{"(\"\n\n", `the string that starts with "\n\n does not end (close it with ")`},
		{"(tcp.flags == '" + strings.Repeat("x", 50) + "')", "tcp.flags (u8) is compared with the string '" + strings.Repeat("x", 40) + "...'"},
		{`(http.uri == '\d')`, `unknown escape \d in a string (write a backslash as \\)`},
		{strings.Repeat("(", 401) + "1", "brackets lie deeper than 400 in each other"},
		{strings.Repeat("1+", 401) + "1", "operators lie deeper than 400 in each other"},
		// Words.
		{"(tcp.flags == SYN)", `"SYN" is neither an attribute nor a number (an attribute is protocol.attribute, a string is in quotes 'SYN')`},
		{"(http.uri != NULL)", "NULL is no word of expressions (write 0)"},
		{"(ethernet.src == 00:11:22)", `"00:11:22" is no address`},
		{"(tcp..flags == 2)", `"tcp..flags" is no attribute (write protocol.attribute, protocol.attribute.event or protocol.layer.attribute)`},
		{"(tcp.flags.x == 2)", `"tcp.flags.x" is no attribute (write protocol.attribute, protocol.attribute.event or protocol.layer.attribute)`},
		{"(tpc.flags == 2)", "unknown protocol tpc (did you mean tcp?)"},
		{"(qqqqqqqqqq.flags == 2)", "unknown protocol qqqqqqqqqq"},
		{"(tcp.flag == 2)", "unknown attribute tcp.flag (did you mean tcp.flags?)"},
		{"(tcp.qqqqqqqqqq == 2)", "unknown attribute tcp.qqqqqqqqqq"},
		{"(tcp.flags.7 == 2)", "tcp.flags.7 refers to event 7, but the property has 1"},
		{"(tcp.flags.1 == 2)", "tcp.flags.1 refers to its own event (leave out .1)"},
		// Kinds and types.
		{"(tcp.dest_port == '80')", "tcp.dest_port (u16) is compared with the string '80' (write 80 without quotes)"},
		{"(tcp.dest_port == 'http')", "tcp.dest_port (u16) is compared with the string 'http'"},
		{"(ip.src == 10.0.0.0.1)", `"10.0.0.0.1" is no attribute (write protocol.attribute, protocol.attribute.event or protocol.layer.attribute)`},
		{"(ip.src == '10.0.0.256')", "the string '10.0.0.256' is no IPv4 address (such as '192.0.2.1')"},
		{"(ethernet.src == '1:2')", "the string '1:2' is no MAC address (such as '00:11:22:33:44:55')"},
		{"(ipv6.src == '10.0.0.1')", "the string '10.0.0.1' is no IPv6 address (such as '2001:db8::1')"},
		{"(ip.src == ::1)", "ip.src (ip4_addr) is compared with the address ::1, which is of another type"},
		{"(ip.src == ethernet.src)", "ip.src (ip4_addr) is compared with ethernet.src (mac_addr), which is of another type"},
		{"(tcp.dest_port == 10.0.0.1)", "tcp.dest_port (u16) is compared with the address 10.0.0.1"},
		{"(ip.src == 1)", "ip.src (ip4_addr) is compared with the number 1 (only 0 has a meaning: that it is not there)"},
		{"(http.uri == true)", "http.uri (header_line) is compared with the number 1 (only 0 has a meaning: that it is not there)"},
		{"(ip.src > 0)", "ip.src (ip4_addr) > 0 (only == and != have a meaning: whether it is there)"},
		{"(ip.src == tcp.flags)", "ip.src (ip4_addr) is compared with tcp.flags (u8), which is a number"},
		{"(ip.src + 1 == 2)", "ip.src (ip4_addr) in a calculation (+ needs numbers)"},
		{"((1 == 1) + 1 == 2)", "a condition in a calculation (+ needs numbers)"},
		{"(tcp.flags / 0 == 2)", "division by 0"},
		{"('x')", "the string 'x' is no condition (compare it with something)"},
		{"((tcp.flags == 1) == 2)", "a condition is compared with the number 2 (it can be compared with true and false)"},
		{"((tcp.flags == 1) == (tcp.ack == 1))", "a condition is compared with a condition (it can be compared with true and false)"},
		{"((tcp.flags == 1) < 2)", "< with a condition (a condition is compared by == or != with true or false)"},
		// Functions.
		{"(#strtsr(http.uri, 'x') != 0)", "unknown function #strtsr (did you mean #strstr?)"},
		{"(#em_qqqqqqqqqq(http.uri))", "unknown function #em_qqqqqqqqqq (write it in <embedded_functions>)"},
		{"(# == 1)", "# without the name of a function (write #name(...))"},
		{"(#strlen == 1)", "#strlen without brackets (write #strlen(...))"},
		{"(#strlen() == 1)", "#strlen takes 1 argument, not 0"},
		{"(#strstr(http.uri) != 0)", "#strstr takes 2 arguments, not 1"},
		{"(#one_or_more() != 0)", "#one_or_more takes 1 argument or more, not 0"},
		{"(#one_or_more(1, 2, http.uri) != 0)", "argument 3 of #one_or_more is http.uri (header_line): it must be a number"},
		{"(#strlen(tcp.flags) == 1)", "argument 1 of #strlen is tcp.flags (u8): it must be a string or other bytes"},
		{"(#strlen((1 == 1)) == 1)", "argument 1 of #strlen is a condition: it must be a string or other bytes"},
		{"(#strlen(#strstr(http.uri, 'x'), 1)", "#strlen takes 1 argument, not 2"},
		{"(#is_exist('http.uri'))", "#is_exist takes one attribute (write #is_exist(protocol.attribute))"},
		{"(#is_exist(1))", "#is_exist of the number 1 (it takes an attribute)"},
		{"(#is_empty(tcp.flags))", "#is_empty of tcp.flags (u8) (only what is no number can be empty)"},
		{"(#is_empty())", "#is_empty takes one argument, not 0"},
	} {
		checkError(t, c, string(property("", test.in)), "x.xml:1: rule 1, event 1: "+test.want)
	}
	checkError(t, c, string(property("", "(tcp.syn == 1)", "(#is_exist(http.uri.1))")),
		"x.xml:1: rule 1, event 2: #is_exist of http.uri.1 (header_line): it asks the packet at hand (ask for it in event 1)")
	checkError(t, c, string(property("int em_f(int a) {return a;}", "(#em_f((1 == 1)))")),
		"x.xml:1: rule 1, event 1: argument 1 of #em_f is a condition: it must be a number, a string or other bytes")
	checkError(t, c, string(property("int em_check(int a) {return a;}", "(#em_chekc(1))")),
		"x.xml:1: rule 1, event 1: unknown function #em_chekc (did you mean #em_check?)")
}

// TestFileErrors holds the message for each mistake outside of expressions.
func TestFileErrors(t *testing.T) {
	c := newCompiler(t)
	const (
		e1    = `<event event_id="1" boolean_expression="(tcp.syn == 1)"/>`
		e2    = `<event event_id="2" boolean_expression="(tcp.ack == 1)"/>`
		head  = "<beginning>\n<property property_id=\"4\" type_property=\"ATTACK\" "
		tail  = "</property>\n</beginning>"
		then  = head + "value=\"THEN\" delay_max=\"1\">"
		rule4 = "x.xml:2: rule 4: "
	)
	inOperator := func(attributes string) string {
		return head + "value=\"THEN\" delay_max=\"1\">\n<operator value=\"THEN\" " + attributes + ">" + e1 + e2 + "</operator>" +
			`<event event_id="3" boolean_expression="(tcp.rst == 1)"/>` + tail
	}
	for _, test := range []struct{ in, want string }{
		// The file.
		{"", "x.xml:1: the file has no <beginning>"},
		{"<!-- nothing -->\n", "x.xml:1: the file has no <beginning>"},
		{"<beginning/>", "x.xml:1: the file has no <property>"},
		{"\n<property/>", "x.xml:2: the file starts with <property> (put its properties between <beginning> and </beginning>)"},
		{"<beginning/>\n<beginning/>", "x.xml:2: <beginning> follows the end of <beginning> (put all properties between one <beginning> and its </beginning>)"},
		{"<beginning>\n<propertie/></beginning>", "x.xml:2: unknown element <propertie> (did you mean property?)"},
		{"<beginning>\n</property>", "x.xml:2: no well-formed XML: element <beginning> closed by </property>"},
		{"<beginning>\n<property x=\"a && b\">", "x.xml:2: no well-formed XML: invalid character entity & (no semicolon) (write \"&&\" as \"&amp;&amp;\")"},
		{"<beginning>\n<property x=\"a < b\">", "x.xml:2: no well-formed XML: unescaped < inside quoted string (write \"<\" as \"&lt;\")"},
		{"<beginning>\n\xff", "x.xml:2: no well-formed XML: invalid UTF-8 (save the file as UTF-8, or name its encoding in <?xml ... encoding=\"ISO-8859-1\"?>)"},
		{`<?xml version="1.0" encoding="EBCDIC"?>` + "\n<beginning/>", `x.xml:1: xml: opening charset "EBCDIC": encoding "EBCDIC" is not known (use UTF-8)`},
		{strings.Repeat("<operator>", maxDepth+1), "x.xml:1: elements lie deeper than 200 in each other"},
		{`<beginning x="1"/>`, "x.xml:1: <beginning> has no attribute \"x\""},
		{"<beginning>\n<embedded_functions lang=\"c\"/></beginning>", "x.xml:2: <embedded_functions> has no attribute \"lang\""},
		// The property.
		{"<beginning>\n<property>" + e1 + tail, "x.xml:2: <property> has no property_id (give it a number that no other property has)"},
		{"<beginning>\n<property property_id=\"x\">" + e1 + tail, `x.xml:2: property_id "x" is no number from 1 to 4294967295`},
		{head + ">" + e1 + "</property>\n<property property_id=\"4\">" + e1 + tail, "x.xml:3: rule 4 is there twice, first in line 2 (give one of them another property_id)"},
		{head + ">" + tail, rule4 + "the property has no <event>"},
		{head + "value=\"THEN\">" + tail, rule4 + "the property has no <event>"},
		{head + ">" + e1 + e2 + tail, rule4 + `the property has no value and 2 children (write value="THEN", or AND, OR, NOT)`},
		{head + "value=\"COMPUTE\">" + e1 + e2 + tail, rule4 + "a property of value COMPUTE has one <event>, not 2 children (join events with THEN, AND, OR or NOT)"},
		{head + "value=\"THEN\">" + e1 + tail, rule4 + "THEN has one child <event>: it needs two, context and trigger"},
		{head + "value=\"NOT\">" + e1 + tail, rule4 + "NOT has one child <event>: it needs two, context and trigger (NOT alone may only be the second child of a THEN)"},
		{head + "value=\"THAN\">" + e1 + e2 + tail, rule4 + `unknown operator "THAN" (did you mean THEN?)`},
		{head + "value=\"UNTIL\">" + e1 + e2 + tail, rule4 + `unknown operator "UNTIL" (it is one of THEN, AND, OR, NOT)`},
		{"<beginning>\n<property property_id=\"4\"\ntype_property=\"ATACK\">" + e1 + tail, `x.xml:3: rule 4: unknown type_property "ATACK" (did you mean ATTACK?)`},
		{"<beginning>\n<property property_id=\"4\"\ntype_property=\"FORWARD\">" + e1 + tail, `x.xml:3: rule 4: unknown type_property "FORWARD" (it is one of ATTACK, EVASION, SECURITY, TEST)`},
		{head + "dealy_max=\"1\">" + e1 + tail, rule4 + `<property> has no attribute "dealy_max" (did you mean delay_max?)`},
		{head + "description=\"a\" description=\"b\">" + e1 + tail, rule4 + "<property> has the attribute description twice"},
		{head + "if_not_satisfied=\"em_f\">" + e1 + tail, rule4 + "if_not_satisfied is not supported: functions react to verdicts only (use if_satisfied)"},
		{head + "if_satisfied=\"em_f\">" + e1 + tail, rule4 + "unknown function em_f (write it in <embedded_functions>)"},
		{head + "if_satisfied=\"em f\">" + e1 + tail, rule4 + `if_satisfied "em f" is no name of a C function`},
		// Delays.
		{head + "value=\"THEN\" delay_min=\"2\" delay_max=\"1\">" + e1 + e2 + tail, rule4 + `delay_min "2" lies above delay_max "1"`},
		{head + "value=\"THEN\" delay_min=\"0+\">" + e1 + e2 + tail, rule4 + `delay_min "0+" lies above delay_max "0"`},
		{head + "value=\"THEN\" delay_max=\"-1\">" + e1 + e2 + tail, rule4 + `delay_min "0" lies above delay_max "-1"`},
		{head + "value=\"THEN\" delay_max=\"x\">" + e1 + e2 + tail, rule4 + `delay_max "x" is no decimal number`},
		{head + "value=\"THEN\" delay_max=\"1.2.3\">" + e1 + e2 + tail, rule4 + `delay_max "1.2.3" is no decimal number`},
		{head + "value=\"THEN\" delay_max=\"5+\">" + e1 + e2 + tail, rule4 + `delay_max "5+": "+" means more than, which an upper bound cannot be`},
		{head + "value=\"THEN\" delay_min=\"5-\" delay_max=\"9\">" + e1 + e2 + tail, rule4 + `delay_min "5-": "-" at the end means less than, which a lower bound cannot be`},
		{head + "value=\"THEN\" delay_units=\"mms\" delay_max=\"0.5\">" + e1 + e2 + tail, rule4 + `delay_max "0.5" is no whole number`},
		{head + "value=\"THEN\" delay_units=\"ms\" delay_max=\"0.0005\">" + e1 + e2 + tail, rule4 + `delay_max "0.0005" is no whole number of microseconds`},
		{head + "value=\"THEN\" delay_units=\"Y\" delay_max=\"100000\">" + e1 + e2 + tail, rule4 + `delay_max "100000" is too large`},
		{head + "value=\"THEN\" counter_max=\"1.5\">" + e1 + e2 + tail, rule4 + `counter_max "1.5" is no whole number`},
		{head + "value=\"THEN\" delay_units=\"us\" delay_max=\"1\">" + e1 + e2 + tail, rule4 + `unknown delay_units "us" (did you mean mms?)`},
		{head + "value=\"THEN\" delay_units=\"week\" delay_max=\"1\">" + e1 + e2 + tail, rule4 + `unknown delay_units "week" (it is one of Y, M, D, H, m, s, ms, mms)`},
		{head + "value=\"THEN\" delay_min=\"-1\" counter_max=\"3\">" + e1 + e2 + tail, rule4 + "delays and counters of which only one starts below 0 (the trigger comes before its context by both or by none)"},
		{head + "value=\"AND\" delay_min=\"-1\">" + e1 + e2 + tail, rule4 + "AND with a negative delay_min or counter_min: it has no order (start its window at 0)"},
		{head + "value=\"NOT\" counter_min=\"-1\">" + e1 + e2 + tail, rule4 + "NOT with a negative delay_min or counter_min (swap its children: what comes first is the context)"},
		{strings.Replace(inOperator(`delay_max="1"`), `"ATTACK" value="THEN"`, `"TEST" value="THEN" delay_min="-1"`, 1), rule4 + "a TEST property whose trigger comes before its context must have one single event as context"},
		// Operators.
		{inOperator(`repeat_times="0"`), `x.xml:3: rule 4: repeat_times "0" is no number from 1 to 10000`},
		{inOperator(`repeat_times="3"`), "x.xml:3: rule 4: repeat_times 3 without a time for it (give a delay_max or counter_max above 0: the most that may lie between two occurrences)"},
		{inOperator(`property_id="3"`), `x.xml:3: rule 4: <operator> has no attribute "property_id"`},
		{then + e1 + "\n<operator>" + e2 + "</operator>" + tail, `x.xml:3: rule 4: <operator> has no value (write value="THEN", or AND, OR, NOT)`},
		{then + e1 + "\n<operator value=\"NOT\" repeat_times=\"2\">" + e2 + "</operator>" + tail, "x.xml:3: rule 4: repeat_times on a NOT of one child (give it to what it negates)"},
		{then + e1 + e2 + "\n<evnt/>" + tail, "x.xml:3: rule 4: unknown element <evnt> (did you mean event?)\nx.xml:2: rule 4: THEN has 3 children: it needs two, context and trigger"},
		// Events.
		{then + e1 + "\n<event boolean_expression=\"(1 == 1)\"/>" + tail, "x.xml:3: rule 4: <event> has no event_id, others have (number them from 1, or leave all out)"},
		{then + e1 + "\n" + e1 + tail, "x.xml:3: rule 4: event_id 1 is there twice, first in line 2"},
		{then + e1 + "\n<event event_id=\"3\" boolean_expression=\"(1 == 1)\"/>" + tail, "x.xml:3: rule 4: event_id 3: the property has 2 events, none with event_id 2 (number them from 1 without gaps)"},
		{then + e1 + "\n<event event_id=\"zwei\" boolean_expression=\"(1 == 1)\"/>" + tail, `x.xml:3: rule 4: event_id "zwei" is no number from 1`},
		{then + e1 + "\n<event event_id=\"2\"/>" + tail, "x.xml:3: rule 4, event 2: <event> has no boolean_expression"},
		{then + e1 + "\n<event event_id=\"2\" value=\"THEN\" boolean_expression=\"(1 == 1)\"/>" + tail, `x.xml:3: rule 4: value "THEN" of an event (it is COMPUTE)`},
		{then + e1 + "\n<event event_id=\"2\" boolean_expresion=\"(1 == 1)\"/>" + tail, "x.xml:3: rule 4: <event> has no attribute \"boolean_expresion\" (did you mean boolean_expression?)\nx.xml:3: rule 4, event 2: <event> has no boolean_expression"},
		{then + e1 + "<event event_id=\"2\" boolean_expression=\"(1 == 1)\">\n" + e2 + "</event>" + tail, "x.xml:3: rule 4: <event> inside <event> (close the event with /> before it)"},
		{then + "<event event_id=\"1\" boolean_expression=\"(ip.src == ip.src.2)\"/>\n<event event_id=\"2\" boolean_expression=\"(ip.src == ip.src.1)\"/>" + tail,
			"x.xml:3: rule 4, event 2: it refers to event 1, which refers back to it (of two events only the later one can refer to the other)"},
		{then + e1 + "\n<event event_id=\"2\"\n description=\"x\"\n boolean_expression=\"((tcp.syn == 1) &amp;&amp;\n(tcp.sny == 1))\"/>" + tail,
			"x.xml:6: rule 4, event 2: unknown attribute tcp.sny (did you mean tcp.syn?)"},
		// Several.
		{then + "\n<event boolean_expression=\"(a)\"/>\n<event boolean_expression=\"(1 ==)\"/>" + tail,
			"x.xml:3: rule 4, event 1: \"a\" is neither an attribute nor a number (an attribute is protocol.attribute, a string is in quotes 'a')\n" +
				"x.xml:4: rule 4, event 2: \")\" where an operand is expected"},
	} {
		checkError(t, c, test.in, test.want)
	}
	checkError(t, c, head+strings.Repeat("x:y=\"1\" ", maxAttributes)+">"+e1+tail, rule4+"<property> has more than 64 attributes")
	many := rule4 + "unknown element <x>\n"
	checkError(t, c, head+">"+strings.Repeat("<x/>", maxErrors+7)+tail, strings.Repeat(many, maxErrors)+"x.xml: and 8 more errors")
	checkError(t, c, strings.Repeat(" ", maxFile+1), "x.xml: the file is larger than 16 MiB: split it")
}
