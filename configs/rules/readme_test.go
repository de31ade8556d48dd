package rules

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of rules in README.md anew")

// property is what the table tells of a rule file.
type property struct {
	file    string
	comment string
	ID      int    `xml:"property_id,attr"`
	Type    string `xml:"type_property,attr"`
	About   string `xml:"description,attr"`
}

// readProperty reads a rule file, which must hold one property.
func readProperty(t *testing.T, name string) property {
	t.Helper()
	data, err := Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Comment    string     `xml:",comment"`
		Properties []property `xml:"property"`
	}
	if err := xml.Unmarshal(data, &file); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(file.Properties) != 1 {
		t.Fatalf("%s: %d properties, want one a file", name, len(file.Properties))
	}
	p := file.Properties[0]
	p.file, p.comment = name, file.Comment
	return p
}

// properties reads all rule files, by ascending id.
func properties(t *testing.T) (all []property) {
	for _, name := range ruleFiles(t) {
		all = append(all, readProperty(t, name))
	}
	slices.SortFunc(all, func(a, b property) int { return a.ID - b.ID })
	return all
}

var fileName = regexp.MustCompile(`^[0-9]+\.[a-z0-9_]+\.xml$`)

// TestFiles checks what every rule file must tell its reader.
func TestFiles(t *testing.T) {
	seen := map[int]string{}
	for _, p := range properties(t) {
		if !fileName.MatchString(p.file) || !strings.HasPrefix(p.file, fmt.Sprintf("%d.", p.ID)) {
			t.Errorf("%s: want a name of the form %d.short_name.xml", p.file, p.ID)
		}
		if other := seen[p.ID]; other != "" {
			t.Errorf("%s: id %d is that of %s", p.file, p.ID, other)
		}
		seen[p.ID] = p.file
		for _, part := range []string{"Sees:", "Evasion:", "False positives:", "Source:"} {
			if !strings.Contains(p.comment, "\n"+part) {
				t.Errorf("%s: the comment does not tell %q", p.file, part)
			}
		}
		if p.About == "" {
			t.Errorf("%s: no description", p.file)
		}
	}
}

// The marks between which README.md holds the table.
const (
	tableStart = "<!-- table: go test ./configs/rules -run README -update -->\n"
	tableEnd   = "<!-- end of table -->\n"
)

// TestREADME keeps the table of rules as the files are.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := bytes.Cut(text, []byte(tableStart))
	_, after, ok2 := bytes.Cut(rest, []byte(tableEnd))
	if !ok || !ok2 {
		t.Fatalf("README.md: no lines %q and %q", tableStart, tableEnd)
	}
	want := slices.Concat(before, []byte(tableStart+table(properties(t))+tableEnd), after)
	if bytes.Equal(text, want) {
		return
	}
	if !*update {
		t.Fatal("README.md: the table is not that of the files (run: go test ./configs/rules -run README -update)")
	}
	if err := os.WriteFile("README.md", want, 0o644); err != nil {
		t.Fatal(err)
	}
}

// table lists the rules in Markdown, each with the first sentence of its
// description.
func table(all []property) string {
	var b strings.Builder
	b.WriteString("| id | file | type | what |\n| --- | --- | --- | --- |\n")
	for _, p := range all {
		what, _, _ := strings.Cut(p.About, ". ")
		what = strings.ReplaceAll(strings.TrimSuffix(what, "."), "|", `\|`)
		fmt.Fprintf(&b, "| %d | [%s](%s) | %s | %s |\n", p.ID, p.file, p.file, strings.ToLower(p.Type), what)
	}
	return b.String()
}
