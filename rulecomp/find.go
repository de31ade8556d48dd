package rulecomp

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mmt/analyzer/security/rule"
)

// The folders of rules (manual section 4.5): the first that exists is used.
const (
	localDir  = "./rules"
	systemDir = "/opt/mmt/security/rules"
)

// DefaultDir returns the folder that rules are taken from: ./rules if it
// exists, else /opt/mmt/security/rules.
func DefaultDir() (string, error) {
	for _, dir := range []string{localDir, systemDir} {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no folder of rules: neither %s nor %s exists", localDir, systemDir)
}

// FindRules returns the paths of the rule files (.xml and .so) of a folder,
// sorted by the number that their names start with, then by name.
func FindRules(dir string) (paths []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		if !e.IsDir() && (ext == ".xml" || ext == ".so") {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	slices.SortFunc(paths, func(a, b string) int {
		return cmp.Or(cmp.Compare(leadingNumber(a), leadingNumber(b)), cmp.Compare(a, b))
	})
	return paths, nil
}

// leadingNumber returns the number that a file's name starts with; names
// without one come last.
func leadingNumber(path string) uint64 {
	name := filepath.Base(path)
	digits := name[:len(name)-len(strings.TrimLeft(name, "0123456789"))]
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 1<<64 - 1
	}
	return n
}

// Join returns the rules of all files sorted by id. Two rules of one id are an
// error that names both places.
func Join(files []*File) ([]*rule.Rule, error) {
	var all []*rule.Rule
	for _, f := range files {
		all = append(all, f.Rules...)
	}
	slices.SortStableFunc(all, func(a, b *rule.Rule) int { return cmp.Compare(a.ID, b.ID) })
	for i := range max(len(all)-1, 0) {
		if a, b := all[i], all[i+1]; a.ID == b.ID {
			return nil, fmt.Errorf("%s: rule %d is there twice, first in %s (give one of them another property_id)", b.Source, b.ID, a.Source)
		}
	}
	return all, nil
}
