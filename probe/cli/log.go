package cli

import (
	"fmt"
	"io"
	"log/slog"
	"log/syslog"
	"os"

	"golang.org/x/term"

	"mmt/config"
)

// levels are what loglevel 0 to 7 lets through: errors always, more with each
// step.
var levels = [...]slog.Level{slog.LevelError, slog.LevelWarn, slog.LevelInfo, slog.LevelInfo, slog.LevelDebug}

// openLog opens the execution log: the file of option logfile, else the
// system's log as mmt-probe (manual section 3.1), else standard error, which is
// also used on a terminal.
func openLog(c *config.Config, stderr io.Writer) (log *slog.Logger, done func(), err error) {
	options := &slog.HandlerOptions{Level: levels[min(c.LogLevel, len(levels)-1)]}
	if c.LogFile != "" {
		f, err := os.OpenFile(c.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, nil, fmt.Errorf("logfile: %w", err)
		}
		return slog.New(slog.NewTextHandler(f, options)), func() { f.Close() }, nil
	}
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		if w, err := syslog.New(syslog.LOG_DAEMON|syslog.LOG_INFO, "mmt-probe"); err == nil {
			return slog.New(slog.NewTextHandler(w, options)), func() { w.Close() }, nil
		}
	}
	return slog.New(slog.NewTextHandler(stderr, options)), func() {}, nil
}
