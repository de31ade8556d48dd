package config

import (
	"slices"
	"strings"

	"mmt/suggest"
)

// optionNames lists the options of a block.
func (b *block) optionNames() []string {
	names := make([]string, len(b.options))
	for i, o := range b.options {
		names[i] = o.name
	}
	return names
}

// blockNames lists the blocks, without the top.
func blockNames() []string {
	var names []string
	for _, b := range blocks {
		if b.name != "" {
			names = append(names, b.name)
		}
	}
	return names
}

// hintOption says what an unknown option of a block may have been meant to be.
func hintOption(b *block, name string) string {
	if near := suggest.Nearest(name, b.optionNames()); near != "" {
		return " (did you mean \"" + near + "\"?)"
	}
	if owners := ownersOf(name); owners != "" {
		return " (\"" + clip(name) + "\" belongs " + owners + ")"
	}
	if head, tail, dotted := strings.Cut(name, "."); dotted && isBlock(head) {
		return " (in a file write " + head + " { " + clip(tail) + " = ... })"
	}
	if b.name == "" {
		if near := suggest.Nearest(name, blockNames()); near != "" {
			return " (did you mean the block \"" + near + "\"?)"
		}
	}
	return " (remove it; mmt-probe -x lists all options)"
}

// ownersOf tells in which blocks an option of that name stands, "" if nowhere.
func ownersOf(name string) string {
	const most = 4
	var owners []string
	for _, b := range blocks {
		if slices.Contains(b.optionNames(), name) {
			owners = append(owners, b.name)
		}
	}
	switch {
	case len(owners) == 0:
		return ""
	case len(owners) > most:
		return "in a block such as " + owners[0]
	case owners[0] == "":
		return "at the top, outside of all blocks"
	}
	return "in " + oneOf(owners)
}

// hintBlock says what an unknown block may have been meant to be.
func hintBlock(name string) string {
	if near := suggest.Nearest(name, blockNames()); near != "" {
		return " (did you mean \"" + near + "\"?)"
	}
	if topLevel.option(name) != nil {
		return " (it is an option: write " + name + " = value)"
	}
	return " (remove it; mmt-probe -x lists all options)"
}
