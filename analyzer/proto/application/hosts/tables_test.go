package hosts

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// builder of the built-in tables.
func builtinBuilder(t testing.TB) *builder {
	t.Helper()
	b, err := newBuilder()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Ids and names must be those of the protocol list, or clear of it.
func TestIDsAgreeWithProtocols(t *testing.T) {
	b := builtinBuilder(t)
	numbers := map[string]dpi.ProtocolID{}
	for number, name := range id.Each {
		numbers[name] = number
	}
	check := func(a App) {
		number, isProtocol := numbers[a.Name]
		switch {
		case a.ID < firstOwnID && uint32(number) != a.ID:
			t.Errorf("%q has id %d here and %d in the protocol list", a.Name, a.ID, number)
		case a.ID >= firstOwnID && isProtocol:
			t.Errorf("application %q (%d) is protocol %d too: give it the protocol's id", a.Name, a.ID, number)
		case a.ID >= uint32(dpi.MaxProtocolID):
			t.Errorf("id %d of %q is too large for a registry", a.ID, a.Name)
		}
	}
	for _, a := range b.apps {
		check(a)
	}
	for _, a := range b.protocols {
		check(a)
	}
}

// Every protocol of the manual's registry has one line in one of the tables.
func TestManualProtocolsAreCovered(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "..", "..", "..", "..")
	text, err := os.ReadFile(filepath.Join(root, "..", "shared", "reference", "protocols.tsv"))
	if err != nil {
		t.Skip("the list of the manual's protocols is not here: ", err)
	}
	b := builtinBuilder(t)
	for row := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(row), "\t")
		number, err := strconv.Atoi(f[0])
		if err != nil {
			continue
		}
		if name := b.nameOf(uint32(number)); name != f[1] {
			t.Errorf("id %d is %q here, %q in the manual", number, name, f[1])
		}
	}
}

// Ids follow one another in the file, so that the next one is easy to see.
func TestOwnIDsAscend(t *testing.T) {
	previous := 0
	err := eachLine("applications.tsv", applicationsTSV, 4, func(l line) error {
		number, err := strconv.Atoi(l.fields[0])
		if err != nil || number <= previous {
			return l.errorf("id %d after %d", number, previous)
		}
		if previous >= firstOwnID && number != previous+1 {
			return l.errorf("id %d after %d leaves a gap", number, previous)
		}
		previous = number
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// exampleOf returns a name that a pattern is about.
func exampleOf(text string) string {
	p := parsePattern(text)
	glob := strings.Replace(p.glob, "*", "0", 1)
	switch {
	case p.suffix == "":
		return glob + ".nobody.zz"
	case p.ending:
		p.suffix += ".zz"
	}
	if p.glob != "" {
		return glob + "." + p.suffix
	}
	return p.suffix
}

// No pattern hides another: each gives its own application a name.
func TestEveryPatternFindsItsOwner(t *testing.T) {
	b := builtinBuilder(t)
	table := load(t, "")
	for text, o := range b.patterns {
		got, _ := table.Lookup([]byte(exampleOf(text)))
		if got != o.app && !b.moreSpecific(text, got) {
			t.Errorf("pattern %q of %q: %s belongs to %q", text, b.nameOf(o.app), exampleOf(text), b.nameOf(got))
		}
	}
}

// moreSpecific tells whether the example of a pattern may belong to got because
// a longer glob under the same suffix is meant for it.
func (b *builder) moreSpecific(text string, got uint32) bool {
	p := parsePattern(text)
	if p.glob == "" {
		return false
	}
	for other, o := range b.patterns {
		q := parsePattern(other)
		if o.app == got && q.suffix == p.suffix && q.ending == p.ending && len(q.glob) > len(p.glob) {
			return true
		}
	}
	return false
}

// A pattern under another of the same application does nothing, unless one of
// another application lies between them.
func TestNoPatternIsIdle(t *testing.T) {
	b := builtinBuilder(t)
	for text, o := range b.patterns {
		delete(b.patterns, text)
		idle := !o.alias && lookupSlowly(b.patterns, exampleOf(text)) == o.app
		if parsePattern(text).glob == "" {
			idle = idle && lookupSlowly(b.patterns, "zz."+exampleOf(text)) == o.app
		}
		if idle {
			t.Errorf("pattern %q of %q is covered by a shorter one", text, b.nameOf(o.app))
		}
		b.patterns[text] = o
	}
}

func TestClasses(t *testing.T) {
	for name, want := range map[string]Class{
		"http": ClassWeb, "google": ClassWeb, "amazon": ClassWeb, "rtp": ClassStreaming, "ftp": ClassFileTransfer,
		"dns": ClassNetwork, "dhcp": ClassNetwork, "ssl": ClassNetwork, "icmpv6": ClassNetwork, "unknown": ClassUnknown,
		"sip": ClassConversational, "smtp": ClassMail, "bittorrent": ClassPeerToPeer, "mysql": ClassDatabase,
		"dropbox": ClassCloudStorage, "akamai": ClassContentDelivery, "facebook": ClassSocialNetwork, "steam": ClassGaming,
		"mega": ClassDirectDownload, "gre": ClassTunnelling, "ssh": ClassRemoteAccess, "no such protocol": ClassUnknown,
	} {
		if got := ClassOf(name); got != want {
			t.Errorf("class of %s is %v, want %v", name, got, want)
		}
	}
}

func TestClassNames(t *testing.T) {
	for c := ClassUnknown; c <= ClassSocialNetwork; c++ {
		if got, err := parseClass(c.String()); err != nil || got != c {
			t.Errorf("class %d is written %q, which reads as %d (%v)", c, c, got, err)
		}
	}
	if got := Class(200).String(); got != "class 200" {
		t.Errorf("class 200 is written %q", got)
	}
}

func TestApplicationsAreACopy(t *testing.T) {
	table := load(t, "")
	table.Applications()[0].Name = "overwritten"
	if got := table.Applications()[0].Name; got == "overwritten" {
		t.Error("a caller can change the table")
	}
}

func ExampleTable_Lookup() {
	table, err := Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(table.Lookup([]byte("www.Google.co.uk:443")))
	fmt.Println(table.Lookup([]byte("www.example.net")))
	// Output:
	// 134 true
	// 0 false
}
