package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ports of the small services.
const (
	echoPort    = 7
	daytimePort = 13
	chargenPort = 19
	timePort    = 37
)

// Echo sends back what it gets, RFC 862.
var Echo = dpi.Protocol{
	ID:   id.Echo,
	Name: "echo",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 20, Ports: []uint16{echoPort}, Only: true, Classify: classifyEcho},
		{Parent: id.Tcp, Weight: 20, Ports: []uint16{echoPort}, Only: true, Classify: classifyEcho},
	},
}

// Daytime tells the date and time as text, RFC 867.
var Daytime = dpi.Protocol{
	ID:   id.Daytime,
	Name: "daytime",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 20, Ports: []uint16{daytimePort}, Only: true, Classify: classifyDaytime},
		{Parent: id.Tcp, Weight: 20, Ports: []uint16{daytimePort}, Only: true, Classify: classifyDaytime},
	},
}

// Chargen sends characters without end, RFC 864.
var Chargen = dpi.Protocol{
	ID:   id.Chargen,
	Name: "chargen",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 20, Ports: []uint16{chargenPort}, Only: true, Classify: classifyChargen},
		{Parent: id.Tcp, Weight: 20, Ports: []uint16{chargenPort}, Only: true, Classify: classifyChargen},
	},
}

// Time tells the seconds since 1900 as a number, RFC 868.
var Time = dpi.Protocol{
	ID:   id.Time,
	Name: "time",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 20, Ports: []uint16{timePort}, Only: true, Classify: classifyTime},
		{Parent: id.Tcp, Weight: 20, Ports: []uint16{timePort}, Only: true, Classify: classifyTime},
	},
}

// classifyEcho asks for an answer that equals the question.
func classifyEcho(p *dpi.Packet, _ []byte) dpi.Verdict {
	asked, n := p.First(dpi.Up)
	answer, m := p.First(dpi.Down)
	if n == 0 || m == 0 {
		return dpi.More
	}
	return verdict(n == m && n > 3 && bytes.Equal(asked, answer))
}

// classifyDaytime asks for a text with a time of day, hh:mm:ss, from the
// server.
func classifyDaytime(p *dpi.Packet, d []byte) dpi.Verdict {
	if p.SrcPort() != daytimePort {
		return dpi.More
	}
	if len(d) > 128 || !isLines(d) {
		return dpi.No
	}
	for i := 2; i+6 <= len(d); i++ {
		if d[i] == ':' && d[i+3] == ':' && isNumber(d[i-2:i]) && isNumber(d[i+1:i+3]) && isNumber(d[i+4:i+6]) {
			return dpi.Yes
		}
	}
	return dpi.More
}

// chargenSample is how many characters of the pattern are looked at.
const chargenSample = 24

// classifyChargen asks for the customary pattern from the server: the printable
// characters in their order, over and over.
func classifyChargen(p *dpi.Packet, d []byte) dpi.Verdict {
	if p.SrcPort() != chargenPort {
		return dpi.More
	}
	if len(d) < chargenSample {
		return dpi.More
	}
	for i := range chargenSample - 1 {
		if d[i+1] != d[i]+1 && (d[i+1] > '!' || d[i] < '}') {
			return dpi.No
		}
	}
	return dpi.Yes
}

// Time of RFC 868 counts from 1900; clocks may be wrong by this many seconds.
const (
	from1900To1970 = 2208988800
	clockSlack     = 86400
)

// classifyTime asks for four bytes from the server that tell about the time at
// which they were captured.
func classifyTime(p *dpi.Packet, d []byte) dpi.Verdict {
	if p.SrcPort() != timePort {
		return dpi.More
	}
	if len(d) != 4 {
		return moreUnless(len(d) > 4)
	}
	now := uint32(p.Time/1e9 + from1900To1970)
	return verdict(be32(d)-now+clockSlack < 2*clockSlack)
}
