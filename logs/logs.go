package logs

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"golang.org/x/term"
)

// Stderr is the name of a file that stands for standard error.
const Stderr = "-"

// Levels of syslog.
const (
	Informative = 6 // all but debugging
	MaxLevel    = 7 // everything
)

// Options say where messages go and which.
type Options struct {
	Name string // of the command, under which the journal and the system's log have them

	// File is the log file. With Stderr all goes to Errors. With "" it is the
	// journal where systemd has connected it to Errors, else, where System is set
	// and Errors is no terminal, the system's log, else Errors.
	File   string
	System bool
	Errors io.Writer

	Level int // messages of this severity of syslog, 0 to MaxLevel, and more urgent ones are written
}

// Counts are messages that the level let through. Written + Held + Lost is all of
// them, but for those that wait, and those that the log itself has to say.
type Counts struct {
	Written uint64
	Held    uint64 // repeats
	Lost    uint64 // found no room or could not be written
}

// Log is an open log.
type Log struct {
	*slog.Logger
	queue    *queue
	onErrors bool
	journal  bool
}

// places are where the daemons listen.
type places struct {
	journal, syslog string
	stream          string // $JOURNAL_STREAM
	now             func() time.Time
}

// Open opens a log. The error, of a file that cannot be opened, names it.
func Open(o Options) (*Log, error) {
	return open(o, places{journalSocket, "/dev/log", os.Getenv("JOURNAL_STREAM"), time.Now})
}

func open(o Options, p places) (*Log, error) {
	s, err := o.sink(p)
	if err != nil {
		return nil, err
	}
	if o.Level < 0 || o.Level > MaxLevel {
		return nil, fmt.Errorf("loglevel %d is not from 0 to %d", o.Level, MaxLevel)
	}
	q := newQueue(s, severity(o.Level), p.now)
	go q.run()
	_, onErrors := s.(*stream)
	_, isJournal := s.(*journal)
	return &Log{Logger: slog.New(&handler{to: q}), queue: q, onErrors: onErrors, journal: isJournal}, nil
}

// sink opens what the options name.
func (o *Options) sink(p places) (sink, error) {
	if o.File != "" && o.File != Stderr {
		return openFile(o.Name, o.File, p.now)
	}
	f, _ := o.Errors.(*os.File)
	terminal := f != nil && term.IsTerminal(int(f.Fd()))
	if o.File == "" && f != nil && isJournal(p.stream, f) {
		if s, err := openJournal(o.Name, p.journal); err == nil {
			return s, nil
		}
	}
	if o.File == "" && o.System && !terminal {
		if s, err := openSyslog(o.Name, p.syslog); err == nil {
			return s, nil
		}
	}
	return &stream{name: o.Name, to: o.Errors, terminal: terminal}, nil
}

// OnErrors tells whether messages go to Options.Errors, where others may be, too.
func (l *Log) OnErrors() bool { return l.onErrors }

// InJournal tells whether messages go to the journal, which has what is written to
// standard error as well.
func (l *Log) InJournal() bool { return l.journal }

// Reopen opens the log file again, after it was moved away. Other logs need none.
func (l *Log) Reopen() {
	select {
	case l.queue.hangup <- struct{}{}:
	default: // is told already
	}
}

// Counts tells what came of the messages so far.
func (l *Log) Counts() Counts {
	return Counts{Written: l.queue.written.Load(), Held: l.queue.held.Load(), Lost: l.queue.lost.Load()}
}

// Close writes what waits, for a second at most, and closes the log. Messages
// that come later are lost.
func (l *Log) Close() error { return l.queue.close() }
