package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// option is one row of the table: all that is known of one option. The
// functions take a pointer to the struct of the option's block.
type option struct {
	name     string
	aliases  []string
	kind     string // what it may hold; completes "is not ..."
	def      string // as it is written in the language
	help     string
	isList   bool                     // takes several values
	required bool                     // may not be empty where its block is enabled
	secret   bool                     // its value is shown to nobody
	applied  applied                  // how it changes while the probe runs
	set      func(any, value) error   // reads a value into the struct
	get      func(any) string         // writes the value in the language
	reset    func(any)                // puts the default
	needs    func(val string) Feature // what a value asks for, "" if nothing
	channels func(any) Channels       // of an output-channel option, else nil
}

// also gives an option a second name that old files use.
func (o option) also(names ...string) option {
	o.aliases = append(slices.Clone(o.aliases), names...)
	return o
}

// must marks an option without which its block cannot work.
func (o option) must() option {
	o.required = true
	return o
}

// hidden marks an option whose value is shown to nobody.
func (o option) hidden() option {
	o.secret = true
	return o
}

// changes says how an option changes while the probe runs, where that is another
// way than that of its block.
func (o option) changes(a applied) option {
	o.applied = a
	return o
}

// when says that any value but the default asks for a feature.
func (o option) when(f Feature) option {
	def := o.def
	return o.whenValue(func(val string) Feature {
		if val == def {
			return ""
		}
		return f
	})
}

// whenValue says which feature a value asks for.
func (o option) whenValue(needs func(val string) Feature) option {
	o.needs = needs
	return o
}

// zeroIsDefault makes 0 another way to write the default.
func (o option) zeroIsDefault() option {
	set := o.set
	o.kind = o.kind + ", or 0 for " + o.def
	o.set = func(dst any, v value) error {
		if s, err := v.scalar(); err == nil && s == "0" {
			o.reset(dst)
			return nil
		}
		return set(dst, v)
	}
	return o
}

// errNotOne is the error of a list where one value is wanted.
var errNotOne = errors.New("takes one value, not a list (remove the braces)")

// scalar gives the text of a single value.
func (v value) scalar() (string, error) {
	if v.list || len(v.items) != 1 {
		return "", errNotOne
	}
	return v.items[0].text, nil
}

// notA is the error of a value that is not what the option holds.
func notA(text, kind string) error {
	return fmt.Errorf("%q is not %s", clip(text), kind)
}

// scalarOption builds an option that holds one value of type T; parse says
// whether a text is one.
func scalarOption[B, T any](name, kind string, def T, field func(*B) *T, help string,
	parse func(string) (T, bool), format func(T) string) option {
	o := option{name: name, kind: kind, def: format(def), help: help}
	o.get = func(dst any) string { return format(*field(dst.(*B))) }
	o.reset = func(dst any) { *field(dst.(*B)) = def }
	o.set = func(dst any, v value) error {
		text, err := v.scalar()
		if err != nil {
			return err
		}
		val, ok := parse(text)
		if !ok {
			return notA(text, kind)
		}
		*field(dst.(*B)) = val
		return nil
	}
	return o
}

func boolean[B any](name string, def bool, field func(*B) *bool, help string) option {
	parse := func(s string) (bool, bool) {
		s = strings.ToLower(s)
		return s == "true", s == "true" || s == "false"
	}
	return scalarOption(name, "true or false", def, field, help, parse, strconv.FormatBool)
}

// integer is any type that a number option fills.
type integer interface {
	~int | ~int64 | ~uint16 | ~uint32
}

func number[B any, N integer](name string, lo, hi int64, def N, field func(*B) *N, help string) option {
	kind := fmt.Sprintf("a number from %d to %d", lo, hi)
	parse := func(s string) (N, bool) {
		n, ok := parseInt(s, lo, hi)
		return N(n), ok
	}
	format := func(n N) string { return strconv.FormatInt(int64(n), 10) }
	return scalarOption(name, kind, def, field, help, parse, format)
}

// parseInt reads a decimal number within bounds.
func parseInt(s string, lo, hi int64) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= lo && n <= hi
}

// duration builds an option that counts a unit of time.
func duration[B any](name, units string, unit time.Duration, lo, hi, def int64, field func(*B) *time.Duration, help string) option {
	kind := fmt.Sprintf("a number of %s from %d to %d", units, lo, hi)
	parse := func(s string) (time.Duration, bool) {
		n, ok := parseInt(s, lo, hi)
		return time.Duration(n) * unit, ok
	}
	format := func(d time.Duration) string { return strconv.FormatInt(int64(d/unit), 10) }
	return scalarOption(name, kind, time.Duration(def)*unit, field, help, parse, format)
}

func seconds[B any](name string, lo, hi, def int64, field func(*B) *time.Duration, help string) option {
	return duration(name, "seconds", time.Second, lo, hi, def, field, help)
}

func millis[B any](name string, lo, hi, def int64, field func(*B) *time.Duration, help string) option {
	return duration(name, "milliseconds", time.Millisecond, lo, hi, def, field, help)
}

func text[B any](name, def string, field func(*B) *string, help string) option {
	parse := func(s string) (string, bool) { return s, true }
	return scalarOption(name, "text", def, field, help, parse, quote)
}

// enum builds an option that holds one of some words; case does not matter.
// synonyms gives other spellings.
func enum[B any, S ~string](name string, def S, words []S, synonyms map[string]S, field func(*B) *S, help string) option {
	parse := func(s string) (S, bool) {
		if word, ok := synonyms[strings.ToUpper(s)]; ok {
			return word, true
		}
		i := slices.IndexFunc(words, func(w S) bool { return strings.EqualFold(string(w), s) })
		if i < 0 {
			return "", false
		}
		return words[i], true
	}
	format := func(s S) string { return string(s) }
	return scalarOption(name, oneOf(words), def, field, help, parse, format)
}

// oneOf writes "a, b or c".
func oneOf[S ~string](words []S) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	last := len(texts) - 1
	if last < 1 {
		return strings.Join(texts, "")
	}
	return strings.Join(texts[:last], ", ") + " or " + texts[last]
}

// parsed builds an option whose text has a grammar of its own; the grammar's
// error completes "name: ".
func parsed[B, T any](name, kind string, def T, field func(*B) *T, help string,
	parse func(string) (T, error), format func(T) string) option {
	o := scalarOption(name, kind, def, field, help, nil, format)
	o.set = func(dst any, v value) error {
		s, err := v.scalar()
		if err != nil {
			return err
		}
		val, err := parse(s)
		if err != nil {
			return err
		}
		*field(dst.(*B)) = val
		return nil
	}
	return o
}

// listOf builds an option that holds a list, empty by default. An item that
// stands twice is an error: one of them was meant to be something else.
func listOf[B, T any](name, kind string, field func(*B) *[]T, help string,
	parse func(string) (T, error), format func(T) string) option {
	o := option{name: name, kind: kind, def: "{}", help: help, isList: true}
	o.get = func(dst any) string { return formatList(*field(dst.(*B)), format) }
	o.reset = func(dst any) { *field(dst.(*B)) = nil }
	o.set = func(dst any, v value) error {
		vals, err := parseList(v, parse, format)
		if err != nil {
			return err
		}
		*field(dst.(*B)) = vals
		return nil
	}
	return o
}

func parseList[T any](v value, parse func(string) (T, error), format func(T) string) ([]T, error) {
	var vals []T
	seen := map[string]bool{}
	for _, text := range v.texts() {
		val, err := parse(text)
		if err != nil {
			return nil, err
		}
		if key := format(val); seen[key] {
			return nil, fmt.Errorf("%q stands twice in the list (remove one)", clip(text))
		} else {
			seen[key] = true
		}
		vals = append(vals, val)
	}
	return vals, nil
}

// texts gives the items of a list. One bare value is a list too, as in
// "output-channel = file" and -X output-channel=file,redis.
func (v value) texts() []string {
	if !v.list && len(v.items) == 1 {
		return v.items[0].split()
	}
	texts := make([]string, len(v.items))
	for i, it := range v.items {
		texts[i] = it.text
	}
	return texts
}

// split cuts bare text at its commas.
func (it item) split() []string {
	switch {
	case it.quoted:
		return []string{it.text}
	case it.text == "":
		return nil
	}
	parts := strings.Split(it.text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func formatList[T any](vals []T, format func(T) string) string {
	texts := make([]string, len(vals))
	for i, val := range vals {
		texts[i] = format(val)
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

// channelNames holds the channels in the order of the documentation.
var channelNames = []Channel{ChannelFile, ChannelRedis, ChannelKafka, ChannelMongoDB, ChannelSocket, ChannelMQTT, ChannelStdout}

func parseChannel(s string) (Channel, error) {
	i := slices.IndexFunc(channelNames, func(c Channel) bool { return strings.EqualFold(string(c), s) })
	if i < 0 {
		return "", notA(s, "an output channel ("+oneOf(channelNames)+")")
	}
	return channelNames[i], nil
}

// outputChannel builds the option that many report blocks have; an empty list
// means file.
func outputChannel[B any](field func(*B) *Channels) option {
	list := func(b *B) *[]Channel { return (*[]Channel)(field(b)) }
	format := func(c Channel) string { return string(c) }
	o := listOf("output-channel", "a list of "+oneOf(channelNames), list,
		"where the reports go, {} for file", parseChannel, format)
	fill := o.set
	o.def = "{file}"
	o.reset = func(dst any) { *field(dst.(*B)) = Channels{ChannelFile} }
	o.set = func(dst any, v value) error {
		if err := fill(dst, v); err != nil {
			return err
		}
		if len(*field(dst.(*B))) == 0 {
			o.reset(dst)
		}
		return nil
	}
	o.channels = func(dst any) Channels { return *field(dst.(*B)) }
	return o
}
