package config

import (
	"fmt"
	"maps"
	"slices"
)

// applied says how an option changes while the probe runs (dynamic-config).
type applied uint8

const (
	unsaid    applied = iota // as byRestart
	byRestart                // the processing begins anew
	live                     // between two bursts
	atStart                  // not at all: it is read when the program starts
)

// Change is an option that has another value after an update.
type Change struct {
	Name          string // dotted, as -X takes it
	Before, After string // as they are written in a file; of a secret, stars
	Live          bool   // it can change between two bursts of packets
}

// Value is an option with its present value.
type Value struct {
	Name  string // dotted, as -X takes it
	Value string // as it is written in a file; of a secret, stars
}

// stars stand for a value that is shown to nobody.
const stars = `"***"`

// shown returns the value of an option for somebody to read.
func (o *option) shown(dst any) string {
	if val := o.get(dst); !o.secret || val == `""` {
		return val
	}
	return stars
}

// Values lists all options with their values, in the order of the documentation;
// those of titled blocks for each title that there is.
func (c *Config) Values() []Value {
	var all []Value
	c.eachOption(func(name string, o *option, dst any) { all = append(all, Value{name, o.shown(dst)}) })
	return all
}

// eachOption calls f for each option of each block that exists.
func (c *Config) eachOption(f func(name string, o *option, dst any)) {
	for _, b := range blocks {
		b.each(c, func(title string, dst any) {
			for i := range b.options {
				f(b.full(title, b.options[i].name), &b.options[i], dst)
			}
		})
	}
}

// Update returns the configuration with settings of the form block.option=value
// applied, the last of two for one option in force, and what is different in it,
// in the order of the documentation. c stays as it is. What an error says is one
// line for each thing that is wrong: in the settings, in what they make together,
// or that an option cannot change while the program runs.
func (c *Config) Update(settings []string) (*Config, []Change, error) {
	l := loader{cfg: c.clone(), from: "update"}
	l.override(settings)
	l.check()
	l.checkInput()
	changes := l.changes(c)
	next, err := l.result()
	if err != nil {
		return nil, nil, err
	}
	return next, changes, nil
}

// changes compares with an earlier configuration that has the same blocks.
func (l *loader) changes(before *Config) (list []Change) {
	type place struct {
		o   *option
		dst any
	}
	old := map[string]place{}
	before.eachOption(func(name string, o *option, dst any) { old[name] = place{o, dst} })
	l.cfg.eachOption(func(name string, o *option, dst any) {
		was := old[name]
		if was.o.get(was.dst) == o.get(dst) {
			return
		}
		if o.applied == atStart {
			l.errs.add(l.where(name), "%s cannot change while the program runs (set it in the configuration and start the program again)", clip(name))
		}
		list = append(list, Change{name, was.o.shown(was.dst), o.shown(dst), o.applied == live})
	})
	return list
}

// clone returns a copy of which options can be set. Setting one replaces its value
// whole, so that lists need not be copied.
func (c *Config) clone() *Config {
	next := *c
	next.set = maps.Clone(c.set)
	next.ReconstructData = slices.Clone(c.ReconstructData)
	next.EventReports = slices.Clone(c.EventReports)
	next.QueryReports = slices.Clone(c.QueryReports)
	return &next
}

// String gives the change for a log line.
func (c Change) String() string { return fmt.Sprintf("%s = %s (was %s)", c.Name, c.After, c.Before) }
