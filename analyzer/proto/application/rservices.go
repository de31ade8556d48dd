package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Rlogin, Rsh and Rexec are the BSD remote services (RFC 1282; rcmd(3),
// rexec(3)), told by the names that the client sends first, each with a zero
// behind it, on their ports.
var (
	Rlogin = rservice(id.Rlogin, "rlogin", 513, classifyRlogin)
	Rsh    = rservice(id.Rsh, "rsh", 514, classifyRsh)
	Rexec  = rservice(id.Rexec, "rexec", 512, classifyRsh)
)

func rservice(number dpi.ProtocolID, name string, port uint16, classify dpi.ClassifyFunc) dpi.Protocol {
	return dpi.Protocol{
		ID: number, Name: name,
		Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Ports: []uint16{port}, Only: true, Classify: classify}},
	}
}

// maxRName bounds a user's name or a terminal's type.
const maxRName = 64

// zeroString splits a text that ends with a zero off d. ok is false if it is
// longer than max or no printable text; more, if its end is still to come.
func zeroString(d []byte, max int) (text, rest []byte, more, ok bool) {
	i := bytes.IndexByte(d, 0)
	if i < 0 {
		return nil, nil, true, len(d) <= max && isPrintable(d)
	}
	return d[:i], d[i+1:], false, i <= max && isPrintable(d[:i])
}

// classifyRlogin expects an empty text, two users, and "terminal/speed".
func classifyRlogin(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 0 || d[0] != 0 {
		return dpi.No
	}
	d = d[1:]
	var text []byte
	for range 3 {
		var more, ok bool
		if text, d, more, ok = zeroString(d, maxRName); !ok {
			return dpi.No
		} else if more {
			return dpi.More
		}
	}
	if _, speed, found := bytes.Cut(text, []byte{'/'}); !found || !isNumber(speed) {
		return dpi.No
	}
	return dpi.Yes
}

// classifyRsh expects the port for errors, then two names (user and user, or
// user and password) and a command.
func classifyRsh(_ *dpi.Packet, d []byte) dpi.Verdict {
	port, d, more, ok := zeroString(d, 5)
	switch {
	case !ok || !more && len(port) > 0 && !isNumber(port):
		return dpi.No
	case more:
		return dpi.More
	}
	for i := range 3 {
		var text []byte
		if text, d, more, ok = zeroString(d, 1024); !ok || !more && i == 0 && len(text) == 0 {
			return dpi.No
		} else if more {
			return dpi.More
		}
	}
	return dpi.Yes
}
