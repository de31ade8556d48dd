package hosts

import (
	_ "embed" // the tables
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

//go:embed applications.tsv
var applicationsTSV string

//go:embed protocol_classes.tsv
var protocolClassesTSV string

//go:embed addresses.tsv
var addressesTSV string

// Ids of applications that are no protocols: the built-in ones and users'.
const (
	firstOwnID  = 2000
	firstUserID = 4000
	lastUserID  = 4095
)

// builder collects the lines of the tables and refuses what contradicts.
type builder struct {
	apps      map[uint32]App
	protocols map[uint32]App // of protocol_classes.tsv
	ids       map[string]uint32
	patterns  map[string]owner
	blocks    map[netip.Prefix]owner
}

// owner is the application that a file gave a pattern or a block to.
type owner struct {
	app   uint32
	file  string
	alias bool // the pattern was written with a tilde
}

// newBuilder returns a builder with the built-in tables.
func newBuilder() (*builder, error) {
	b := &builder{
		apps:      map[uint32]App{},
		protocols: map[uint32]App{},
		ids:       map[string]uint32{},
		patterns:  map[string]owner{},
		blocks:    map[netip.Prefix]owner{},
	}
	for _, table := range []struct {
		name, text string
		columns    int
		add        func(line) error
	}{
		{"protocol_classes.tsv", protocolClassesTSV, 3, b.addProtocol},
		{"applications.tsv", applicationsTSV, 4, b.addApp},
		{"addresses.tsv", addressesTSV, 2, b.addAddress},
	} {
		if err := eachLine(table.name, table.text, table.columns, table.add); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// line is a data line of a table.
type line struct {
	file   string
	number int
	fields []string
}

func (l line) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", l.file, l.number, fmt.Errorf(format, args...))
}

// eachLine hands add the data lines of text, which must have columns fields.
func eachLine(file, text string, columns int, add func(line) error) error {
	number := 0
	for row := range strings.Lines(text) {
		number++
		row = strings.TrimRight(row, "\r\n")
		if strings.TrimSpace(row) == "" || row[0] == '#' {
			continue
		}
		l := line{file, number, strings.Split(row, "\t")}
		if len(l.fields) != columns {
			return l.errorf("%d fields where there should be %d: separate them by tabs, not blanks", len(l.fields), columns)
		}
		if err := add(l); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) addProtocol(l line) error {
	a, err := l.app()
	if err != nil {
		return err
	}
	if a.ID >= firstOwnID {
		return l.errorf("id %d of a protocol: ids below %d are protocols'", a.ID, firstOwnID)
	}
	if err := b.claim(l, a); err != nil {
		return err
	}
	b.protocols[a.ID] = a
	return nil
}

func (b *builder) addApp(l line) error {
	a, err := l.app()
	if err != nil {
		return err
	}
	if err := b.claim(l, a); err != nil {
		return err
	}
	if a.ID >= firstUserID {
		return l.errorf("id %d of a built-in application: ids from %d are users'", a.ID, firstUserID)
	}
	b.apps[a.ID] = a
	return b.addPatterns(l, a.ID, l.fields[3])
}

// claim notes the id and the name of a line that brings a new application.
func (b *builder) claim(l line, a App) error {
	if id, taken := b.ids[a.Name]; taken {
		return l.errorf("name %q is that of id %d: choose another", a.Name, id)
	}
	if name := b.nameOf(a.ID); name != "" {
		return l.errorf("id %d is that of %q: choose another", a.ID, name)
	}
	b.ids[a.Name] = a.ID
	return nil
}

// nameOf returns the name of an application or protocol, "" if id is free.
func (b *builder) nameOf(id uint32) string {
	if a, ok := b.apps[id]; ok {
		return a.Name
	}
	return b.protocols[id].Name
}

func (b *builder) addAddress(l line) error {
	id, known := b.ids[l.fields[1]]
	if _, isApp := b.apps[id]; !known || !isApp {
		return l.errorf("application %q is not in applications.tsv", l.fields[1])
	}
	return b.addBlock(l, id, l.fields[0])
}

// addUser adds the lines of a user's file.
func (b *builder) addUser(extra io.Reader) error {
	file := "extra applications"
	if named, ok := extra.(interface{ Name() string }); ok {
		file = named.Name()
	}
	text, err := io.ReadAll(extra)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return eachLine(file, string(text), 4, b.addUserApp)
}

func (b *builder) addUserApp(l line) error {
	a, err := l.app()
	if err != nil {
		return err
	}
	if b.nameOf(a.ID) != a.Name {
		if err := b.claimUser(l, a); err != nil {
			return err
		}
	}
	b.apps[a.ID] = a
	return b.addPatterns(l, a.ID, l.fields[3])
}

// claimUser notes a new application of a user.
func (b *builder) claimUser(l line, a App) error {
	if err := b.claim(l, a); err != nil {
		return err
	}
	if a.ID < firstUserID || a.ID > lastUserID {
		return l.errorf("id %d of a new application: choose one from %d to %d", a.ID, firstUserID, lastUserID)
	}
	return nil
}

// addPatterns gives the patterns of a list, and the blocks among them, to app.
func (b *builder) addPatterns(l line, app uint32, list string) error {
	if list == "-" {
		return nil
	}
	if app == 0 {
		return l.errorf("id 0 means that the application is unknown: choose another")
	}
	for _, pattern := range strings.Split(list, ",") {
		add := b.addPattern
		if strings.Contains(pattern, "/") {
			add = b.addBlock
		}
		if err := add(l, app, pattern); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) addPattern(l line, app uint32, text string) error {
	pattern, alias := strings.CutPrefix(text, "~")
	if err := checkPattern(pattern, alias); err != nil {
		return l.errorf("pattern %q: %w", pattern, err)
	}
	if o, taken := b.patterns[pattern]; taken && o.file == l.file {
		return l.errorf("pattern %q is given to %q already: keep one of the two", pattern, b.nameOf(o.app))
	}
	b.patterns[pattern] = owner{app, l.file, alias}
	return nil
}

func (b *builder) addBlock(l line, app uint32, text string) error {
	block, err := netip.ParsePrefix(text)
	if err != nil {
		return l.errorf("address block %q: write it as 192.0.2.0/24 or 2001:db8::/32", text)
	}
	if block != block.Masked() {
		return l.errorf("address block %q has bits set below its prefix length: write %s", text, block.Masked())
	}
	if block.Addr().Is4In6() {
		return l.errorf("address block %q: write IPv4 addresses as 192.0.2.0/24", text)
	}
	if o, taken := b.blocks[block]; taken && o.file == l.file {
		return l.errorf("address block %s is given to %q already: keep one of the two", block, b.nameOf(o.app))
	}
	b.blocks[block] = owner{app: app, file: l.file}
	return nil
}

// sortedKeys returns the patterns in a fixed order, so that equal tables make
// equal indexes.
func sortedKeys(m map[string]owner) []string {
	return slices.Sorted(maps.Keys(m))
}
