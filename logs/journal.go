package logs

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// journalSocket is where journald takes messages in its own protocol.
const journalSocket = "/run/systemd/journal/socket"

// journal is the journal of systemd, in its native protocol: a datagram of
// fields, each NAME=value and a new line, or, where the value has lines of its own,
// NAME, a new line, the length in 64 bits (little endian), the value, a new line.
type journal struct {
	socket
	name string
}

func openJournal(name, path string) (*journal, error) {
	j := &journal{socket: socket{path: path, networks: []string{"unixgram"}}, name: name}
	return j, j.connect()
}

// isJournal tells whether what $JOURNAL_STREAM names, DEVICE:INODE, is the file f:
// the variable is inherited by programs whose output goes elsewhere.
func isJournal(stream string, f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && stream == fmt.Sprintf("%d:%d", s.Dev, s.Ino)
}

func (j *journal) write(e *entry) error {
	b := appendJournal(nil, "MESSAGE", strings.ReplaceAll(e.message(), "\n\t", "\n"))
	b = appendJournal(b, "PRIORITY", fmt.Sprint(uint(e.sev)))
	b = appendJournal(b, "SYSLOG_FACILITY", fmt.Sprint(facility))
	b = appendJournal(b, "SYSLOG_IDENTIFIER", j.name)
	b = appendJournal(b, "SYSLOG_PID", fmt.Sprint(os.Getpid()))
	if file, line, function := e.source(); file != "" {
		b = appendJournal(b, "CODE_FILE", file)
		b = appendJournal(b, "CODE_LINE", fmt.Sprint(line))
		b = appendJournal(b, "CODE_FUNC", function)
	}
	for _, f := range e.fields {
		b = appendJournal(b, journalName(f.name), f.value)
	}
	return j.send(b)
}

func (j *journal) reopen() error { return nil }

// appendJournal adds a field.
func appendJournal(b []byte, name, value string) []byte {
	b = append(b, name...)
	if strings.Contains(value, "\n") {
		b = append(b, '\n')
		b = binary.LittleEndian.AppendUint64(b, uint64(len(value)))
	} else {
		b = append(b, '=')
	}
	return append(append(b, value...), '\n')
}

// maxJournalName is the longest name that journald takes.
const maxJournalName = 64

// journalName is the name of an attribute as the journal wants names: capital
// letters, digits and underscores. All begin with MMT_, so that none is one of
// those that mean something to it.
func journalName(name string) string {
	upper := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name)
	return ("MMT_" + upper)[:min(len("MMT_"+upper), maxJournalName)]
}
