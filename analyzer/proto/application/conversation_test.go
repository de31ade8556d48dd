package application

import (
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// conversation is a flow and what it must be recognised as.
type conversation struct {
	name string
	udp  bool
	port uint16 // of the server
	// say holds the payloads in order: those that start with '>' are the
	// client's, those that start with '<' the server's.
	say []string
	// want is the path above the transport, "unknown" if there must be none.
	want string
	// whole says that the messages must not be cut in pieces: the protocol is
	// recognised by where its segments end.
	whole bool
}

// talkOver plays the conversation over f, whose ends cut(message) may have cut
// into several segments.
func (c *conversation) talkOver(f *prototest.Flow, cut func(message []byte) [][]byte) string {
	for _, say := range c.say {
		pieces := cut([]byte(say[1:]))
		if say[0] == '>' {
			f.Up(pieces...)
		} else {
			f.Down(pieces...)
		}
	}
	_, path, _ := strings.Cut(f.Final(), ".ip.")
	_, path, _ = strings.Cut(path, ".")
	return path
}

// once leaves a message as it is.
func once(message []byte) [][]byte { return [][]byte{message} }

// cutAt cuts messages in two.
func cutAt(i int) func(message []byte) [][]byte {
	return func(message []byte) [][]byte {
		if i >= len(message) {
			return once(message)
		}
		return [][]byte{message[:i:i], message[i:]}
	}
}

// maxCut is up to where messages are cut in two in turn.
const maxCut = 40

// recognise plays conversations to a handler that knows the given protocols:
// as they are; for TCP also without the opening handshake and with every
// message cut in two; and finally every beginning of each message alone, which
// must not make anything panic.
func recognise(t *testing.T, protocols []dpi.Protocol, conversations []conversation) {
	t.Helper()
	n := prototest.New(t, protocols...)
	for _, c := range conversations {
		t.Run(c.name, func(t *testing.T) {
			if c.udp {
				if got := c.talkOver(n.UDP(40000, c.port), once); got != c.want {
					t.Errorf("path %q, want %q", got, c.want)
				}
			} else {
				c.overTCP(t, n)
			}
			c.beginnings(n)
		})
	}
}

func (c *conversation) overTCP(t *testing.T, n *prototest.Net) {
	t.Helper()
	if got := c.talkOver(n.TCP(40000, c.port), once); got != c.want {
		t.Errorf("path %q, want %q", got, c.want)
	}
	if got := c.talkOver(n.TCPMid(40000, c.port), once); got != c.want {
		t.Errorf("without the handshake: path %q, want %q", got, c.want)
	}
	if c.whole {
		return
	}
	for i := 1; i < maxCut; i++ {
		if got := c.talkOver(n.TCP(40000, c.port), cutAt(i)); got != c.want {
			t.Errorf("messages cut after %d bytes: path %q, want %q", i, got, c.want)
		}
	}
}

func (c *conversation) beginnings(n *prototest.Net) {
	for _, say := range c.say {
		message := []byte(say[1:])
		prototest.Prefixes(message[:min(len(message), 300)], func(prefix []byte) {
			if c.udp {
				n.UDP(40000, c.port).Up(prefix)
			} else {
				n.TCP(40000, c.port).Up(prefix)
			}
		})
	}
}
