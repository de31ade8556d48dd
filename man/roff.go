package main

import "strings"

// roff is a page in the making, in the macros of man(7).
type roff struct{ strings.Builder }

// header begins a page. It has no date, so that the same sources give the same page.
func (r *roff) header(name, section, manual string) {
	r.WriteString(".TH " + strings.ToUpper(escape(name)) + " " + section + ` "" "MMT" "` + manual + "\"\n")
}

func (r *roff) section(title string) { r.WriteString(".SH " + title + "\n") }

// paragraph writes text, lines joined as the reader's window wants.
func (r *roff) paragraph(text string) { r.WriteString(".PP\n" + escapeLines(text) + "\n") }

// verbatim writes lines as they are.
func (r *roff) verbatim(lines []string) {
	r.WriteString(".PP\n.nf\n")
	for _, line := range lines {
		r.WriteString(escapeLines(line) + "\n")
	}
	r.WriteString(".fi\n")
}

// item writes a name, bold, and what it means, indented.
func (r *roff) item(name, text string) {
	r.WriteString(".TP\n\\fB" + escape(name) + "\\fR\n" + escapeLines(text) + "\n")
}

// escape makes a text one that means itself within a line.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "^", `\(ha`, "~", `\(ti`, "`", `\(ga`).Replace(s)
}

// escapeLines is escape for whole lines, whose first character may be one that
// begins a macro.
func escapeLines(s string) string {
	lines := strings.Split(escape(s), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
