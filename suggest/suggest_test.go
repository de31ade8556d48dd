package suggest

import (
	"strings"
	"testing"
)

func TestEditCost(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"port", "port", 0}, {"prot", "port", 1},
		{"stat-period", "stats-period", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1},
	}
	for _, tt := range tests {
		if got := editCost(tt.a, tt.b); got != tt.want {
			t.Errorf("%q to %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"stats-period", "enable-tcp-reassembly", "dns", "dhcp", "dest_port"}
	for word, want := range map[string]string{
		"stat-period": "stats-period", "dnz": "dns", "enable-tcp": "enable-tcp-reassembly", "dstport": "dest_port",
		"zzzz": "", "": "", strings.Repeat("dns", 100): "",
	} {
		if got := Nearest(word, names); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
