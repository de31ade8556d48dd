package config

import (
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestPrefilterBlock(t *testing.T) {
	c := parseOK(t, `prefilter {
		enable = true
		mode = GENERIC
		allow-prefix = {10.0.0.0/8, "src 192.0.2.7", "DST 2001:db8::/32"}
		deny-prefix = 10.1.0.0/16
		allow-port = {53, tcp/80, "src udp/1000-2000"}
		deny-port = {132/0}
		allow-protocol = {TCP, ipv6-icmp, 47}
		deny-protocol = {esp}
		drop-non-ip = true
		sample = 1:10
		bypass = true
		bypass-packets = 64
		push-rules = true
	}`)
	want := Prefilter{
		Enable: true, Mode: PrefilterGeneric,
		AllowPrefix: []PrefilterPrefix{
			{EitherSide, netip.MustParsePrefix("10.0.0.0/8")},
			{SourceSide, netip.MustParsePrefix("192.0.2.7/32")},
			{DestSide, netip.MustParsePrefix("2001:db8::/32")},
		},
		DenyPrefix:    []PrefilterPrefix{{EitherSide, netip.MustParsePrefix("10.1.0.0/16")}},
		AllowPort:     []PrefilterPort{{EitherSide, 0, 53, 53}, {EitherSide, 6, 80, 80}, {SourceSide, 17, 1000, 2000}},
		DenyPort:      []PrefilterPort{{EitherSide, 132, 0, 0}},
		AllowProtocol: []PrefilterProtocol{6, 58, 47},
		DenyProtocol:  []PrefilterProtocol{50},
		DropNonIP:     true, Sample: 10, Bypass: true, BypassPackets: 64, PushRules: true,
	}
	if !reflect.DeepEqual(c.Prefilter, want) {
		t.Errorf("got\n%+v\nwant\n%+v", c.Prefilter, want)
	}
}

func TestPrefilterDefaults(t *testing.T) {
	p := parseOK(t, "prefilter { }").Prefilter
	if p.Enable || p.Mode != PrefilterAuto || p.Sample != 1 || p.Bypass || p.PushRules {
		t.Errorf("an empty block does something: %+v", p)
	}
}

func TestPrefilterSample(t *testing.T) {
	for _, text := range []string{"10", "1:10", `"1 : 10"`} {
		if n := parseOK(t, "prefilter { sample = "+text+" }").Prefilter.Sample; n != 10 {
			t.Errorf("sample = %s: 1:%d", text, n)
		}
	}
}

func TestPrefilterErrors(t *testing.T) {
	tests := []struct{ option, value, want string }{
		{"mode", "xdp", `"xdp" is not auto, native, generic or user`},
		{"allow-prefix", "10.0.0.0/33", `"10.0.0.0/33" is not an address or a prefix (as in`},
		{"allow-prefix", "10.0.0", `"10.0.0" is not an address or a prefix`},
		{"allow-prefix", "eth0", `"eth0" is not an address or a prefix`},
		{"allow-prefix", "fe80::1%eth0", `"fe80::1%eth0" is not an address or a prefix`},
		{"allow-prefix", "'sorce 10.0.0.0/8'", `"sorce 10.0.0.0/8" is not an address or a prefix`},
		{"deny-prefix", "10.1.2.3/8", `"10.1.2.3/8" has bits beyond its length (write 10.0.0.0/8, or 10.1.2.3 for the one address)`},
		{"deny-prefix", "'dst 2001:db8::1/32'", `(write dst 2001:db8::/32, or dst 2001:db8::1 for the one address)`},
		{"deny-prefix", "::ffff:10.0.0.0/104", `"::ffff:10.0.0.0/104" is IPv4 in the form of IPv6 (write 10.0.0.0/8)`},
		{"deny-prefix", "{10.0.0.1, 10.0.0.1/32}", `"10.0.0.1/32" stands twice in the list (remove one)`},
		{"allow-port", "65536", `"65536" is not a port (as in`},
		{"allow-port", "http", `"http" is not a port`},
		{"allow-port", "tcp/", `"tcp/" is not a port`},
		{"allow-port", "tcp/90-80", `"tcp/90-80" runs backwards (write 80-90)`},
		{"deny-port", "icmp/8", `"icmp/8": icmp has no ports (use tcp, udp, sctp, dccp or udplite)`},
		{"deny-port", "0/8", `"0/8": 0 has no ports`},
		{"deny-port", "tpc/80", `"tpc/80": "tpc" is not an IP protocol`},
		{"deny-port", "'src tcp/x'", `"src tcp/x" is not a port`},
		{"allow-protocol", "256", `"256" is not an IP protocol (a number from 0 to 255, or a name such as`},
		{"deny-protocol", "{tcp, 6}", `"6" stands twice in the list (remove one)`},
		{"sample", "0", `"0" is not a number n or 1:n`},
		{"sample", "1:0", `"1:0" is not a number n or 1:n`},
		{"sample", "2:10", `"2:10" is not a number n or 1:n`},
		{"bypass-packets", "-1", `"-1" is not a number from 1 to`},
	}
	for _, tt := range tests {
		_, err := Parse("p.conf", fmt.Appendf(nil, "prefilter {\n %s = %s\n}", tt.option, tt.value))
		where := "p.conf:2: prefilter." + tt.option + ": "
		if err == nil || !strings.HasPrefix(err.Error(), where) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s = %s: error %v, want %s", tt.option, tt.value, err, tt.want)
		}
	}
}

func TestPrefilterContradictions(t *testing.T) {
	tests := []struct{ allow, deny, want string }{
		{"prefix = 10.0.0.0/8", "prefix = 10.1.0.0/16", ""},
		{"prefix = 'src 10.0.0.0/8'", "prefix = 'dst 10.0.0.0/8'", ""},
		{"port = tcp/1-100", "port = tcp/80", ""},
		{"prefix = 10.0.0.0/8", "prefix = 'dst 10.0.0.0/8'",
			"p.conf:3: prefilter.deny-prefix names 10.0.0.0/8, which prefilter.allow-prefix allows at p.conf:2 (remove it from one of the two)"},
		{"protocol = {udp, tcp}", "protocol = 6",
			"p.conf:3: prefilter.deny-protocol names tcp, which prefilter.allow-protocol allows at p.conf:2 (remove it from one of the two)"},
	}
	for _, tt := range tests {
		_, err := Parse("p.conf", fmt.Appendf(nil, "prefilter {\n allow-%s\n deny-%s\n}", tt.allow, tt.deny))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("allow %s, deny %s: got %q, want %q", tt.allow, tt.deny, got, tt.want)
		}
	}
}

// TestPrefilterDocument: the page on the prefilter has a block that can be used,
// and every option with its default.
func TestPrefilterDocument(t *testing.T) {
	page, err := os.ReadFile("../docs/prefilter.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	_, sample, found := strings.Cut(text, "    prefilter {")
	sample, _, closed := strings.Cut(sample, "\n    }")
	if !found || !closed {
		t.Fatal("no block on the page")
	}
	if p := parseOK(t, "prefilter {"+sample+"\n}").Prefilter; !p.Enable || p.Sample != 10 || len(p.DenyPort) != 2 {
		t.Errorf("the block says %+v", p)
	}
	for _, o := range prefilterBlock.options {
		row := ""
		for line := range strings.Lines(text) {
			names, rest, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
			if strings.HasPrefix(line, "| `") && strings.Contains(names, "`"+o.name+"`") {
				row = "| " + rest
			}
		}
		if !strings.Contains(row, "| `"+o.def+"` |") {
			t.Errorf("%s: row %q, want the default %s", o.name, row, o.def)
		}
	}
}
