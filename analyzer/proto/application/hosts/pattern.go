package hosts

import (
	"errors"
	"strconv"
	"strings"
)

// app reads the first three fields: id, name, class.
func (l line) app() (App, error) {
	id, err := strconv.ParseUint(l.fields[0], 10, 16)
	if err != nil || id > lastUserID {
		return App{}, l.errorf("id %q: it should be a number from 0 to %d", l.fields[0], lastUserID)
	}
	if !validName(l.fields[1]) {
		return App{}, l.errorf("name %q: use lower-case letters, digits, and underscores between them", l.fields[1])
	}
	class, err := parseClass(l.fields[2])
	if err != nil {
		return App{}, l.errorf("%w", err)
	}
	return App{uint32(id), l.fields[1], class}, nil
}

func validName(name string) bool {
	for part := range strings.SplitSeq(name, "_") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool { return !isLowerOrDigit(r) }) {
			return false
		}
	}
	return true
}

func isLowerOrDigit(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// pattern is a pattern taken apart, in the forms that applications.tsv
// describes; that it is an alias is noted with its owner.
type pattern struct {
	suffix string // example.com, "" for a pattern of first labels only
	glob   string // ab*cd or ab, "" if the pattern has none
	ending bool   // the suffix is followed by a public ending: example.*
}

// parsePattern takes a pattern apart. It does not check labels.
func parsePattern(text string) pattern {
	if first, found := strings.CutSuffix(text, "."); found {
		return pattern{glob: first}
	}
	var p pattern
	p.suffix, p.ending = strings.CutSuffix(text, ".*")
	if first, rest, found := strings.Cut(p.suffix, "."); found && strings.Contains(first, "*") {
		p.glob, p.suffix = first, rest
	}
	return p
}

// checkPattern says what is wrong with a pattern, an alias (~) or not.
func checkPattern(text string, alias bool) error {
	p := parsePattern(text)
	switch {
	case len(text) > 255:
		return errors.New("no host name is that long")
	case alias && (p.glob != "" || p.ending):
		return errors.New("an alias (~) stands before a plain name")
	case strings.HasSuffix(text, ".") && strings.Contains(p.glob, "."):
		return errors.New("a pattern that ends in a dot is one label")
	case strings.Count(p.glob, "*") > 1:
		return errors.New("one star is allowed in the first label")
	case p.glob == "*":
		return errors.New("leave the star out: a name stands for all names under it")
	case p.suffix == "" && len(p.glob) < 3:
		return errors.New("it would match nearly everything")
	}
	labels := strings.Split(p.suffix, ".")
	if p.suffix == "" {
		labels = nil
	}
	if p.glob != "" {
		labels = append(labels, strings.Replace(p.glob, "*", "x", 1))
	}
	for _, label := range labels {
		if err := checkLabel(label); err != nil {
			return err
		}
	}
	return nil
}

func checkLabel(label string) error {
	if label == "" || len(label) > 63 {
		return errors.New("a label has 1 to 63 letters")
	}
	for _, r := range label {
		if !isLowerOrDigit(r) && r != '-' && r != '_' {
			return errors.New("only lower-case letters, digits, hyphens and underscores are allowed: a star stands in the first label or alone at the end")
		}
	}
	return nil
}
