package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxDepth bounds how deep forms nest, so that no text exhausts the stack.
const maxDepth = 1000

// form is a list of forms in brackets, or an atom: a word, or text in quotes.
type form struct {
	line   int
	atom   string // as written
	list   []*form
	quoted bool
}

// at returns the nth form of a list, an empty one if there is none.
func (f *form) at(n int) *form {
	if n >= len(f.list) {
		return &form{line: f.line}
	}
	return f.list[n]
}

// head returns the word that a list starts with.
func (f *form) head() string {
	if len(f.list) == 0 || f.list[0].quoted {
		return ""
	}
	return f.list[0].atom
}

// text returns what is in quotes.
func (f *form) text() (string, bool) { return f.atom, f.quoted }

// String shows an atom or the head of a list.
func (f *form) String() string {
	if f.list != nil {
		return "(" + f.head() + " ...)"
	}
	return strconv.Quote(f.atom)
}

func (f *form) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %s", f.line, fmt.Sprintf(format, args...))
}

// integer returns the number that an atom is.
func (f *form) integer(min, max int64) (int64, error) {
	n, err := strconv.ParseInt(f.atom, 10, 64)
	if err != nil || f.quoted || n < min || n > max {
		return 0, f.errorf("%s is not a number from %d to %d", f, min, max)
	}
	return n, nil
}

// kind returns the kind that an atom names.
func (f *form) kind() (Kind, error) {
	k := slices.Index(kindNames[:], f.atom)
	if k < 0 || f.quoted {
		return 0, f.errorf("unknown kind of value %s", f)
	}
	return Kind(k), nil
}

// window returns the interval of `(delay min max)`.
func (f *form) window() (w Window, err error) {
	const most = 1 << 62
	if w.Min, err = f.at(1).integer(-most, most); err != nil {
		return w, err
	}
	if w.Max, err = f.at(2).integer(-most, most); err != nil {
		return w, err
	}
	if len(f.list) != 3 || w.Min > w.Max {
		return w, f.errorf("`(%s min max)` expected, min not above max", f.head())
	}
	return w, nil
}

// formReader reads forms.
type formReader struct {
	rest string
	line int
}

// readForms reads all forms of a text.
func readForms(text string) ([]*form, error) {
	r := &formReader{rest: text, line: 1}
	var list []*form
	for {
		r.skipBlanks()
		if r.rest == "" {
			return list, nil
		}
		f, err := r.read(0)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
}

// skipBlanks skips white space and comments, which start with a semicolon.
func (r *formReader) skipBlanks() {
	for r.rest != "" {
		switch r.rest[0] {
		case '\n':
			r.line++
			r.rest = r.rest[1:]
		case ' ', '\t', '\r':
			r.rest = r.rest[1:]
		case ';':
			_, after, _ := strings.Cut(r.rest, "\n")
			r.rest = after
			r.line++
		default:
			return
		}
	}
}

func (r *formReader) read(depth int) (*form, error) {
	f := &form{line: r.line}
	switch c := r.rest[0]; {
	case depth > maxDepth:
		return nil, f.errorf("brackets nest deeper than %d", maxDepth)
	case c == '(':
		return f, r.readList(f, depth)
	case c == ')':
		return nil, f.errorf("closing bracket without an opening one")
	case c == '"':
		return f, r.readQuoted(f)
	}
	end := strings.IndexAny(r.rest, " \t\r\n()\";")
	if end < 0 {
		end = len(r.rest)
	}
	f.atom, r.rest = r.rest[:end], r.rest[end:]
	return f, nil
}

func (r *formReader) readList(f *form, depth int) error {
	r.rest = r.rest[1:]
	f.list = []*form{}
	for {
		r.skipBlanks()
		if r.rest == "" {
			return f.errorf("bracket is not closed")
		}
		if r.rest[0] == ')' {
			r.rest = r.rest[1:]
			return nil
		}
		child, err := r.read(depth + 1)
		if err != nil {
			return err
		}
		f.list = append(f.list, child)
	}
}

func (r *formReader) readQuoted(f *form) error {
	quoted, err := strconv.QuotedPrefix(r.rest)
	if err != nil {
		return f.errorf("text in quotes is not well formed")
	}
	f.quoted = true
	f.atom, err = strconv.Unquote(quoted)
	r.rest = r.rest[len(quoted):]
	return err
}
