// Command mmt-gen writes a trace of generated traffic: realistic conversations
// of many protocols, the same for the same seed.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"mmt/bench/traffic"
	"mmt/version"
)

// Exit codes.
const (
	exitOK    = 0
	exitWrite = 1 // the trace could not be written
	exitUsage = 2 // the command line is wrong
)

const usage = `Writes a pcap trace of generated traffic. The same seed gives the same trace.

Usage:
  mmt-gen [--seed N] [--scale N] [--scenario NAME,...] [-o FILE]
  mmt-gen --mixed FLOWS [--seed N] [-o FILE]
  mmt-gen --list

`

const exits = `
Exit codes: 0 done, 1 the trace could not be written, 2 wrong command line.
`

// errUsage is what all errors of the command line are.
var errUsage = errors.New("mmt-gen --help lists the options")

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	err := command(args, stdout, stderr)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "mmt-gen:", err)
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitWrite
}

// options are the flags.
type options struct {
	seed                int64
	scale, mixed        int
	scenarios           []string
	output              string
	list, help, version bool
	set                 *pflag.FlagSet
}

func newOptions() *options {
	o := &options{set: pflag.NewFlagSet("mmt-gen", pflag.ContinueOnError)}
	o.set.SetOutput(io.Discard)
	o.set.SortFlags = false
	o.set.Int64Var(&o.seed, "seed", 1, "`N`, from which all that is random in the trace follows")
	o.set.IntVar(&o.scale, "scale", 1, "repeat every scenario `N` times, with other hosts and values")
	o.set.StringSliceVar(&o.scenarios, "scenario", nil, "`NAMES` of the scenarios, separated by commas (default all)")
	o.set.IntVar(&o.mixed, "mixed", 0, "instead of scenarios: a mix of that many `FLOWS` like on an Internet link")
	o.set.StringVarP(&o.output, "output", "o", "trace.pcap", "`FILE` to write, replaced where it exists; - for standard output")
	o.set.BoolVar(&o.list, "list", false, "list the scenarios, then exit")
	o.set.BoolVarP(&o.help, "help", "h", false, "print this help, then exit")
	o.set.BoolVarP(&o.version, "version", "v", false, "print the version, then exit")
	return o
}

func command(args []string, stdout, stderr io.Writer) error {
	o := newOptions()
	if err := o.set.Parse(args); err != nil {
		return fmt.Errorf("%w (%w)", err, errUsage)
	}
	switch {
	case o.help:
		fmt.Fprint(stdout, usage, o.set.FlagUsages(), exits)
		return nil
	case o.version:
		fmt.Fprintln(stdout, "mmt-gen", version.String())
		return nil
	case o.list:
		return list(stdout)
	}
	if err := o.check(); err != nil {
		return fmt.Errorf("%w (%w)", err, errUsage)
	}
	return o.write(o.generate(), stdout, stderr)
}

// check finds what the flags' types do not exclude.
func (o *options) check() error {
	given := o.set.Changed
	switch {
	case o.set.NArg() > 0:
		return fmt.Errorf("unexpected argument %q: name scenarios with --scenario, the trace with -o", o.set.Arg(0))
	case o.scale < 1:
		return fmt.Errorf("--scale is %d, must be at least 1", o.scale)
	case given("mixed") && o.mixed < 1:
		return fmt.Errorf("--mixed is %d, must be at least 1", o.mixed)
	case given("mixed") && (given("scenario") || given("scale")):
		return errors.New("--mixed goes with neither --scenario nor --scale")
	}
	if err := traffic.Check(o.scenarios); err != nil {
		return fmt.Errorf("--scenario: %w", err)
	}
	return nil
}

func (o *options) generate() []traffic.Packet {
	if o.mixed > 0 {
		return traffic.Mixed(o.seed, o.mixed)
	}
	return traffic.Generate(o.seed, o.scenarios, o.scale)
}

// write writes the trace and says what is in it, aside from the trace.
func (o *options) write(packets []traffic.Packet, stdout, stderr io.Writer) error {
	if o.output == "-" {
		return traffic.WritePcap(stdout, packets)
	}
	file, err := os.Create(o.output)
	if err != nil {
		return err
	}
	if err := errors.Join(traffic.WritePcap(file, packets), file.Close()); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%s: %d packets, %d bytes\n", o.output, len(packets), volume(packets))
	return nil
}

// volume is the sum of the packets' lengths.
func volume(packets []traffic.Packet) int {
	n := 0
	for _, p := range packets {
		n += len(p.Data)
	}
	return n
}

func list(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range traffic.Scenarios() {
		fmt.Fprintf(table, "%s\t%s\n", s.Name, s.Help)
	}
	return table.Flush()
}
