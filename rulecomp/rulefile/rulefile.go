// Package rulefile opens rule files of both kinds, property files in XML and
// compiled ones (.so), and gives their rules ready to run, edition after edition of
// files that change. It knows where rules come from, not how they are verified.
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
