package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
)

// MaxSize is the largest configuration that is read, in bytes. Whatever is
// larger is some other file.
const MaxSize = 1 << 20

// SearchPaths are where a configuration is looked for: the two of manual 3.1.1,
// and that of a package, whose configuration is in /etc.
var SearchPaths = []string{"./mmt-probe.conf", "/opt/mmt/probe/mmt-probe.conf", "/etc/mmt/mmt-probe.conf"}

// Default gives the configuration of an empty file.
func Default() *Config {
	c := &Config{set: map[string]Pos{}}
	for _, b := range blocks {
		if !b.titled {
			b.reset(b.find(c, ""))
		}
		for _, title := range b.titles {
			b.add(c, title)
		}
	}
	return c
}

// Parse reads the text of a configuration; name stands for it in errors. What
// an error says is one line for each thing that is wrong, see Errors.
func Parse(name string, text []byte) (*Config, error) {
	l := loader{cfg: Default(), name: name}
	l.parse(text)
	l.check()
	return l.result()
}

// Load reads the file at path, then applies overrides of the form
// block.option=value, the last of two for one option in force, and checks the
// whole, including that the input is said. An empty path stands for an empty
// file.
func Load(path string, overrides []string) (*Config, error) {
	l := loader{cfg: Default(), name: path, from: "-X"}
	if path != "" {
		text, err := readFile(path)
		if err != nil {
			return nil, err
		}
		l.parse(text)
	}
	l.override(overrides)
	l.check()
	l.checkInput()
	return l.result()
}

// readFile reads a file whole, but no more than MaxSize and a byte.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w (name another with -c)", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w (name another with -c)", err)
	}
	return text, nil
}

// Find gives the path of the configuration to load: the explicit one (-c) if
// it is not empty, else the first of SearchPaths that exists. The error wraps
// fs.ErrNotExist if there is none.
func Find(explicit string) (string, error) {
	if explicit == "" {
		return findIn(SearchPaths)
	}
	if _, err := os.Stat(explicit); err != nil {
		return "", fmt.Errorf("cannot read the configuration: %w (name another with -c)", err)
	}
	return explicit, nil
}

func findIn(paths []string) (string, error) {
	for _, path := range paths {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
	}
	return "", fmt.Errorf("no configuration: looked for %s (name one with -c): %w", oneOf(paths), fs.ErrNotExist)
}

// loader fills a Config and collects what is wrong.
type loader struct {
	cfg  *Config
	name string // of the file
	from string // what overrides come from
	errs problems
}

func (l *loader) result() (*Config, error) {
	if err := l.errs.err(); err != nil {
		return nil, err
	}
	return l.cfg, nil
}

// parse applies the text of a file.
func (l *loader) parse(text []byte) {
	if len(text) > MaxSize {
		l.errs.add(Pos{File: l.name}, "larger than %d bytes, is it a configuration? (name another with -c)", MaxSize)
		return
	}
	p := parser{lx: newLexer(text), file: l.name, isBlock: isBlock, errs: &l.errs}
	for _, n := range p.top() {
		if l.errs.full() {
			return // hints for errors that nobody sees take time
		}
		if n.block {
			l.block(n)
		} else {
			l.option(topLevel, "", l.cfg, n)
		}
	}
}

// block applies a block of a file.
func (l *loader) block(n node) {
	pos := Pos{l.name, n.line}
	b := findBlock(n.name)
	if b == nil || b == topLevel {
		l.errs.add(pos, "unknown block %q%s", clip(n.name), hintBlock(n.name))
		return
	}
	dst := l.open(b, n, pos)
	if dst == nil {
		return
	}
	for _, opt := range n.body {
		if l.errs.full() {
			return
		}
		l.option(b, n.title, dst, opt)
	}
}

// open gives the struct that a block fills, nil after an error.
func (l *loader) open(b *block, n node, pos Pos) any {
	if what := b.titleError(n); what != "" {
		l.errs.add(pos, "%s", what)
		return nil
	}
	key := b.full(n.title, "")
	if first, again := l.cfg.set[key]; again {
		l.errs.add(pos, "%s stands twice, first at line %d (put them together)", b.shown(n.title), first.Line)
		return nil
	}
	l.cfg.set[key] = pos
	if b.titled && b.titles == nil {
		return b.add(l.cfg, n.title)
	}
	return b.find(l.cfg, n.title)
}

// titleError says what is wrong with the title of a block, "" if nothing.
func (b *block) titleError(n node) string {
	switch {
	case !b.titled && n.titled:
		return fmt.Sprintf("%s takes no name (remove %q)", b.name, clip(n.title))
	case b.titled && n.title == "":
		return fmt.Sprintf("%s needs a name (write %s NAME { ... })", b.name, b.name)
	case b.titles != nil && !slices.Contains(b.titles, n.title):
		return fmt.Sprintf("%s %q is not %s", b.name, clip(n.title), oneOf(b.titles))
	}
	return ""
}

// option applies one option of a file.
func (l *loader) option(b *block, title string, dst any, n node) {
	pos := Pos{l.name, n.line}
	o := b.option(n.name)
	if o == nil {
		l.errs.add(pos, "%s", unknownOption(b, n.name))
		return
	}
	key := b.full(title, o.name)
	if first, again := l.cfg.set[key]; again {
		l.errs.add(pos, "%s is set twice, first at line %d (remove one)", clip(key), first.Line)
		return
	}
	l.assign(key, o, dst, n.value, pos)
}

// unknownOption is the error for a name that a block does not have.
func unknownOption(b *block, name string) string {
	if b.name == "" && isBlock(name) {
		return fmt.Sprintf("%q is a block, not an option (write %s { ... })", name, name)
	}
	where := ""
	if b.name != "" {
		where = " in " + b.name
	}
	return fmt.Sprintf("unknown option %q%s%s", clip(name), where, hintOption(b, name))
}

// assign sets an option and remembers where.
func (l *loader) assign(key string, o *option, dst any, v value, pos Pos) {
	l.cfg.set[key] = pos
	if err := o.set(dst, v); err != nil {
		l.errs.add(pos, "%s: %v", clip(key), err)
	}
}
