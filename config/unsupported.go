package config

import "slices"

// need is a feature that a setting asks for.
type need struct {
	feature Feature
	pos     Pos
	what    string // the setting, as in "redis-output is enabled"
}

// Unsupported gives an error for each setting that asks for a feature that is
// not in have, in the order of the file: nothing that was asked for is
// silently ignored. Settings of a block that is not enabled ask for nothing.
// Each error is an *Error.
func (c *Config) Unsupported(have map[Feature]bool) []error {
	var missing []need
	for _, n := range c.needs() {
		if !have[n.feature] {
			missing = append(missing, n)
		}
	}
	slices.SortStableFunc(missing, func(a, b need) int { return a.pos.Line - b.pos.Line })
	var errs []error
	for _, n := range missing {
		errs = append(errs, &Error{n.pos, n.what + ", but this build has no " + string(n.feature) + " yet"})
	}
	return errs
}

// needs lists what all settings ask for.
func (c *Config) needs() []need {
	var all []need
	c.eachEnabled(func(b *block, title string, dst any) {
		all = append(all, c.blockNeeds(b, title, dst)...)
	})
	return all
}

// blockNeeds lists what an enabled block asks for.
func (c *Config) blockNeeds(b *block, title string, dst any) []need {
	var all []need
	if b.feature != "" {
		all = append(all, need{b.feature, c.set[b.full(title, "enable")], b.shown(title) + " is enabled"})
	}
	for _, o := range b.options {
		name := b.full(title, o.name)
		pos, ok := c.set[name]
		if !ok {
			continue // a default asks for nothing that the operator meant
		}
		all = append(all, o.valueNeeds(dst, name, pos)...)
	}
	return all
}

// valueNeeds lists what the value of one option asks for.
func (o option) valueNeeds(dst any, name string, pos Pos) []need {
	var all []need
	if o.needs != nil {
		val := o.get(dst)
		if f := o.needs(val); f != "" {
			all = append(all, need{f, pos, name + " is " + clip(val)})
		}
	}
	if o.channels != nil {
		for _, ch := range o.channels(dst) {
			all = append(all, need{channelFeature[ch], pos, name + " names " + string(ch)})
		}
	}
	return all
}

// Where tells where an option was set, by its dotted name as -X takes it, or a
// block, by its name and title; the zero Pos if it was left at its default.
func (c *Config) Where(name string) Pos { return c.set[name] }
