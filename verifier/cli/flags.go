package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/config"
	"mmt/configs/rules"
	"mmt/dataplane/pcapfile"
	"mmt/logs"
	"mmt/report"
	rulecli "mmt/rulecomp/cli"
	"mmt/verifier"
	"mmt/version"
)

// Exit codes.
const (
	exitOK      = 0
	exitError   = 1 // bad options, rules or settings, or the run could not go on
	exitDamaged = 2 // the trace is cut or damaged; what was before is verified
)

// common are the flags that both commands have.
type common struct {
	name                string
	set                 *pflag.FlagSet
	stdout, stderr      io.Writer
	log                 *logs.Log
	cores               string
	mask, exclude       string
	file, redis, topic  string
	threads             int
	list, verbose       bool
	help, version, json bool
	config              string
	rules               []string

	coreList []int
	options  security.Options
	settings verifier.Settings
}

// newCommon makes the flags.
func newCommon(name string, stdout, stderr io.Writer) *common {
	c := &common{name: name, stdout: stdout, stderr: stderr, set: pflag.NewFlagSet(name, pflag.ContinueOnError)}
	c.set.SetOutput(stderr)
	c.set.SortFlags = false
	c.set.Usage = func() {}
	return c
}

// addFlags adds the flags that both commands have after their own.
func (c *common) addFlags() {
	s := c.set
	s.StringArrayVar(&c.rules, "rules", nil, "`FILE` or folder of rules (.xml, .so); may be given several times (default: ./rules, else /opt/mmt/security/rules, else those that are part of this program)")
	s.StringVarP(&c.exclude, "exclude", "x", "", "do not verify these `RULES`: 1,3-5")
	s.IntVarP(&c.threads, "threads", "n", 0, "verify on `N` threads of their own (0: on the one that reads)")
	s.StringVarP(&c.mask, "mask", "m", "", "which thread verifies which rules, `MASK`: (1:1,4-6)(2:3)")
	s.StringVarP(&c.cores, "cores", "c", "", "run on these `CORES` only: 0,2-3")
	s.StringVarP(&c.file, "file", "f", "", "verdicts go to the folder `PATH`, or to a file if its name has an extension; PATH:N begins a new file in the folder each N seconds")
	s.StringVarP(&c.redis, "redis", "r", "", "verdicts are published by the redis server at `HOST:PORT`")
	s.StringVar(&c.topic, "redis-channel", verifier.DefaultRedisChannel, "`NAME` of the channel that they are published to")
	s.BoolVar(&c.json, "json", false, "verdicts are JSON instead of CSV")
	s.StringVar(&c.config, "config", "", "`FILE` of settings (default: "+verifier.SettingsFile+", if it exists)")
	s.BoolVarP(&c.list, "list", "l", false, "list the rules, then exit")
	s.BoolVarP(&c.verbose, "verbose", "v", false, "verdicts to standard output even with -f or -r, and more figures at the end")
	s.BoolVar(&c.version, "version", false, "print the version, then exit")
	s.BoolVarP(&c.help, "help", "h", false, "print this help, then exit")
}

// parse reads the arguments. Where help, the version or the list of rules was
// wanted, it is printed and done is true.
func (c *common) parse(args []string, usage string) (done bool, err error) {
	if err := c.set.Parse(args); err != nil {
		return false, fmt.Errorf("%w (%s -h lists the options)", err, c.name)
	}
	if c.set.NArg() > 0 {
		return false, fmt.Errorf("unexpected argument %q (%s -h lists the options)", c.set.Arg(0), c.name)
	}
	switch {
	case c.help:
		fmt.Fprintf(c.stdout, "%s\n\n%s", usage, c.set.FlagUsages())
		return true, nil
	case c.version:
		fmt.Fprintln(c.stdout, c.name, version.String())
		return true, nil
	case c.list:
		return true, c.listRules()
	}
	if err := c.openLog(); err != nil {
		return false, err
	}
	return false, c.check()
}

// openLog opens the execution log: the journal, where the command is a service,
// else standard error.
func (c *common) openLog() (err error) {
	c.log, err = logs.Open(logs.Options{Name: c.name, Errors: c.stderr, Level: logs.Informative})
	return err
}

// check reads what flags say in languages of their own.
func (c *common) check() (err error) {
	if c.coreList, err = parseCores(c.cores); err != nil {
		return fmt.Errorf("-c: %w", err)
	}
	exclude, err := config.ParseRuleSet(c.exclude)
	if err != nil {
		return fmt.Errorf("-x: %w", err)
	}
	mask, err := config.ParseRulesMask(c.mask)
	if err != nil {
		return fmt.Errorf("-m: %w", err)
	}
	if c.threads < 0 || c.threads > maxThreads {
		return fmt.Errorf("-n: %d threads cannot be had (use 0 to %d)", c.threads, maxThreads)
	}
	for _, t := range mask {
		if t.Thread > c.threads {
			return fmt.Errorf("-m: thread %d will not exist (raise -n to %d, it is %d)", t.Thread, t.Thread, c.threads)
		}
	}
	c.options = engineOptions(c.threads, mask, exclude)
	return c.loadSettings()
}

// maxThreads is the largest number of threads.
const maxThreads = 256

func engineOptions(threads int, mask config.RulesMask, exclude config.RuleSet) security.Options {
	o := security.Options{Threads: threads, Exclude: ranges(exclude), Mask: map[int]security.Ranges{}}
	for _, t := range mask {
		o.Mask[t.Thread] = ranges(t.Rules)
	}
	return o
}

func ranges(set config.RuleSet) (list security.Ranges) {
	for _, r := range set {
		list = append(list, security.Range(r))
	}
	return list
}

// loadSettings reads the file of settings.
func (c *common) loadSettings() error {
	s, warnings, err := verifier.LoadSettings(c.config)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		c.log.Warn(w)
	}
	c.settings = s
	c.options.MaxInstances, c.options.MaxMessage, c.options.RingSize = s.MaxInstances, s.MaxMessage, s.RingSize
	return nil
}

// fail ends the log, prints an error and returns the exit code that it stands for.
func (c *common) fail(err error) int {
	c.tell(err)
	var damage *pcapfile.DamageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &damage):
		return exitDamaged
	}
	return exitError
}

// tell writes an error to the journal, else to standard error.
func (c *common) tell(err error) {
	inJournal := c.log != nil && c.log.InJournal()
	if err != nil && inJournal {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			c.log.Error(line)
		}
	}
	if c.log != nil {
		err = errors.Join(err, c.log.Close())
	}
	if err != nil && !inJournal {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintf(c.stderr, "%s: %s\n", c.name, line)
		}
	}
}

// listRules shows the rules as rule_info does.
func (c *common) listRules() error {
	paths := c.rules
	if len(paths) == 0 && !haveRules() {
		dir, err := os.MkdirTemp("", c.name)
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := os.CopyFS(dir, rules.Files); err != nil {
			return err
		}
		paths = []string{dir}
	}
	if code := rulecli.Info(paths, c.stdout, c.stderr); code != 0 {
		return errors.New("not all rules could be listed")
	}
	return nil
}

// loadRules loads the rules that are to be verified.
func (c *common) loadRules(reg *dpi.Registry) (*verifier.Rules, []*rule.Rule, error) {
	all, err := verifier.LoadRules(reg, c.rules, c.log.Logger)
	if err != nil {
		return nil, nil, err
	}
	if all.BuiltIn {
		c.log.Info(fmt.Sprintf("neither ./rules nor /opt/mmt/security/rules is there: the %d rules of this program are used (--rules names others)", len(all.Rules)))
	}
	kept, err := verifier.Use(all.Rules, c.options.Exclude)
	if err != nil {
		return nil, nil, errors.Join(err, all.Close())
	}
	return all, kept, nil
}

// openVerdicts opens the channels that verdicts go to. close writes what waits
// and closes them.
func (c *common) openVerdicts(probeID uint32, source string, durable bool) (v *verifier.Verdicts, closeAll func() error, err error) {
	format := report.CSV
	if c.json {
		format = report.JSON
	}
	d := verifier.Destination{
		File: c.file, Redis: c.redis, RedisChannel: c.topic, Both: c.verbose, Stdout: c.stdout, Durable: durable, OnError: c.channelState, Log: c.log.Logger,
	}
	w, done, err := d.Open()
	if err != nil {
		return nil, nil, err
	}
	v = verifier.NewVerdicts(report.NewEncoder(format, probeID, source), w, c.settings.IgnoreDescription)
	return v, func() error { err := v.Close(); done(); return err }, nil
}

func (c *common) channelState(channel string, err error) {
	if err != nil {
		c.log.Error(fmt.Sprintf("channel %s does not take verdicts, they wait: %v", channel, err))
		return
	}
	c.log.Info(fmt.Sprintf("channel %s takes verdicts again", channel))
}
