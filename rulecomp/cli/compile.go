// Package cli is the command lines of compile_rule and rule_info (manual section
// 4.5): arguments, output and exit codes. It knows nothing of rules itself.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mmt/analyzer/proto"
	"mmt/rulecomp"
	"mmt/rulecomp/embedded"
	"mmt/version"
)

// Exit codes.
const (
	exitOK    = 0
	exitError = 1 // something is wrong with a file
	exitUsage = 2 // something is wrong with the command line
)

const compileUsage = `Compiles security properties.

Usage:
  compile_rule OUT FILE.xml [-c] [OPTION ...]
  compile_rule --help | --version

OUT       Where the result goes. NAME.so is a shared object that holds the
          properties and their embedded C, which the probe loads without the XML
          and without a compiler. NAME.c is its C source, as with -c.
FILE.xml  The properties.
-c        Writes the C source (NAME.c for NAME.so) and prints the command that
          compiles it. The properties in it are text, one line each, and may be
          edited as the rest.
OPTION    Goes to the C compiler unchanged. Several in one argument are taken
          apart where a blank and a dash follow each other, as in
          "-I/home/tata/include -lmath".

Properties without embedded C need no C compiler. Others are compiled by cc, or
by the command in CC. These options come in this order: CFLAGS, OPTION ...,
those that the code names itself (#pragma mmt -lNAME), those that pkg-config knows
for the folders of the included headers, LDFLAGS, -lm. Its messages name the lines
of FILE.xml.

Exit code: 0 done; 1 an error in FILE.xml or OUT cannot be written; 2 an error in
the arguments.

Examples:
  compile_rule /opt/mmt/security/rules/arp.so arp.xml
  compile_rule rules/nfs.so nfs.xml -lhiredis
  compile_rule nfs.c nfs.xml -c
`

// errUsage marks errors of the command line.
var errUsage = errors.New("compile_rule --help tells how to call it")

// Compile runs compile_rule and returns its exit code.
func Compile(args []string, stdout, stderr io.Writer) int {
	err := compile(args, stdout, stderr)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "compile_rule:", err)
		return exitUsage
	}
	fmt.Fprintln(stderr, "compile_rule:", err)
	return exitError
}

// compileJob is what a command line of compile_rule asks for.
type compileJob struct {
	out, file string
	sourceToo bool // -c: only the C source
	options   []string
}

func compile(args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "-h", "--help":
			_, err := io.WriteString(stdout, compileUsage)
			return err
		case "-v", "--version":
			_, err := fmt.Fprintln(stdout, "compile_rule", version.String())
			return err
		}
	}
	job, err := parseJob(args)
	if err != nil {
		return err
	}
	source, err := job.read()
	if err != nil {
		return err
	}
	compiler := embedded.Compiler{Options: job.options}
	if job.sourceToo {
		return job.writeSource(&compiler, source, stdout, stderr)
	}
	warnings, err := compiler.Build(source, job.out)
	io.WriteString(stderr, warnings)
	return err
}

// parseJob reads the arguments of compile_rule.
func parseJob(args []string) (*compileJob, error) {
	if len(args) < 2 || strings.HasPrefix(args[0], "-") || strings.HasPrefix(args[1], "-") {
		return nil, fmt.Errorf("the output file and the property file are needed (%w)", errUsage)
	}
	job := &compileJob{out: args[0], file: args[1]}
	for _, arg := range args[2:] {
		if arg == "-c" {
			job.sourceToo = true
			continue
		}
		job.options = append(job.options, takeApart(arg)...)
	}
	switch ext := filepath.Ext(job.out); {
	case ext == ".c":
		job.sourceToo = true
		job.out = strings.TrimSuffix(job.out, ".c") + ".so"
	case ext != ".so":
		return nil, fmt.Errorf("%s: the output file must end in .so or .c (%w)", job.out, errUsage)
	}
	return job, nil
}

// takeApart splits an argument that holds several options.
func takeApart(arg string) []string {
	if !strings.HasPrefix(arg, "-") {
		return []string{arg}
	}
	parts := strings.Split(arg, " -")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
		if i > 0 {
			parts[i] = "-" + parts[i]
		}
	}
	return parts
}

// read reads and checks the property file.
func (j *compileJob) read() (*embedded.Source, error) {
	registry, err := proto.NewRegistry()
	if err != nil {
		return nil, err
	}
	c := rulecomp.Compiler{Registry: registry}
	file, err := c.ParseFile(j.file)
	if err != nil {
		return nil, err
	}
	source := embedded.Source(*file)
	return &source, nil
}

// writeSource writes the C source and tells how to compile it.
func (j *compileJob) writeSource(c *embedded.Compiler, s *embedded.Source, stdout, stderr io.Writer) error {
	text, err := s.Generate()
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(j.out, ".so") + ".c"
	if err := os.WriteFile(name, text, 0o644); err != nil {
		return fmt.Errorf("%s cannot be written: %w", name, err)
	}
	command, err := c.Command(s, name, j.out)
	if errors.Is(err, embedded.ErrNoCompiler) {
		fmt.Fprintln(stderr, "compile_rule:", err)
	} else if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s is written. To compile it:\n%s\n", name, shellCommand(command))
	return err
}

// shellCommand joins the words of a command for a shell.
func shellCommand(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`&|;<>()*?[]{}#~!") {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
