package cli

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"mmt/config"
	"mmt/logs"
)

// severities are the severities of syslog up to which the loglevels write: with 2,
// which configurations have always had, the log tells what the probe does.
var severities = [...]int{3, 4, 6, 6, 6, 6, 6, logs.MaxLevel}

// openLog opens the execution log: the file of option logfile, else the journal
// or the system's log as mmt-probe (manual section 3.1), else standard error, as
// on a terminal. Until done is called, it is that of all who have no other.
func openLog(c *config.Config, stderr io.Writer) (log *logs.Log, done func(), err error) {
	log, err = logs.Open(logs.Options{Name: "mmt-probe", File: c.LogFile, System: true, Errors: stderr, Level: severities[c.LogLevel]})
	if err != nil {
		return nil, nil, err
	}
	before := slog.Default()
	slog.SetDefault(log.Logger)
	return log, func() {
		slog.SetDefault(before)
		if err := log.Close(); err != nil {
			fmt.Fprintln(stderr, "mmt-probe:", err)
		}
	}, nil
}

// logged is an error that stands in the journal and need not be printed, which
// would put it there again.
type logged struct{ error }

func (e logged) Unwrap() error { return e.error }

// logEnd writes why a run ended into a log that has not what is printed to
// standard error.
func logEnd(log *logs.Log, err error) error {
	if err == nil || log.OnErrors() {
		return err
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		log.Error(line)
	}
	if log.InJournal() {
		return logged{err}
	}
	return err
}
