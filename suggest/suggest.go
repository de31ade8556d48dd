// Package suggest finds the name that a misspelt word was meant to be, for error
// messages that name the mend. It does not know what the names are of.
package suggest

import "strings"

// Nearest gives the candidate that is the fewest edits away from a misspelt
// word, "" if none is near enough to be meant.
func Nearest(word string, candidates []string) string {
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
