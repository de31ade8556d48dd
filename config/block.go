package config

import "slices"

// block is one block of the language with its options. The options at the
// top stand in a block without a name.
type block struct {
	name    string
	aliases []string
	help    string
	feature Feature // asked for when enabled, "" if its options ask themselves
	titled  bool
	titles  []string // the only titles there are; nil: any
	options []option

	// find gives the struct of the block (with that title), nil if there is none.
	find func(c *Config, title string) any
	// add appends an empty struct with that title; nil for an untitled block.
	add func(c *Config, title string) any
	// each calls f for every struct of the block that exists in c; the title of
	// an untitled block is "".
	each func(c *Config, f func(title string, dst any))
}

// single makes a block that stands once.
func single[B any](name string, f Feature, help string, field func(*Config) *B, options ...option) *block {
	return &block{
		name: name, feature: f, help: help, options: options,
		find: func(c *Config, _ string) any { return field(c) },
		each: func(c *Config, f func(string, any)) { f("", field(c)) },
	}
}

// many makes a titled block.
func many[B any](name string, f Feature, help string, field func(*Config) *[]B, title func(*B) *string, options ...option) *block {
	b := &block{name: name, feature: f, help: help, options: options, titled: true}
	b.find = func(c *Config, want string) any {
		all := *field(c)
		for i := range all {
			if *title(&all[i]) == want {
				return &all[i]
			}
		}
		return nil
	}
	b.add = func(c *Config, name string) any {
		all := field(c)
		*all = append(*all, *new(B))
		last := &(*all)[len(*all)-1]
		*title(last) = name
		b.reset(last)
		return last
	}
	b.each = func(c *Config, f func(string, any)) {
		all := *field(c)
		for i := range all {
			f(*title(&all[i]), &all[i])
		}
	}
	return b
}

// old gives a block a second name that old files use.
func (b *block) old(name string) *block {
	b.aliases = append(b.aliases, name)
	return b
}

// with gives a block more options.
func (b *block) with(more ...option) *block {
	b.options = append(b.options, more...)
	return b
}

// changes says how the options of a block change while the probe runs, but those
// that say it themselves.
func (b *block) changes(a applied) *block {
	for i := range b.options {
		if o := &b.options[i]; o.applied == unsaid {
			o.applied = a
		}
	}
	return b
}

// only bounds the titles; blocks with these titles always exist.
func (b *block) only(titles ...string) *block {
	b.titles = titles
	return b
}

// reset puts all defaults.
func (b *block) reset(dst any) {
	for _, o := range b.options {
		o.reset(dst)
	}
}

// option finds an option by its name or an old name.
func (b *block) option(name string) *option {
	for i := range b.options {
		if o := &b.options[i]; o.name == name || slices.Contains(o.aliases, name) {
			return o
		}
	}
	return nil
}

// known lists the titles that exist in c.
func (b *block) known(c *Config) []string {
	var titles []string
	b.each(c, func(title string, _ any) { titles = append(titles, title) })
	return titles
}

// enabled tells whether a block is in use; one without the option always is.
func (b *block) enabled(dst any) bool {
	o := b.option("enable")
	return o == nil || o.get(dst) == "true"
}

// full gives the dotted name of the block or, with an option, of the option.
func (b *block) full(title, option string) string {
	name := b.name
	for _, part := range []string{title, option} {
		switch {
		case part == "":
		case name == "":
			name = part
		default:
			name += "." + part
		}
	}
	return name
}

// shown gives the name of a block for a message: event-report "x".
func (b *block) shown(title string) string {
	if title == "" {
		return b.name
	}
	return b.name + ` "` + clip(title) + `"`
}

// findBlock finds a block by its name or an old name; "" is the top.
func findBlock(name string) *block {
	for _, b := range blocks {
		if b.name == name || slices.Contains(b.aliases, name) {
			return b
		}
	}
	return nil
}

// isBlock tells whether a name is a block's.
func isBlock(name string) bool { return name != "" && findBlock(name) != nil }
