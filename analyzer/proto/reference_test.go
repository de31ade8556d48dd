package proto

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
)

// lowerProtocols are the protocols from link to transport, and of mobile user
// planes, whose attributes must be complete.
var lowerProtocols = []string{
	"meta", "8021q", "arp", "ethernet", "gre", "gtp", "gtpv2", "icmp", "icmpv6", "ip", "ipv6", "llc", "ospf",
	"sctp", "sctp_data", "sctp_sack", "sctp_init", "sll", "tcp", "udp",
}

// referenceTable returns the lines of a table of the reference folder beside
// the repository, as fields; the test is skipped where there is none.
func referenceTable(t *testing.T, name string) [][]string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "reference", name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("no reference table to compare with: %v", err)
	}
	var lines [][]string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' {
			lines = append(lines, strings.Split(line, "\t"))
		}
	}
	return lines
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%q is not a number", text)
	}
	return n
}

func TestReferenceProtocols(t *testing.T) {
	reg, err := NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range referenceTable(t, "protocols.tsv") {
		if got := reg.Name(dpi.ProtocolID(number(t, f[0]))); got != f[1] {
			t.Errorf("protocol %s is named %q, want %q", f[0], got, f[1])
		}
	}
}

// TestReferenceAttributes compares the attributes that have code with the
// table: what is there must be exact, and nothing may lack of lowerProtocols.
func TestReferenceAttributes(t *testing.T) {
	reg, err := NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]int{}
	for _, f := range referenceTable(t, "attributes.tsv") {
		protocol, attribute := f[1], f[3]
		got := reg.Attribute(dpi.ProtocolID(number(t, f[0])), dpi.AttributeID(number(t, f[2])))
		switch {
		case got == nil && slices.Contains(lowerProtocols, protocol):
			t.Errorf("%s.%s is missing", protocol, attribute)
		case got == nil:
			missing[protocol]++
		case got.Name != attribute || got.Type.String() != f[4] || got.Scope.String() != f[7]:
			t.Errorf("%s, attribute %s: got %s, type %s, scope %s; want %s, type %s, scope %s",
				protocol, f[2], got.Name, got.Type, got.Scope, attribute, f[4], f[7])
		}
	}
	for protocol, n := range missing {
		t.Logf("%s: %d attributes are missing", protocol, n)
	}
}
