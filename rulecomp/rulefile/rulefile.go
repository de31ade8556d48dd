// Package rulefile opens rule files of both kinds, property files in XML and
// compiled ones (.so), and gives their rules ready to run. It knows where rules
// come from, not how they are verified.
package rulefile

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"

	"mmt/analyzer/security/rule"
	"mmt/rulecomp"
	"mmt/rulecomp/embedded"
	"mmt/rulecomp/sofile"
)

// Opener opens rule files.
type Opener struct {
	Properties rulecomp.Compiler // of XML; its registry and functions serve .so files, too
	C          embedded.Compiler // of the C in XML
	Log        *slog.Logger      // nil: the default logger
}

// File is a rule file that was read. Its C was neither compiled nor loaded.
type File struct {
	Path     string
	Compiled string // version that compiled it, empty: XML
	HasCode  bool   // there is embedded C
	Rules    []*rule.Rule
}

// isCompiled tells from its name whether a file is a compiled one.
func isCompiled(path string) bool { return strings.EqualFold(filepath.Ext(path), ".so") }

func (o *Opener) environment() rule.Environment {
	return rule.Environment{Registry: o.Properties.Registry, Function: o.Properties.Function}
}

// Read reads a file. Its embedded functions cannot be called.
func (o *Opener) Read(path string) (*File, error) {
	if !isCompiled(path) {
		file, err := o.Properties.ParseFile(path)
		if err != nil {
			return nil, err
		}
		source := embedded.Source(*file)
		return &File{Path: path, HasCode: source.NeedsC(), Rules: file.Rules}, nil
	}
	contents, err := sofile.Open(path)
	if err != nil {
		return nil, err
	}
	set, err := rule.ParseText(contents.Text, o.environment())
	if err != nil {
		return nil, errors.New(path + ": properties: " + err.Error())
	}
	return &File{Path: path, Compiled: embedded.CompiledBy(contents.Text), HasCode: contents.HasCode, Rules: set.Rules}, nil
}

// Load opens a file, loads its C and binds its functions.
func (o *Opener) Load(path string) (*embedded.Module, error) {
	if isCompiled(path) {
		return embedded.Open(path, o.environment(), o.Log)
	}
	file, err := o.Properties.ParseFile(path)
	if err != nil {
		return nil, err
	}
	source := embedded.Source(*file)
	return o.C.Load(&source, o.Log)
}

// Set is the rules of many files, ready to run.
type Set struct {
	Rules   []*rule.Rule // by id
	modules []*embedded.Module
}

// LoadAll loads files. The error joins those of all files, and rules of one id;
// nothing is loaded then.
func (o *Opener) LoadAll(paths []string) (*Set, error) {
	set := &Set{}
	var errs []error
	var files []*rulecomp.File
	for _, path := range paths {
		m, err := o.Load(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		set.modules = append(set.modules, m)
		files = append(files, &rulecomp.File{Path: path, Rules: m.Rules})
	}
	rules, err := rulecomp.Join(files)
	if err = errors.Join(append(errs, err)...); err != nil {
		return nil, errors.Join(err, set.Close())
	}
	set.Rules = rules
	return set, nil
}

// Close unloads the C of all files. No rule may be verified any more.
func (s *Set) Close() error {
	var errs []error
	for _, m := range s.modules {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}
