package logs

import (
	"fmt"
	"os"
	"strings"
)

// facility is that of system daemons (RFC 5424 table 1).
const facility = 3

// maxDatagram is what daemons take of one message.
const maxDatagram = 8 << 10

// syslog is the system's log at /dev/log. Messages have the form that is read
// there, <priority>time name[pid]: text, with no host.
type syslog struct {
	socket
	name string
}

func openSyslog(name, path string) (*syslog, error) {
	s := &syslog{socket: socket{path: path, networks: []string{"unixgram", "unix"}}, name: name}
	return s, s.connect()
}

// write sends each line of a message as one of its own: of several in one,
// daemons write the rest in numbers.
func (s *syslog) write(e *entry) error {
	head := fmt.Sprintf("<%d>%s %s[%d]: ", facility<<3|uint(e.sev), e.time.Local().Format("Jan _2 15:04:05"), s.name, os.Getpid())
	for line := range strings.SplitSeq(e.message(), "\n\t") {
		if err := s.send([]byte(head + clip(line, maxDatagram-len(head)-3))); err != nil {
			return err
		}
	}
	return nil
}

func (s *syslog) reopen() error { return nil }
