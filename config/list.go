package config

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Option describes one option, for -x and for documentation.
type Option struct {
	Name    string // dotted, as -X takes it; NAME stands for the title of a block
	Type    string // what it may hold
	Default string // as it is written in a file
	Help    string // one line
}

// Overridable lists everything that -X can set, in the order of the
// documentation.
func Overridable() []Option {
	var all []Option
	for _, b := range blocks {
		for _, title := range b.sampleTitles() {
			for _, o := range b.options {
				all = append(all, Option{b.full(title, o.name), o.kind, o.def, o.help})
			}
		}
	}
	return all
}

// sampleTitles lists the titles of a block, NAME where any may stand.
func (b *block) sampleTitles() []string {
	switch {
	case !b.titled:
		return []string{""}
	case b.titles != nil:
		return b.titles
	}
	return []string{"NAME"}
}

func overridableNames() []string {
	var names []string
	for _, o := range Overridable() {
		names = append(names, o.Name)
	}
	return names
}

// PrintOverridable writes the list as a table, one option a line: name,
// default, help and type.
func PrintOverridable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, o := range Overridable() {
		fmt.Fprintf(table, "%s\t%s\t%s (%s)\n", o.Name, o.Default, o.Help, o.Type)
	}
	return table.Flush()
}
