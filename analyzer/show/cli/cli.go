// Package cli is the command line of mmt-dpi: its sub-commands, flags and exit
// codes.
package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"mmt/analyzer/show"
	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
	"mmt/version"
)

// Exit codes.
const (
	exitOK      = 0
	exitError   = 1
	exitDamaged = 2 // the trace is cut or damaged; what was before is shown
)

const usage = `Shows what the dissection library sees.

Usage:
  mmt-dpi attributes            all protocols and their attributes
  mmt-dpi extract TRACE         every attribute of every packet
  mmt-dpi flows [--json] TRACE  one line per flow

TRACE is a pcap or pcapng file, compressed or not, or - for standard input.

`

// Main runs the command and returns its exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	err := run(args, stdout)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "mmt-dpi:", err)
	var damage *pcapfile.DamageError
	if errors.As(err, &damage) {
		return exitDamaged
	}
	return exitError
}

func run(args []string, stdout io.Writer) error {
	set := pflag.NewFlagSet("mmt-dpi", pflag.ContinueOnError)
	set.SetOutput(io.Discard)
	asJSON := set.Bool("json", false, "print flows as JSON objects")
	filter := set.StringP("filter", "f", "", "only packets that match this BPF `EXPRESSION`")
	help := set.BoolP("help", "h", false, "print this help, then exit")
	wantVersion := set.BoolP("version", "v", false, "print the version, then exit")
	if err := set.Parse(args); err != nil {
		return fmt.Errorf("%w (mmt-dpi --help lists the options)", err)
	}
	switch {
	case *help:
		fmt.Fprint(stdout, usage, set.FlagUsages())
		return nil
	case *wantVersion:
		fmt.Fprintln(stdout, "mmt-dpi", version.String())
		return nil
	}
	return dispatch(set.Args(), *asJSON, *filter, stdout)
}

// dispatch runs a sub-command.
func dispatch(args []string, asJSON bool, filter string, stdout io.Writer) error {
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	switch {
	case command == "attributes" && len(args) == 1:
		return show.Attributes(stdout)
	case command == "extract" && len(args) == 2:
		return withTrace(args[1], filter, func(src dataplane.Source) error { return show.Extract(stdout, src) })
	case command == "flows" && len(args) == 2:
		return withTrace(args[1], filter, func(src dataplane.Source) error { return show.Flows(stdout, src, asJSON) })
	case command == "extract" || command == "flows":
		return fmt.Errorf("%s takes one trace, not %d (mmt-dpi --help)", command, len(args)-1)
	}
	return fmt.Errorf("unknown command %q: use attributes, extract or flows (mmt-dpi --help)", command)
}

// withTrace opens a trace for f.
func withTrace(path, filter string, f func(dataplane.Source) error) error {
	src, err := pcapfile.Open(path, pcapfile.Options{Filter: filter})
	if err != nil {
		return err
	}
	return errors.Join(f(src), src.Close())
}
