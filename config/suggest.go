package config

import (
	"slices"
	"strings"
)

// nearest gives the candidate that is the fewest edits away from a misspelt
// word, "" if none is near enough to be meant.
func nearest(word string, candidates []string) string {
	const longest = 64 // no name is near that: foreign text must not cost more
	if len(word) > longest {
		return ""
	}
	best, bestCost := "", 1+max(1, len(word)/3)
	for _, c := range candidates {
		if cost := editCost(word, c); cost < bestCost {
			best, bestCost = c, cost
		}
	}
	if best == "" {
		return longer(word, candidates)
	}
	return best
}

// longer gives the only candidate that a cut-off name is a part of, such as
// enable-tcp-reassembly for enable-tcp.
func longer(word string, candidates []string) string {
	const shortest = 4 // less is a part of too much
	found := ""
	for _, c := range candidates {
		switch {
		case len(word) < shortest || !strings.Contains(c, word):
		case found != "":
			return ""
		default:
			found = c
		}
	}
	return found
}

// editCost counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment).
func editCost(a, b string) int {
	var before []int
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev = prev, row
	}
	return prev[len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}

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
	if near := nearest(name, b.optionNames()); near != "" {
		return " (did you mean \"" + near + "\"?)"
	}
	if owners := ownersOf(name); owners != "" {
		return " (\"" + clip(name) + "\" belongs " + owners + ")"
	}
	if head, tail, dotted := strings.Cut(name, "."); dotted && isBlock(head) {
		return " (in a file write " + head + " { " + clip(tail) + " = ... })"
	}
	if b.name == "" {
		if near := nearest(name, blockNames()); near != "" {
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
	if near := nearest(name, blockNames()); near != "" {
		return " (did you mean \"" + near + "\"?)"
	}
	if topLevel.option(name) != nil {
		return " (it is an option: write " + name + " = value)"
	}
	return " (remove it; mmt-probe -x lists all options)"
}
