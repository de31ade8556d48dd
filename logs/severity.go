package logs

import "log/slog"

// Levels that syslog has and slog has no name for.
const (
	LevelNotice   = slog.Level(2)  // normal, but to be seen
	LevelCritical = slog.Level(12) // what the command is for cannot go on
)

// severity is how urgent a message is, as in RFC 5424 table 2: from 0, the system
// is unusable, to 7, debugging.
type severity uint8

const (
	critical severity = 2 + iota
	failure
	warning
	notice
	information
	debugging
)

// names are the words for severities in text.
var names = [...]string{"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"}

func (s severity) String() string { return names[s] }

// severityOf is what a level of slog is in syslog.
func severityOf(l slog.Level) severity {
	switch {
	case l >= LevelCritical:
		return critical
	case l >= slog.LevelError:
		return failure
	case l >= slog.LevelWarn:
		return warning
	case l >= LevelNotice:
		return notice
	case l >= slog.LevelInfo:
		return information
	}
	return debugging
}
