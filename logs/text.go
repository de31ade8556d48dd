package logs

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// message is the text of a message with its attributes behind it, name=value.
// Lines after the first begin with a tab. Nothing in it does anything to a
// terminal: what comes from packets may be in it.
func (e *entry) message() string {
	var b strings.Builder
	appendSafe(&b, strings.TrimRight(e.text, "\n"))
	for _, f := range e.fields {
		b.WriteByte(' ')
		appendSafe(&b, f.name)
		b.WriteByte('=')
		if bare(f.value) {
			b.WriteString(f.value)
		} else {
			b.WriteString(strconv.Quote(f.value))
		}
	}
	return b.String()
}

// bare tells whether a value needs no quotes.
func bare(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r == '"' || r == '=' || unicode.IsSpace(r) || !unicode.IsPrint(r)
	})
}

// appendSafe adds a text with what cannot be printed written out.
func appendSafe(b *strings.Builder, s string) {
	for i, r := range s {
		switch {
		case r == '\n':
			b.WriteString("\n\t")
		case r == '\t':
			b.WriteByte('\t')
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			b.WriteString(`\x`)
			b.WriteString(strconv.FormatUint(uint64(s[i])|0x100, 16)[1:])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
}

// timeForm is that of a line in a file: RFC 3339, to the millisecond.
const timeForm = "2006-01-02T15:04:05.000Z07:00"

// longLine is a line of a file, or of standard error that others read.
func longLine(name string, e *entry) string {
	return e.time.Format(timeForm) + " " + name + " " + e.sev.String() + ": " + e.message() + "\n"
}

// shortLine is a line for a terminal. It takes the place of a line that shows
// progress and has no end yet.
func shortLine(e *entry) string {
	word := e.sev.String() + ": "
	if e.sev > warning {
		word = ""
	}
	return "\r\033[K" + e.time.Format("15:04:05 ") + word + e.message() + "\n"
}
