package embedded

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"mmt/rulecomp/sofile"
)

// Compiler runs the C compiler.
type Compiler struct {
	// CC is the command of the compiler, with options if any. Empty: that of the
	// environment variable CC, else cc.
	CC string
	// Options go to the compiler unchanged, after the source file, before those
	// that the C code asks for (#pragma mmt), those of pkg-config and LDFLAGS.
	Options []string
}

// ErrNoCompiler says that there is no C compiler.
var ErrNoCompiler = errors.New("no C compiler")

// command returns the compiler and its own options.
func (c *Compiler) command() ([]string, error) {
	words := strings.Fields(c.CC)
	if len(words) == 0 {
		words = strings.Fields(os.Getenv("CC"))
	}
	if len(words) == 0 {
		words = []string{"cc"}
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return words, fmt.Errorf("%w: %s is not there (install one: apt-get install gcc libc6-dev; or set CC; or compile the rule file on another machine with compile_rule)", ErrNoCompiler, words[0])
	}
	return words, nil
}

// Command returns the command that makes the shared object out of a C source
// that Generate made of s. The error says if the compiler is not there; the
// command is returned all the same.
func (c *Compiler) Command(s *Source, source, out string) ([]string, error) {
	include, err := IncludeDir()
	if err != nil {
		return nil, err
	}
	words, missing := c.command()
	cflags, libs := pkgConfig(s.Code)
	for _, part := range [][]string{
		{"-shared", "-fPIC", "-O2", "-g", "-std=gnu11", "-Wall", "-Wno-unknown-pragmas", "-Wno-unused-function",
			"-fno-strict-aliasing", "-fvisibility=hidden", "-pthread", "-I" + include},
		strings.Fields(os.Getenv("CFLAGS")), cflags, {"-o", out, source}, c.Options, pragmaOptions(s.Code), libs,
		strings.Fields(os.Getenv("LDFLAGS")), {"-lm", "-Wl,-z,defs"},
	} {
		words = append(words, part...)
	}
	return words, missing
}

// pkgConfig returns the compiler and linker options of the libraries whose
// headers C code includes, as far as pkg-config knows them by the folder or name
// of the header: for "hiredis/hiredis.h" those of hiredis.
func pkgConfig(code string) (cflags, libs []string) {
	tool, err := exec.LookPath("pkg-config")
	if err != nil {
		return nil, nil
	}
	for _, name := range includedNames(code) {
		if out, err := exec.Command(tool, "--cflags", name).Output(); err == nil {
			cflags = append(cflags, strings.Fields(string(out))...)
		}
		if out, err := exec.Command(tool, "--libs", name).Output(); err == nil {
			libs = append(libs, strings.Fields(string(out))...)
		}
	}
	return cflags, libs
}

// Build writes the compiled rule file. warnings is what the compiler remarked.
// A file without embedded C needs no compiler.
func (c *Compiler) Build(s *Source, out string) (warnings string, err error) {
	if !s.NeedsC() && len(c.Options) == 0 {
		return "", sofile.Write(out, s.Text())
	}
	source, err := s.Generate()
	if err != nil {
		return "", err
	}
	return c.build(s, source, out)
}

// build compiles a C source, in a folder of its own, and moves the result.
func (c *Compiler) build(s *Source, source []byte, out string) (warnings string, err error) {
	dir, err := os.MkdirTemp(filepath.Dir(out), ".compile_rule-*")
	if err != nil {
		return "", fmt.Errorf("%s cannot be written: %w", out, err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, strings.TrimSuffix(filepath.Base(s.Path), filepath.Ext(s.Path))+".c")
	if err := os.WriteFile(name, source, 0o600); err != nil {
		return "", err
	}
	object := filepath.Join(dir, "rules.so")
	words, err := c.Command(s, name, object)
	if err != nil {
		return "", fmt.Errorf("%s has embedded C: %w", s.Path, err)
	}
	var output bytes.Buffer
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return "", &CompileError{Path: s.Path, Command: words, Output: output.String(), Err: err}
	}
	return output.String(), os.Rename(object, out)
}

// CompileError is what the C compiler said of embedded C.
type CompileError struct {
	Path    string // of the property file
	Command []string
	Output  string // of the compiler, with lines of the property file
	Err     error
}

// Error returns the messages of the compiler and what to do.
func (e *CompileError) Error() string {
	mend := "mend the C code between <embedded_functions> and </embedded_functions>"
	if strings.Contains(e.Output, "undefined reference") {
		mend = "name the library: as an option, in LDFLAGS, or in the C code with `#pragma mmt -lNAME`"
	} else if strings.Contains(e.Output, "No such file") {
		mend = "install the library's headers, or name their folder with -IFOLDER, as an option or in CFLAGS"
	}
	return fmt.Sprintf("%s: its embedded C does not compile: %v (%s)\n%s", e.Path, e.Err, mend, strings.TrimRight(e.Output, "\n"))
}

// Unwrap returns how the compiler ended.
func (e *CompileError) Unwrap() error { return e.Err }

// Cached returns a compiled rule file of s in the user's cache folder, made
// now unless it is there from before.
func (c *Compiler) Cached(s *Source) (path, warnings string, err error) {
	source, err := s.Generate()
	if err != nil {
		return "", "", err
	}
	base, err := cacheDir()
	if err != nil {
		return "", "", err
	}
	words, _ := c.Command(s, "", "")
	_, headerHash := headers()
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %s %s", words, headerHash, source)
	path = filepath.Join(base, "rules-"+hex.EncodeToString(hash.Sum(nil)[:16])+".so")
	if _, err := os.Stat(path); err == nil {
		return path, "", nil
	}
	warnings, err = c.build(s, source, path)
	return path, warnings, err
}
