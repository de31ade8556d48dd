package config

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// maxErrors bounds how many errors one configuration reports: past that, the
// rest is mostly the echo of the first ones.
const maxErrors = 20

// Pos is where an option was set: a line of a file, or an override, which has
// no line.
type Pos struct {
	File string // path as it was given, or "-X name=value"
	Line int    // from 1, 0 for an override or for the file as a whole
}

// String gives "file:line", or only the file where there is no line.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Error is one thing that is wrong in a configuration.
type Error struct {
	Pos  Pos    // where; the zero Pos if the place is unknown
	What string // what is wrong, and the mend
}

// Error gives one line, "file:line: what (mend)".
func (e *Error) Error() string {
	if e.Pos.File == "" {
		return e.What
	}
	return e.Pos.String() + ": " + e.What
}

// Errors is everything that is wrong in a configuration, at most maxErrors
// and a last remark that there is more.
type Errors []error

// Error gives one line an error.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a single Error.
func (e Errors) Unwrap() []error { return e }

// problems collects errors.
type problems struct {
	list Errors
}

func (p *problems) add(pos Pos, format string, args ...any) {
	if p.full() {
		return
	}
	p.list = append(p.list, &Error{Pos: pos, What: fmt.Sprintf(format, args...)})
	if p.full() {
		p.list = append(p.list, &Error{Pos: Pos{File: pos.File}, What: "too many errors: mend these first"})
	}
}

func (p *problems) full() bool { return len(p.list) >= maxErrors }

func (p *problems) none() bool { return len(p.list) == 0 }

// err gives the errors in the order of the file. It is nil when nothing was
// added: an empty Errors must not become a non-nil error.
func (p *problems) err() error {
	if p.none() {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b error) int { return place(a) - place(b) })
	return p.list
}

// place orders errors by their line; what has no line comes last.
func place(err error) int {
	if e, ok := err.(*Error); ok && e.Pos.Line > 0 {
		return e.Pos.Line
	}
	return math.MaxInt32
}

// clip shortens a piece of foreign text for a message.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
