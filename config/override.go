package config

import (
	"strings"

	"mmt/suggest"
)

// override applies -X settings, in their order.
func (l *loader) override(settings []string) {
	for _, s := range settings {
		l.overrideOne(s)
	}
}

func (l *loader) overrideOne(setting string) {
	pos := Pos{File: l.from + " " + clip(setting)}
	name, text, ok := strings.Cut(setting, "=")
	name, text = strings.TrimSpace(name), strings.TrimSpace(text)
	if !ok || name == "" {
		l.errs.add(pos, "is not a setting (write block.option=value)")
		return
	}
	b, title, rest := splitName(name)
	o := b.option(rest)
	if o == nil {
		// security.max-instances is the name of an option within security.
		o = b.option(name)
	}
	if o == nil {
		l.errs.add(pos, "%s", unknownSetting(b, name, rest))
		return
	}
	dst := b.find(l.cfg, title)
	if dst == nil {
		l.errs.add(pos, "%s", unknownTitle(b, title, b.known(l.cfg)))
		return
	}
	l.setText(b.full(title, o.name), o, dst, text, pos)
}

// setText sets an option to the text after "=". The text stands for itself,
// so that a file name with blanks needs no quotes of its own; a text in
// quotes or braces is read as in a file.
func (l *loader) setText(key string, o *option, dst any, text string, pos Pos) {
	if !asInFile(text, o.isList) {
		l.assign(key, o, dst, value{items: []item{{text: text}}}, pos)
		return
	}
	var errs problems
	p := parser{lx: newLexer([]byte("=" + text)), isBlock: isBlock, errs: &errs}
	assign := p.lx.next(inName)
	v, _ := p.value(token{text: key, line: 1}, assign)
	if !errs.none() {
		l.errs.add(pos, "%v", errs.list[0].(*Error).What)
		return
	}
	l.assign(key, o, dst, v, pos)
}

// asInFile tells whether a text stands in quotes, or in braces where a list is
// wanted: a template in JSON has braces of its own.
func asInFile(text string, isList bool) bool {
	if len(text) < 2 {
		return false
	}
	first, last := text[0], text[len(text)-1]
	switch first {
	case '"', '\'':
		return first == last
	case '{':
		return isList && last == '}'
	}
	return false
}

// splitName finds the block and the title that a dotted name starts with; rest
// is the name of the option. A name that starts with no block is an option of
// the top. Titles may hold dots, names of options in titled blocks do not.
func splitName(name string) (b *block, title, rest string) {
	head, tail, dotted := strings.Cut(name, ".")
	b = findBlock(head)
	if !dotted || b == nil || b == topLevel {
		return topLevel, "", name
	}
	if !b.titled {
		return b, "", tail
	}
	cut := strings.LastIndexByte(tail, '.')
	if cut < 0 {
		return b, "", tail
	}
	return b, tail[:cut], tail[cut+1:]
}

// unknownSetting is the error for a dotted name that leads to no option.
func unknownSetting(b *block, name, rest string) string {
	if b != topLevel {
		return unknownOption(b, rest)
	}
	if isBlock(name) {
		return "\"" + name + "\" is a block (write " + name + ".option=value)"
	}
	if near := suggest.Nearest(name, overridableNames()); near != "" {
		return "unknown option \"" + clip(name) + "\" (did you mean \"" + near + "\"?)"
	}
	return unknownOption(b, name)
}

// unknownTitle is the error for a titled block that the file does not have.
func unknownTitle(b *block, title string, known []string) string {
	if title == "" {
		return b.name + " needs a name (write " + b.name + ".NAME.option=value)"
	}
	there := "none is defined: add " + b.name + " NAME { ... } to the file"
	if len(known) > 0 {
		there = "there is " + clip(oneOf(known))
	}
	return "no " + b.shown(title) + " (" + there + ")"
}
