package config

import (
	"errors"
	"strings"
	"testing"
)

// Every kind of mistake, with all the lines that are reported for it.
func TestErrors(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"unknown option", "\nstat-period = 1", []string{
			`p.conf:2: unknown option "stat-period" (did you mean "stats-period"?)`}},
		{"unknown option in a block", "redis-output {\n prot = 1\n}", []string{
			`p.conf:2: unknown option "prot" in redis-output (did you mean "port"?)`}},
		{"cut off option", "enable-tcp = true", []string{
			`p.conf:1: unknown option "enable-tcp" (did you mean "enable-tcp-reassembly"?)`}},
		{"option of other blocks", "input { port = 1 }", []string{
			`p.conf:1: unknown option "port" in input ("port" belongs in a block such as redis-output)`}},
		{"option of the top", "input { stats-period = 1 }", []string{
			`p.conf:1: unknown option "stats-period" in input ("stats-period" belongs at the top, outside of all blocks)`}},
		{"option of many blocks", "enable = true", []string{
			`p.conf:1: unknown option "enable" ("enable" belongs in a block such as prefilter)`}},
		{"dotted name in a file", "input.mode = OFFLINE", []string{
			`p.conf:1: unknown option "input.mode" (in a file write input { mode = ... })`}},
		{"block as option", "input = a.pcap", []string{
			`p.conf:1: "input" is a block, not an option (write input { ... })`}},
		{"block misspelt as option", "redis-outptu = a", []string{
			`p.conf:1: unknown option "redis-outptu" (did you mean the block "redis-output"?)`}},
		{"unknown block", "dyamic-config {\n enable = true\n}", []string{
			`p.conf:1: unknown block "dyamic-config" (did you mean "dynamic-config"?)`}},
		{"option as block", "stats-period { }", []string{
			`p.conf:1: unknown block "stats-period" (it is an option: write stats-period = value)`}},
		{"far away block", "firewall { }", []string{
			`p.conf:1: unknown block "firewall" (remove it; mmt-probe -x lists all options)`}},
		{"block without a name", `"" { }`, []string{
			`p.conf:1: unknown block "" (remove it; mmt-probe -x lists all options)`}},

		{"boolean", "file-output { enable = yes }", []string{
			`p.conf:1: file-output.enable: "yes" is not true or false`}},
		{"enumeration", "input { mode = LIVE }", []string{
			`p.conf:1: input.mode: "LIVE" is not ONLINE or OFFLINE`}},
		{"format", "output { format = XML }", []string{`p.conf:1: output.format: "XML" is not CSV, JSON or EVE`}},
		{"rtt-base", "session-report { rtt-base = BOTH }", []string{
			`p.conf:1: session-report.rtt-base: "BOTH" is not CAPTOR, SENDER or PREFER_SENDER`}},
		{"socket type", "socket-output { type = INET }", []string{
			`p.conf:1: socket-output.type: "INET" is not UNIX, TCP, UDP or BOTH`}},
		{"encapsulation", "security { ip-encapsulation-index = 0 }", []string{
			`p.conf:1: security.ip-encapsulation-index: "0" is not FIRST, LAST or a number from 1 to 255`}},
		{"number", "stats-period = 0", []string{
			`p.conf:1: stats-period: "0" is not a number of seconds from 1 to 31536000`}},
		{"channel", "system-report { output-channel = {file, reddis} }", []string{
			`p.conf:1: system-report.output-channel: "reddis" is not an output channel (file, redis, kafka, mongodb, socket, mqtt or stdout)`}},
		{"channel twice", "system-report { output-channel = {file, FILE} }", []string{
			`p.conf:1: system-report.output-channel: "FILE" stands twice in the list (remove one)`}},
		{"empty item", `dump-pcap { protocols = {""} }`, []string{
			`p.conf:1: dump-pcap.protocols: "" is not the name of a protocol`}},
		{"list for a value", "stats-period = {5}", []string{
			`p.conf:1: stats-period: takes one value, not a list (remove the braces)`}},
		{"list for a parsed value", "security { rules-mask = {a} }", []string{
			`p.conf:1: security.rules-mask: takes one value, not a list (remove the braces)`}},
		{"attribute", "event-report x {\n event = ip\n}", []string{
			`p.conf:2: event-report.x.event: "ip" is not an attribute (proto.attribute or proto.N.attribute, as in ip.src or ip.2.src)`}},

		{"set twice", "probe-id = 1\n\nprobe-id = 2", []string{`p.conf:3: probe-id is set twice, first at line 1 (remove one)`}},
		{"set twice by an old name", "file-output {\n enable = true\n enabled = true\n}", []string{
			`p.conf:3: file-output.enable is set twice, first at line 2 (remove one)`}},
		{"block twice", "input { }\ninput { }", []string{`p.conf:2: input stands twice, first at line 1 (put them together)`}},
		{"block twice by an old name", "behaviour { }\nbehavior { }", []string{
			`p.conf:2: behaviour stands twice, first at line 1 (put them together)`}},
		{"title twice", "event-report a { }\nevent-report b { }\nevent-report a { }", []string{
			`p.conf:3: event-report "a" stands twice, first at line 1 (put them together)`}},
		{"title missing", "event-report { }", []string{`p.conf:1: event-report needs a name (write event-report NAME { ... })`}},
		{"title empty", `event-report "" { }`, []string{`p.conf:1: event-report needs a name (write event-report NAME { ... })`}},
		{"title not wanted", "input eth0 { }", []string{`p.conf:1: input takes no name (remove "eth0")`}},
		{"title unknown", "reconstruct-data smtp { }", []string{`p.conf:1: reconstruct-data "smtp" is not ftp or http`}},

		{"block not closed", "probe-id = 1\nsecurity {\n enable = true\n", []string{
			`p.conf:2: block "security" is opened here and never closed (put "}" after its last option)`}},
		{"block not closed before the next", "input {\n mode = OFFLINE\noutput {\n format = CSV\n}\nprobe-id = x", []string{
			`p.conf:3: block "output" starts here, but "input" of line 1 is not closed (put "}" before it)`,
			`p.conf:6: probe-id: "x" is not a number from 0 to 4294967295`}},
		{"titled block not closed before the next", "input {\nevent-report a {\n}", []string{
			`p.conf:2: block "event-report" starts here, but "input" of line 1 is not closed (put "}" before it)`}},
		{"block in a block", "input {\n more {\n a = b\n }\n}", []string{
			`p.conf:2: "=" is missing after "more", before "{" (write name = value)`}},
		{"brace too many", "input { }\n}\nprobe-id = x", []string{
			`p.conf:2: "}" closes nothing (remove it, or open its block with "{")`,
			`p.conf:3: probe-id: "x" is not a number from 0 to 4294967295`}},
		{"string not closed", "license = \"/tmp/l\nprobe-id = x\n", []string{
			`p.conf:1: the string "/tmp/l is not closed on its line (put the closing quote)`,
			`p.conf:2: probe-id: "x" is not a number from 0 to 4294967295`}},
		{"string not closed at the end", "license = 'a\\", []string{
			`p.conf:1: the string 'a\ is not closed on its line (put the closing quote)`}},
		{"string not closed in a list", "dump-pcap {\n protocols = {\"a, b}\n}\nprobe-id = 1", []string{
			`p.conf:2: the string "a, b} is not closed on its line (put the closing quote)`}},
		{"string not closed within a list", "dump-pcap {\n protocols = {\"a,\n b}\n}\nprobe-id = x", []string{
			`p.conf:2: the string "a, is not closed on its line (put the closing quote)`,
			`p.conf:5: probe-id: "x" is not a number from 0 to 4294967295`}},
		{"list not closed", "dump-pcap {\n protocols = {a,\n b\n period = 1\n}", []string{
			`p.conf:2: the list of "protocols" is opened here and never closed (put "}" after its last item)`}},
		{"list not closed after a comma", "dump-pcap {\n protocols = {a,\n period = 1\n}", []string{
			`p.conf:2: the list of "protocols" is opened here and never closed (put "}" after its last item)`}},
		{"list not closed at the end", "dump-pcap { protocols = {a,", []string{
			`p.conf:1: the list of "protocols" is opened here and never closed (put "}" after its last item)`,
			`p.conf:1: block "dump-pcap" is opened here and never closed (put "}" after its last option)`}},
		{"comma missing", "dump-pcap { protocols = {a b} }", []string{`p.conf:1: "protocols": "," is missing before "b"`}},
		{"item missing", "dump-pcap { protocols = {a,,b} }", []string{
			`p.conf:1: "protocols": an item is missing before "," (remove the comma)`}},
		{"list in a list", "dump-pcap { protocols = {a, {b}} }", []string{
			`p.conf:1: "protocols": a list cannot stand in a list (remove the inner "{")`}},

		{"equals missing", "file-output {\n enable true\n sample-file = maybe\n}", []string{
			`p.conf:2: "=" is missing after "enable", before "true" (write name = value)`,
			`p.conf:3: file-output.sample-file: "maybe" is not true or false`}},
		{"equals missing before a list", "dump-pcap {\n protocols {a}\n}", []string{
			`p.conf:2: "=" is missing after "protocols", before "{" (write name = value)`}},
		{"only a name", "probe-id", []string{`p.conf:1: "=" is missing after "probe-id", before the end of the file (write name = value)`}},
		{"value missing", "stats-period =\nthread-nb = 1", []string{
			`p.conf:1: "stats-period" has no value (write stats-period = value, or remove the line)`}},
		{"value missing in a block", "file-output { enable = }", []string{
			`p.conf:1: "enable" has no value (write enable = value, or remove the line)`}},
		{"equals twice", "probe-id == 1\nthread-nb = x", []string{
			`p.conf:1: "probe-id" has no value (write probe-id = value, or remove the line)`,
			`p.conf:2: thread-nb: "x" is not a number from 0 to 1024`}},
		{"text with blanks", "license = /tmp/my license\n", []string{
			`p.conf:1: the value of "license" ends before "license" (a text with blanks stands in quotes, several values stand in {a, b})`}},
		{"text after a string", "license = \"a\" \"b\"\n", []string{
			`p.conf:1: the value of "license" ends before the text "b" (a text with blanks stands in quotes, several values stand in {a, b})`}},
		{"comma at the top", ", probe-id = 1", []string{`p.conf:1: "," cannot stand here (expected name = value or a block)`}},
		{"block without a head", "{\n enable = true\n}", []string{`p.conf:1: "{" cannot stand here (expected name = value or a block)`}},
		{"comma in a block", "input {\n , \n}", []string{`p.conf:2: "," cannot stand here (expected name = value or a block)`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("p.conf", []byte(tt.text))
			wantErrors(t, err, tt.want)
		})
	}
}

func wantErrors(t *testing.T, err error, want []string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want\n%s", strings.Join(want, "\n"))
	}
	if got := err.Error(); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// What one option alone cannot tell.
func TestCrossChecks(t *testing.T) {
	const whole = "enable-tcp-reassembly = true\nenable-ip-defragmentation = true\n"
	tests := []struct {
		name, text, want string // want "" if sound
	}{
		{"retain all", "thread-nb = 16\nfile-output { retain-files = 0 }", ""},
		{"retain enough", "thread-nb = 16\nfile-output { retain-files = 18 }", ""},
		{"retain too few", "thread-nb = 16\nfile-output {\n retain-files = 17\n}",
			`p.conf:3: file-output.retain-files is 17, but must be greater than thread-nb + 1 = 17, or 0 to keep all`},
		{"retain too few of behaviour", "behaviour { retain-files = 1 }",
			`p.conf:1: behaviour.retain-files is 1, but must be greater than thread-nb + 1 = 2, or 0 to keep all`},
		{"retain of a single file", "file-output { sample-file = false retain-files = 1 }", ""},
		{"folder missing", "file-output {\n enable = true\n output-dir = \"\"\n}",
			`p.conf:3: file-output is enabled, but output-dir is not set (write output-dir = "...")`},
		{"folder missing, not enabled", `file-output { output-dir = "" }`, ""},
		{"event missing", "event-report a {\n enable = true\n}",
			`p.conf:2: event-report "a" is enabled, but event is not set (write event = "...")`},
		{"event missing, not enabled", "event-report a { }", ""},
		{"select missing", "query-report a { enable = true }",
			`p.conf:1: query-report "a" is enabled, but select is not set (write select = {...})`},
		{"descriptor missing", "dynamic-config { enable = true }",
			`p.conf:1: dynamic-config is enabled, but descriptor is not set (write descriptor = "...")`},
		{"template and attributes", "event-report a {\n event = a.b\n attributes = {a.b}\n output-format = a.b\n}",
			`p.conf:4: event-report "a" has both output-format and attributes (remove one)`},
		{"unix socket", "socket-output { enable = true }",
			`p.conf:1: socket-output of type UNIX is enabled, but descriptor is not set (write descriptor = "/tmp/mmt-probe-output.sock")`},
		{"tcp socket", "socket-output {\n enable = true\n type = TCP\n}",
			`p.conf:3: socket-output of type TCP is enabled, but port is not set (write port = 5000)`},
		{"udp socket", `socket-output { enable = true type = UDP port = 1 hostname = "" }`,
			`p.conf:1: socket-output of type UDP is enabled, but hostname is not set (write hostname = "127.0.0.1")`},
		{"encrypted datagrams", "socket-output { enable = true type = UDP port = 1 tls = true }",
			`p.conf:1: socket-output.tls: a socket of type UDP is not encrypted (write type = TCP, or tls = false)`},
		{"both sockets", "socket-output { enable = true type = BOTH port = 1 descriptor = /tmp/s }", ""},
		{"both sockets without a path", "socket-output { enable = true type = BOTH port = 1 }",
			`p.conf:1: socket-output of type BOTH is enabled, but descriptor is not set (write descriptor = "/tmp/mmt-probe-output.sock")`},
		{"mask within threads", `security { thread-nb = 2 rules-mask = "(1:1)(2:3)" }`, ""},
		{"mask without threads", `security { thread-nb = 0 rules-mask = "(1:1)" }`, ""},
		{"mask beyond threads", `security { thread-nb = 2 rules-mask = "(3:1)" }`,
			`p.conf:1: security.rules-mask names thread 3, but security.thread-nb is 2 (raise it to 3)`},
		{"reconstruction", whole + "reconstruct-data ftp { enable = true output-dir = /tmp/ }", ""},
		{"reconstruction of parts", "reconstruct-data http { enable = true output-dir = /tmp/ }",
			`p.conf:1: reconstruct-data http is enabled, but needs whole streams ` +
				`(set enable-tcp-reassembly = true and enable-ip-defragmentation = true)`},
		{"reconstruction without a folder", whole + "reconstruct-data ftp { enable = true }",
			`p.conf:3: reconstruct-data "ftp" is enabled, but output-dir is not set (write output-dir = "...")`},
		{"gtp alone", "session-report { enable = true gtp = true }", ""},
		{"gtp and others", "session-report {\n enable = true\n gtp = true\n ssl = true\n}",
			`p.conf:3: session-report.gtp excludes ftp, http, rtp and ssl (set either gtp or the others to false)`},
		{"stream without http", "session-report {\n enable = true\n stream = true\n}",
			`p.conf:3: session-report.stream is true, but needs the bodies of HTTP (set session-report.http = true)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("p.conf", []byte(tt.text))
			if tt.want == "" {
				if err != nil {
					t.Errorf("unexpected: %v", err)
				}
				return
			}
			wantErrors(t, err, []string{tt.want})
		})
	}
}

func TestErrorsCanBeTakenApart(t *testing.T) {
	_, err := Parse("p.conf", []byte("\nfoo = 1"))
	var one *Error
	if !errors.As(err, &one) || one.Pos != (Pos{"p.conf", 2}) {
		t.Errorf("got %#v", err)
	}
	if got := (&Error{What: "x"}).Error(); got != "x" {
		t.Errorf("an error without a place is %q", got)
	}
}
