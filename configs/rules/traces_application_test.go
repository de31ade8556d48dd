package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mmt/analyzer/proto/prototest"
)

// The hosts of the application's traces.
const (
	server = "198.51.100.9"
	callee = "203.0.113.77" // that a victim calls
)

// bytesOf and hexOf build messages.
var (
	bytesOf = prototest.Bytes
	hexOf   = prototest.Hex
)

// applicationGoldens are the tests of the rules from 1100 on.
func applicationGoldens() []golden {
	return slices.Concat(guessGoldens(), clearGoldens(), httpGoldens(), dnsGoldens(), tlsGoldens(), wormGoldens(),
		plantGoldens(), coreGoldens(), voiceGoldens(), transferGoldens())
}

// only is a golden test of a rule that one packet satisfies, on a trace whose
// packet with that number does.
func only(rule, name string, packet int, make func(*trace)) golden {
	id, _, _ := strings.Cut(rule, ".")
	return golden{rule: rule, name: name, make: make, want: []string{fmt.Sprintf("%s detected 1@%d", id, packet)}}
}

// verdict is a golden test with one verdict.
func verdict(rule, name, want string, make func(*trace)) golden {
	return golden{rule: rule, name: name, make: make, want: []string{want}}
}

// none is a near miss.
func none(rule, name string, make func(*trace)) golden {
	return golden{rule: rule, name: name, make: make}
}

// counted are the two tests of a rule that n packets of one kind satisfy: n of
// them, which must be told once, and one less. The first is packet number first
// of the trace, the others follow each other after step packets.
func counted(rule string, n, first, step int, make func(t *trace, n int)) []golden {
	id, _, _ := strings.Cut(rule, ".")
	var verdict strings.Builder
	fmt.Fprintf(&verdict, "%s detected", id)
	for i := range n {
		fmt.Fprintf(&verdict, " %d@%d", i+1, first+i*step)
	}
	return []golden{
		{rule: rule, name: fmt.Sprintf("%d times", n), make: func(t *trace) { make(t, n) }, want: []string{verdict.String()}},
		none(rule, "one less", func(t *trace) { make(t, n-1) }),
	}
}

// tooSlow is a near miss of counted: n packets, but pause between them.
func tooSlow(rule string, n int, pause time.Duration, make func(*trace)) golden {
	return none(rule, "slowly", func(t *trace) {
		for range n {
			make(t)
			t.wait(pause)
		}
	})
}

// ask and answer are datagrams between client and server.
func (t *trace) ask(from, to uint16, data []byte) *trace {
	return t.udp(ip4{src: client, dst: server}, from, to, data).wait(halfTrip)
}

func (t *trace) answer(to, from uint16, data []byte) *trace {
	return t.udp(ip4{src: server, dst: client}, from, to, data).wait(halfTrip)
}

// say exchanges lines of text that begin with "C: " or "S: ", each ended with CR
// LF: two packets a line.
func (c *conn) say(lines ...string) *conn {
	for _, line := range lines {
		side := 0
		if line[0] == 'S' {
			side = 1
		}
		c.write(side, []byte(line[3:]+"\r\n"))
	}
	return c
}

// berOf builds an element of the Basic Encoding Rules.
func berOf(tag int, parts ...any) []byte {
	b := bytesOf(parts...)
	if len(b) < 0x80 {
		return bytesOf(tag, len(b), b)
	}
	return bytesOf(tag, 0x82, uint16(len(b)), b)
}
