package report

import (
	"net/netip"
	"testing"
)

func ends(proto uint8, src, dst string, sport, dport uint16) Ends {
	return Ends{Proto: proto, Source: netip.MustParseAddr(src), Dest: netip.MustParseAddr(dst), SrcPort: sport, DstPort: dport}
}

// TestCommunityID compares with identifiers that other programs have published.
func TestCommunityID(t *testing.T) {
	for _, c := range []struct {
		ends Ends
		want string
	}{
		{ends(6, "128.232.110.120", "66.35.250.204", 34855, 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{ends(6, "66.35.250.204", "128.232.110.120", 80, 34855), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{ends(17, "192.168.1.52", "8.8.8.8", 54585, 53), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{ends(132, "192.168.170.8", "192.168.170.56", 7, 7), "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
		{ends(1, "192.168.0.89", "192.168.0.1", 8, 0), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{ends(1, "192.168.0.1", "192.168.0.89", 0, 0), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{ends(1, "192.168.0.89", "192.168.0.1", 20, 0), "1:3o2RFccXzUgjl7zDpqmY7yJi8rI="},
		{ends(58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0), "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
		{ends(58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0), "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
		{ends(46, "10.1.24.4", "10.1.12.1", 0, 0), "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4="},
		{ends(46, "10.1.12.1", "10.1.24.4", 1, 2), "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4="},
	} {
		if got := string(AppendCommunityID(nil, 0, &c.ends)); got != c.want {
			t.Errorf("%+v: %s, want %s", c.ends, got, c.want)
		}
	}
}

func TestCommunityIDWithoutAddresses(t *testing.T) {
	if got := AppendCommunityID(nil, 0, &Ends{Proto: 6}); len(got) != 0 {
		t.Errorf("%q of no addresses", got)
	}
}
