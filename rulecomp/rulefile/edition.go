package rulefile

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"mmt/analyzer/security/rule"
	"mmt/configs/rules"
	"mmt/rulecomp"
	"mmt/rulecomp/embedded"
)

// Text is a rule file and its content.
type Text struct {
	Path    string
	Content []byte
}

// ReadFiles reads rule files. The error joins those of all that cannot be read.
func ReadFiles(paths []string) ([]Text, error) {
	var texts []Text
	var errs []error
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		texts = append(texts, Text{path, content})
	}
	return texts, errors.Join(errs...)
}

// ReadFolder reads the rule files of a folder.
func ReadFolder(dir string) ([]Text, error) {
	paths, err := rulecomp.FindRules(dir)
	if err != nil {
		return nil, err
	}
	return ReadFiles(paths)
}

// BuiltIn returns the rule files that are part of the program.
func BuiltIn() ([]Text, error) {
	entries, err := rules.Files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var texts []Text
	for _, e := range entries {
		content, err := rules.Files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		texts = append(texts, Text{filepath.Join("built-in", e.Name()), content})
	}
	return texts, nil
}

// Edition is the rules of a list of files at one moment, ready to run.
type Edition struct {
	Rules []*rule.Rule // by id
	files map[string]*loaded
}

// loaded is a file of an edition.
type loaded struct {
	sum    [sha256.Size]byte // of its content
	module *embedded.Module
}

// Next makes the edition that follows another, nil for the first: what has not
// changed is taken over from it, with its loaded C and the same rules. The error
// joins those of all files, and rules of one id; nothing has changed then.
func (o *Opener) Next(before *Edition, texts []Text) (*Edition, error) {
	next := &Edition{files: map[string]*loaded{}}
	var errs []error
	var files []*rulecomp.File
	for _, text := range texts {
		l, err := o.take(before, text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		next.files[text.Path] = l
		files = append(files, &rulecomp.File{Path: text.Path, Rules: l.module.Rules})
	}
	list, err := rulecomp.Join(files)
	if err = errors.Join(append(errs, err)...); err != nil {
		return nil, errors.Join(err, next.Retire(before))
	}
	next.Rules = list
	return next, nil
}

// take loads a file, if the edition before does not have the same.
func (o *Opener) take(before *Edition, text Text) (*loaded, error) {
	sum := sha256.Sum256(text.Content)
	if before != nil {
		if l := before.files[text.Path]; l != nil && l.sum == sum {
			return l, nil
		}
	}
	m, err := o.loadText(text)
	if err != nil {
		return nil, err
	}
	return &loaded{sum, m}, nil
}

// loadText opens a file, loads its C and binds its functions.
func (o *Opener) loadText(text Text) (*embedded.Module, error) {
	if isCompiled(text.Path) {
		return embedded.Open(text.Path, o.environment(), o.Log)
	}
	file, err := o.Properties.Parse(text.Path, text.Content)
	if err != nil {
		return nil, err
	}
	source := embedded.Source(*file)
	return o.C.Load(&source, o.Log)
}

// Retire unloads the C of the files that another edition, nil for none, does not
// have. Rules of those files must not be verified any more.
func (e *Edition) Retire(other *Edition) error {
	var errs []error
	for _, path := range slices.Sorted(maps.Keys(e.files)) {
		if other == nil || other.files[path] != e.files[path] {
			errs = append(errs, e.files[path].module.Close())
		}
	}
	return errors.Join(errs...)
}

// Crashed is an embedded function that crashed and is called no more.
type Crashed struct{ File, Function string }

// Crashed returns the functions that have crashed so far.
func (e *Edition) Crashed() (list []Crashed) {
	for path, l := range e.files {
		for _, name := range l.module.Disabled() {
			list = append(list, Crashed{path, name})
		}
	}
	slices.SortFunc(list, func(a, b Crashed) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Function, b.Function))
	})
	return list
}

// String returns what a list of crashed functions tells people.
func (c Crashed) String() string { return fmt.Sprintf("#%s of %s", c.Function, c.File) }
