package verifier

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp"
	"mmt/rulecomp/rulefile"
)

// Rules are loaded rules.
type Rules struct {
	*rulefile.Edition
	From    string // the folder or files that they come from
	BuiltIn bool   // there was no folder: these are part of this program
}

// LoadRules loads the rules of files and folders; without any, those of the
// folder that rulecomp.DefaultDir finds; without that, those that are part of this
// program. The registry resolves attributes.
func LoadRules(reg *dpi.Registry, paths []string, log *slog.Logger) (*Rules, error) {
	r := &Rules{From: strings.Join(paths, ", ")}
	texts, err := r.read(paths)
	if err != nil {
		return nil, err
	}
	opener := rulefile.Opener{Properties: rulecomp.Compiler{Registry: reg}, Log: log}
	r.Edition, err = opener.Next(nil, texts)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// read reads the rule files.
func (r *Rules) read(paths []string) ([]rulefile.Text, error) {
	if len(paths) == 0 {
		dir, err := rulecomp.DefaultDir()
		if err != nil {
			r.From, r.BuiltIn = "this program", true
			return rulefile.BuiltIn()
		}
		r.From, paths = dir, []string{dir}
	}
	files, err := ruleFiles(paths)
	if err != nil {
		return nil, err
	}
	return rulefile.ReadFiles(files)
}

// Close unloads the C of all files. No rule may be verified any more.
func (r *Rules) Close() error { return r.Retire(nil) }

// ruleFiles returns files, and the rule files of folders.
func ruleFiles(paths []string) (files []string, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("rules: %w", err)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		inside, err := rulecomp.FindRules(path)
		if err != nil {
			return nil, fmt.Errorf("rules: %w", err)
		}
		if len(inside) == 0 {
			return nil, fmt.Errorf("rules: %s has no rule files (put .xml or .so files there, or name others with --rules)", path)
		}
		files = append(files, inside...)
	}
	return files, nil
}

// Use returns rules without the excluded ones.
func Use(list []*rule.Rule, exclude security.Ranges) (kept []*rule.Rule, err error) {
	for _, r := range list {
		if !exclude.Contains(r.ID) {
			kept = append(kept, r)
		}
	}
	if len(kept) == 0 {
		return nil, errors.New("no rules to verify: -x excludes all of them")
	}
	return kept, nil
}

// attributesOf returns the attributes that rules read, each once.
func attributesOf(list []*rule.Rule) (attributes []rule.Attribute) {
	seen := map[security.Key]bool{}
	for _, r := range list {
		for _, a := range r.Attributes {
			if key := keyOf(&a); !seen[key] {
				seen[key] = true
				attributes = append(attributes, a)
			}
		}
	}
	return attributes
}

func keyOf(a *rule.Attribute) security.Key {
	return security.Key{Protocol: a.Protocol, ID: a.ID, Layer: a.Layer}
}
