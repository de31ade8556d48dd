package application

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
)

// attributeTable is the list of attributes that the library must have.
const attributeTable = "../../../../shared/reference/attributes.tsv"

// TestAttributeTables holds that the protocols here have exactly the attributes
// of the reference table, besides our own.
func TestAttributeTables(t *testing.T) {
	for _, p := range []dpi.Protocol{DNS, RADIUS, Diameter} {
		t.Run(p.Name, func(t *testing.T) {
			rows := readAttributes(t, p.Name)
			attributes := slices.DeleteFunc(slices.Clone(p.Attributes), func(a dpi.Attribute) bool { return a.ID >= ownAttribute })
			if len(rows) != len(attributes) {
				t.Errorf("%d attributes, the table has %d", len(attributes), len(rows))
			}
			for _, a := range attributes {
				row, ok := rows[a.Name]
				if !ok {
					t.Errorf("%s is not in the table", a.Name)
					continue
				}
				checkAttribute(t, a, row)
			}
		})
	}
}

// checkAttribute compares an attribute with its row: protocol id, protocol,
// attribute id, attribute, type, length, position, scope.
func checkAttribute(t *testing.T, a dpi.Attribute, row []string) {
	t.Helper()
	position, _ := strconv.Atoi(row[6])
	got := []string{strconv.Itoa(int(a.ID)), a.Type.String(), strconv.Itoa(a.Type.Size()), a.Scope.String()}
	for i, want := range []string{row[2], row[4], row[5], row[7]} {
		if got[i] != want {
			t.Errorf("%s: %s, the table says %s", a.Name, got[i], want)
		}
	}
	if a.Pos != position && (position >= 0 || a.Pos >= 0) {
		t.Errorf("%s: position %d, the table says %d", a.Name, a.Pos, position)
	}
}

// readAttributes returns the rows of a protocol by attribute name.
func readAttributes(t *testing.T, protocol string) map[string][]string {
	t.Helper()
	path, err := filepath.Abs(attributeTable)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Skipf("the reference table is not here: %v", err)
	}
	defer file.Close()
	rows := map[string][]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if row := strings.Split(lines.Text(), "\t"); len(row) == 8 && row[1] == protocol {
			rows[row[3]] = row
		}
	}
	return rows
}
