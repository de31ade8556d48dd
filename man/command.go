package main

import (
	"regexp"
	"slices"
	"strings"
)

// manuals are the names of the sections.
var manuals = map[string]string{"1": "User commands", "5": "File formats", "8": "System administration"}

// option is a line of --help that tells of one: its names, and the text after two
// blanks or more.
var option = regexp.MustCompile(`^\s+((?:-\w, )?--?[\w-]+(?: \S+)?)\s{2,}(\S.*)$`)

// commandPage makes the page of a command from its help: paragraphs, of which one
// says how it is called, options, and exit codes.
func commandPage(name, section, help string) string {
	blocks := split(help)
	var r roff
	r.header(name, section, manuals[section])
	r.section("NAME")
	r.WriteString(escape(name) + ` \- ` + escapeLines(purpose(blocks[0])) + "\n")
	part := func(title string, is func([]string) bool) {
		if picked := slices.Collect(filter(blocks, is)); len(picked) > 0 {
			r.section(title)
			for _, b := range picked {
				r.block(b)
			}
		}
	}
	part("SYNOPSIS", isUsage)
	part("DESCRIPTION", func(b []string) bool { return !isUsage(b) && !isOptions(b) && !isExit(b) })
	part("OPTIONS", isOptions)
	part("EXIT STATUS", isExit)
	return r.String()
}

// filter gives the blocks that are so.
func filter(blocks [][]string, is func([]string) bool) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for _, b := range blocks {
			if is(b) && !yield(b) {
				return
			}
		}
	}
}

// split takes a text apart at empty lines.
func split(text string) (blocks [][]string) {
	for _, b := range regexp.MustCompile(`\n\s*\n`).Split(strings.Trim(text, "\n"), -1) {
		blocks = append(blocks, strings.Split(b, "\n"))
	}
	return blocks
}

// purpose is the first sentence of a help, as the line of a page's name has it.
func purpose(b []string) string {
	text := strings.Join(b, " ")
	end := strings.IndexAny(text, ".,")
	if end < 0 {
		end = len(text)
	}
	return strings.ToLower(text[:1]) + text[1:end]
}

func isUsage(b []string) bool   { return strings.HasPrefix(b[0], "Usage:") }
func isOptions(b []string) bool { return option.MatchString(b[0]) }
func isExit(b []string) bool    { return strings.HasPrefix(b[0], "Exit code") }

// block writes a paragraph: options as items, what is laid out in columns or
// indented as it is, all else as text.
func (r *roff) block(b []string) {
	switch {
	case isOptions(b):
		r.options(b)
	case isUsage(b):
		lines := slices.Clone(b)
		if lines[0] = strings.TrimSpace(strings.TrimPrefix(b[0], "Usage:")); lines[0] == "" {
			lines = lines[1:]
		}
		for i := range lines {
			lines[i] = strings.TrimSpace(lines[i])
		}
		r.verbatim(lines)
	case slices.ContainsFunc(b, laidOut):
		r.verbatim(b)
	default:
		r.paragraph(strings.Join(b, "\n"))
	}
}

// laidOut tells whether a line has a form that is to be kept.
func laidOut(line string) bool {
	return strings.HasPrefix(line, " ") || strings.Contains(strings.TrimSpace(line), "  ")
}

// options writes each option as an item; lines that are none go on with the one
// before.
func (r *roff) options(b []string) {
	for _, line := range b {
		if m := option.FindStringSubmatch(line); m != nil {
			r.item(m[1], m[2])
		} else {
			r.WriteString(escapeLines(strings.TrimSpace(line)) + "\n")
		}
	}
}
