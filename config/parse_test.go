package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func parseOK(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse("probe.conf", []byte(text))
	if err != nil {
		t.Fatalf("%v\nin:\n%s", err, text)
	}
	return c
}

// Each text sets the same options, written in all the ways that are allowed.
func TestSpellings(t *testing.T) {
	texts := map[string]string{
		"plain":             "license = /tmp/l\nfile-output {\n enable = true\n output-dir = /tmp/\n}\n",
		"one line":          `license="/tmp/l" file-output{enable=true output-dir="/tmp/"}`,
		"brace below":       "license = '/tmp/l'\nfile-output\n{   enable = true\n  output-dir = '/tmp/'\n}",
		"comments":          "# a\nlicense = /tmp/l# b\n#c\nfile-output { # {\nenable = true #}\noutput-dir = /tmp/ # '\"\n}#",
		"windows":           "license = /tmp/l\r\nfile-output {\r\n enable = true\r\n output-dir = /tmp/\r\n}\r\n",
		"byte order mark":   "\ufefflicense = /tmp/l\nfile-output { enable = true output-dir = /tmp/ }",
		"value below":       "license =\n  \"/tmp/l\"\nfile-output { enable = true output-dir = /tmp/ }",
		"case of booleans":  "license = /tmp/l\nfile-output { enable = TRUE output-dir = /tmp/ }",
		"old name":          "license = /tmp/l\nfile-output { enabled = true output-dir = /tmp/ }",
		"quoted boolean":    "license = /tmp/l\nfile-output { enable = \"true\" output-dir = /tmp/ }",
		"order and default": "file-output { output-dir = /tmp/ sample-file = true enable = true }\nprobe-id = 0 license = /tmp/l",
	}
	want := Default()
	want.License, want.FileOutput.Enable, want.FileOutput.OutputDir = "/tmp/l", true, "/tmp/"
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			equalConfig(t, parseOK(t, text), want)
		})
	}
}

// equalConfig compares all but the places.
func equalConfig(t *testing.T, got, want *Config) {
	t.Helper()
	g, w := *got, *want
	g.set, w.set = nil, nil
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got  %+v\nwant %+v", g, w)
	}
}

func TestStrings(t *testing.T) {
	tests := []struct{ text, want string }{
		{`""`, ""},
		{`''`, ""},
		{`"a # b = {c}, d"`, "a # b = {c}, d"},
		{`'{"source": "ip.src"}'`, `{"source": "ip.src"}`},
		{`"{\"source\": \"ip.src\"}"`, `{"source": "ip.src"}`},
		{`"a\tb\nc\\d"`, "a\tb\nc\\d"},
		{`'a\tb\'c'`, `a\tb'c`},
		{`"ether proto \ip"`, `ether proto \ip`},
		{`--log-level=5`, "--log-level=5"},
		{`tcp://localhost:1883`, "tcp://localhost:1883"},
		{`"é` + "\x00\xff" + `"`, "é\x00\xff"},
	}
	for _, tt := range tests {
		c := parseOK(t, "license = "+tt.text+"\n")
		if c.License != tt.want {
			t.Errorf("%s: got %q, want %q", tt.text, c.License, tt.want)
		}
		if again := parseOK(t, "license = "+quote(tt.want)); again.License != tt.want {
			t.Errorf("quote(%q) reads as %q", tt.want, again.License)
		}
	}
}

func TestLists(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{`{}`, nil},
		{"{\n}", nil},
		{`{"unknown", "http"}`, []string{"unknown", "http"}},
		{`{unknown,http}`, []string{"unknown", "http"}},
		{"{ 'unknown', # first\n\n http,\n}", []string{"unknown", "http"}},
		{`unknown`, []string{"unknown"}},
		{`unknown,http`, []string{"unknown", "http"}},
	}
	for _, tt := range tests {
		c := parseOK(t, "dump-pcap { protocols = "+tt.text+"\n}")
		if !reflect.DeepEqual(c.DumpPcap.Protocols, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.text, c.DumpPcap.Protocols, tt.want)
		}
	}
}

func TestChannels(t *testing.T) {
	tests := []struct {
		text string
		want Channels
	}{
		{`{}`, Channels{ChannelFile}},
		{`{file, redis, kafka, mongodb, socket, mqtt, stdout}`, Channels{ChannelFile, ChannelRedis, ChannelKafka,
			ChannelMongoDB, ChannelSocket, ChannelMQTT, ChannelStdout}},
		{`file`, Channels{ChannelFile}},
		{`{"STDOUT"}`, Channels{ChannelStdout}},
	}
	for _, tt := range tests {
		c := parseOK(t, "session-report { output-channel = "+tt.text+" }")
		if !reflect.DeepEqual(c.SessionReport.OutputChannel, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.text, c.SessionReport.OutputChannel, tt.want)
		}
	}
}

func TestZeroStandsForDefault(t *testing.T) {
	c := parseOK(t, `thread-queue = 0
		input { snap-len = 0 }
		dump-pcap { period = 0 snap-len = 0 }
		security { input.max-message-size = 0 security.max-instances = 0 security.smp.ring-size = 0 }
		session-timeout { default-session-timeout = 0 short-session-timeout = 0 long-session-timeout = 0 live-session-timeout = 0 }`)
	equalConfig(t, c, Default())
}

func TestOldNames(t *testing.T) {
	c := parseOK(t, `file-output { enabled = true file-name = "x.csv" }
		behavior { enabled = true }
		mongo-output { limit-size = 5 }
		socket-output { type = INTERNET }
		security { input.max_message_size = 1 security.max_instances = 2 security.smp.ring_size = 3 }`)
	if !c.FileOutput.Enable || c.FileOutput.OutputFile != "x.csv" || !c.Behaviour.Enable || c.MongoDBOutput.LimitSize != 5 {
		t.Errorf("old names not taken: %+v", c)
	}
	if c.SocketOutput.Type != SocketTCP {
		t.Errorf("INTERNET is %q", c.SocketOutput.Type)
	}
	if s := c.Security; s.MaxMessageSize != 1 || s.MaxInstances != 2 || s.RingSize != 3 {
		t.Errorf("security: %+v", s)
	}
	if got := c.Where("file-output.enable"); got != (Pos{"probe.conf", 1}) {
		t.Errorf("old name is remembered at %v", got)
	}
}

func TestEventAndQueryReports(t *testing.T) {
	c := parseOK(t, `
event-report qfi {
   enable = true
   event = "gtp.ext_pdu_qfi"
   delta-cond = {"ip.2.src", ip.2.dst}
   attributes = {"ip.1.src",
      "meta.packet_len"}
   output-channel = {mongodb}
}
event-report "ip template" { event = ip.src output-format = '{"s": "ip.src"}' }
query-report qfi {
   ms-period = 33
   select   = {"last(ip.src)", avg( diff(meta.utime) ), int.num_hop}
   where    = {"udp.len"}
   group-by = {}
}`)
	wantEvents := []EventReport{
		{Title: "qfi", Enable: true, Event: Attribute{"gtp", 0, "ext_pdu_qfi"},
			DeltaCond:     []Attribute{{"ip", 2, "src"}, {"ip", 2, "dst"}},
			Attributes:    []Attribute{{"ip", 1, "src"}, {"meta", 0, "packet_len"}},
			OutputChannel: Channels{ChannelMongoDB}},
		{Title: "ip template", Event: Attribute{"ip", 0, "src"}, OutputFormat: `{"s": "ip.src"}`, OutputChannel: Channels{ChannelFile}},
	}
	if !reflect.DeepEqual(c.EventReports, wantEvents) {
		t.Errorf("events: %+v", c.EventReports)
	}
	wantQueries := []QueryReport{{Title: "qfi", Period: 33 * time.Millisecond,
		Select: []Select{{[]Operator{OpLast}, Attribute{"ip", 0, "src"}}, {[]Operator{OpAvg, OpDiff}, Attribute{"meta", 0, "utime"}},
			{nil, Attribute{"int", 0, "num_hop"}}},
		Where: []Attribute{{"udp", 0, "len"}}, OutputChannel: Channels{ChannelFile}}}
	if !reflect.DeepEqual(c.QueryReports, wantQueries) {
		t.Errorf("queries: %+v", c.QueryReports)
	}
}

func TestTooLarge(t *testing.T) {
	if _, err := Parse("big.conf", []byte(strings.Repeat("#", MaxSize))); err != nil {
		t.Errorf("MaxSize bytes: %v", err)
	}
	_, err := Parse("big.conf", []byte(strings.Repeat("#", MaxSize+1)))
	if err == nil || !strings.HasPrefix(err.Error(), "big.conf: larger than 1048576 bytes") {
		t.Errorf("one byte more: %v", err)
	}
}

func TestAllErrorsAreReportedUpToALimit(t *testing.T) {
	_, err := Parse("f.conf", []byte("probe-id = x\ninput {\n mode = y\n}\nthread-nb = z\nstats-perod = 1\nfoo {\n"))
	want := []string{"f.conf:1: ", "f.conf:3: ", "f.conf:5: ", "f.conf:6: ", "f.conf:7: ", "f.conf:7: "}
	errs, ok := err.(Errors)
	if !ok || len(errs) != len(want) {
		t.Fatalf("got %v", err)
	}
	for i, e := range errs {
		if !strings.HasPrefix(e.Error(), want[i]) {
			t.Errorf("error %d: %v, want %s", i, e, want[i])
		}
	}
	for _, many := range []string{"foo = 1\n", "= 1\n", "foo { }\n"} {
		_, err = Parse("f.conf", []byte(strings.Repeat(many, 100)))
		errs, _ = err.(Errors)
		if len(errs) != maxErrors+1 || errs[maxErrors].Error() != "f.conf: too many errors: mend these first" {
			t.Errorf("%q: %d errors, the last %v", many, len(errs), errs[len(errs)-1])
		}
	}
}

// Foreign text must cost neither a panic nor time.
func TestHostileTexts(t *testing.T) {
	pieces := []string{"{", "}", "a{", "a b{", "a=", "a={", "a={(", "=", ",", "\"", "'", "#", "(", "a=(", "event-report x {", "security{",
		"a={a,", "\\", "a=\"\\", "input ", "event-report x\n", "a=b c\n", "\n"}
	for _, p := range pieces {
		start := time.Now()
		Parse("f", []byte(strings.Repeat(p, MaxSize/len(p))))
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%q takes %v", p, d)
		}
	}
	var many strings.Builder
	for i := range 30000 {
		fmt.Fprintf(&many, "event-report r%d{event=a.b}\n", i)
	}
	if c, err := Parse("f", []byte(many.String())); err != nil || len(c.EventReports) != 30000 {
		t.Errorf("many reports: %v", err)
	}
}
