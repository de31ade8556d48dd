// Package csource reads C code as text, as far as names in it are looked for: it
// knows what is a comment, a string or a character, and nothing of declarations,
// macros or types.
package csource

import "strings"

// Blank returns C code with comments, strings and characters replaced by
// blanks, so that what is left can be searched for names.
func Blank(code string) string {
	out := []byte(code)
	for i := 0; i < len(code); {
		n := max(skipped(code[i:]), 0)
		for j := i; j < i+n; j++ {
			if out[j] != '\n' {
				out[j] = ' '
			}
		}
		i += max(n, 1)
	}
	return string(out)
}

// skipped returns the length of the comment, string or character that code
// starts with, 0 if it starts with none.
func skipped(code string) int {
	switch {
	case strings.HasPrefix(code, "//"):
		return end(code, "\n")
	case strings.HasPrefix(code, "/*"):
		return end(code, "*/")
	case code[0] != '"' && code[0] != '\'':
		return 0
	}
	for i := 1; i < len(code); i++ {
		switch code[i] {
		case '\\':
			i++
		case code[0], '\n':
			return i + 1
		}
	}
	return len(code)
}

func end(code, mark string) int {
	if i := strings.Index(code[2:], mark); i >= 0 {
		return 2 + i + len(mark)
	}
	return len(code)
}
