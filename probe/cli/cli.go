// Package cli is the command line of mmt-probe: its flags, its exit codes, and
// what it prints for people. It does not know how packets are analysed.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"mmt/config"
	"mmt/dataplane/pcapfile"
	"mmt/probe"
	"mmt/version"
)

// Exit codes.
const (
	exitOK      = 0
	exitError   = 1 // bad options or configuration, or the run could not go on
	exitDamaged = 2 // the trace is cut or damaged; what was before is reported
)

// builtin is the configuration where there is no file: everything that a first
// look at traffic wants, into a folder of the working directory.
var builtin = []string{
	"file-output.enable=true",
	"file-output.output-dir=mmt-reports",
	"file-output.sample-file=false",
	"session-report.enable=true",
	"session-report.http=true",
	"session-report.ssl=true",
	"session-report.rtp=true",
	"session-report.ftp=true",
	"enable-proto-without-session-report=true",
	"enable-ip-fragmentation-report=true",
	"security.enable=true",
}

// flags are the options of the command line.
type flags struct {
	config, trace, device string
	override              []string
	list, version, help   bool
	summary, stats        bool
	set                   *pflag.FlagSet
}

func parse(args []string, stderr io.Writer) (*flags, error) {
	f := &flags{set: pflag.NewFlagSet("mmt-probe", pflag.ContinueOnError)}
	f.set.SetOutput(stderr)
	f.set.SortFlags = false
	f.set.StringVarP(&f.config, "config", "c", "", "configuration `FILE` (default: "+strings.Join(config.SearchPaths, ", ")+")")
	f.set.StringVarP(&f.trace, "trace", "t", "", "analyse the trace `FILE` (pcap, pcapng, .gz; - for standard input)")
	f.set.StringVarP(&f.device, "interface", "i", "", "analyse the traffic of an `INTERFACE`")
	f.set.StringArrayVarP(&f.override, "override", "X", nil, "override an option of the configuration: `NAME=VALUE`; may be given several times")
	f.set.BoolVarP(&f.list, "list-options", "x", false, "list the options that -X can override, then exit")
	f.set.BoolVar(&f.summary, "summary", term.IsTerminal(int(os.Stdout.Fd())), "print a summary at the end (default on a terminal)")
	f.set.BoolVar(&f.stats, "stats", false, "print a line of figures to standard error each stats-period")
	f.set.BoolVarP(&f.version, "version", "v", false, "print the version, then exit")
	f.set.BoolVarP(&f.help, "help", "h", false, "print this help, then exit")
	f.set.Usage = func() {}
	if err := f.set.Parse(args); err != nil {
		return nil, fmt.Errorf("%w (mmt-probe -h lists the options)", err)
	}
	if f.set.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q (did you mean -t %s?)", f.set.Arg(0), f.set.Arg(0))
	}
	if f.trace != "" && f.device != "" {
		return nil, errors.New("-t and -i exclude each other: a trace is read or an interface is watched")
	}
	return f, nil
}

// Main runs the command and returns its exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	f, err := parse(args, stderr)
	if err == nil {
		err = f.run(stdout, stderr)
	}
	return exitCode(err, stderr)
}

// exitCode prints err and returns what it means for the caller.
func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	if told := (logged{}); !errors.As(err, &told) {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintln(stderr, "mmt-probe:", line)
		}
	}
	var damage *pcapfile.DamageError
	if errors.As(err, &damage) {
		return exitDamaged
	}
	return exitError
}

func (f *flags) run(stdout, stderr io.Writer) error {
	switch {
	case f.help:
		fmt.Fprintf(stdout, "Analyses network traffic and reports on it.\n\nUsage: mmt-probe [-c FILE] [-t FILE | -i INTERFACE] [-X NAME=VALUE]...\n\n%s", f.set.FlagUsages())
		fmt.Fprintln(stdout, "\nExit codes: 0 done (also by Ctrl-C or SIGTERM, with all reports written), 1 error, 2 the trace is cut\nor damaged (what was before is reported), 130 or 143 ended at once by a second Ctrl-C or SIGTERM.")
		return nil
	case f.version:
		fmt.Fprintln(stdout, "mmt-probe", version.String())
		return nil
	case f.list:
		return config.PrintOverridable(stdout)
	}
	c, err := f.load(stderr)
	if err != nil {
		return err
	}
	return f.probe(c, stdout, stderr)
}

// load reads the configuration; where there is none and a trace or an interface
// is given, the built-in one serves.
func (f *flags) load(stderr io.Writer) (*config.Config, error) {
	path, err := config.Find(f.config)
	var overrides []string
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) && f.config == "" && f.trace+f.device != "":
		fmt.Fprintln(stderr, "mmt-probe: no configuration file found: using built-in defaults, reports go to ./mmt-reports")
		overrides = builtin
		if err := os.MkdirAll("mmt-reports", 0o755); err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	if f.trace != "" {
		overrides = append(overrides, "input.mode=OFFLINE", "input.source="+f.trace)
	}
	if f.device != "" {
		overrides = append(overrides, "input.mode=ONLINE", "input.source="+f.device)
	}
	return config.Load(path, append(overrides, f.override...))
}

// probe runs the probe until its source ends or somebody interrupts it.
func (f *flags) probe(c *config.Config, stdout, stderr io.Writer) error {
	log, closeLog, err := openLog(c, stderr)
	if err != nil {
		return err
	}
	defer closeLog()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	run := &probe.Run{Config: c, Log: log.Logger, LogCount: log.Counts, Stdout: stdout}
	switch {
	case f.stats:
		run.Stats = stderr
	case term.IsTerminal(int(os.Stderr.Fd())):
		run.Progress = stderr
	}
	defer onHangup(func() {
		log.Reopen()
		if c.Security.Enable {
			run.ReloadRules(ctx)
		}
	})()
	result, err := run.Do(ctx)
	if result != nil && f.summary {
		result.Summary(stdout)
	}
	return logEnd(log, err)
}

// onHangup calls a function at each SIGHUP until the function that it returns is
// called.
func onHangup(do func()) (stop func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-hangups:
				do()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(done)
	}
}
