// Package id numbers the protocols. protocols.tsv is the list; the constants
// are made from it, so that a protocol's name and number stand in one place.
// The package knows names and numbers only.
package id

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"mmt/analyzer/dpi"
)

//go:generate go run gen.go

//go:embed protocols.tsv
var table string

// Each calls yield with every protocol of the list in the order of numbers.
func Each(yield func(number dpi.ProtocolID, name string) bool) {
	for line := range strings.Lines(table) {
		number, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			panic(fmt.Sprintf("protocols.tsv: %q is not a protocol number", number))
		}
		if !yield(dpi.ProtocolID(n), name) {
			return
		}
	}
}
