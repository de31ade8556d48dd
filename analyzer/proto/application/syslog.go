package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// maxPriority is the highest priority of syslog: facility 23, severity 7 (RFC
// 5424 section 6.2.1).
const maxPriority = 191

// Syslog is RFC 5424 and what was before it, RFC 3164, over UDP (RFC 5426) and
// TCP (RFC 6587).
var Syslog = dpi.Protocol{
	ID:   id.Syslog,
	Name: "syslog",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{514}, Classify: classifySyslog},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{514, 601}, Classify: classifySyslogStream},
	},
}

// classifySyslog asks for a priority and a known header; on the port of syslog
// for any text behind the priority, since senders keep to no format.
func classifySyslog(p *dpi.Packet, d []byte) dpi.Verdict {
	n := syslogPriority(d)
	if n == 0 {
		return dpi.No
	}
	rest := d[n:]
	if isSyslogHeader(rest) {
		return dpi.Yes
	}
	return verdict(p.HasPort(514) && len(rest) > 0 && isText(rest[:min(len(rest), 16)]))
}

// classifySyslogStream is classifySyslog over TCP, where the length may be
// before each message (RFC 6587 section 3.4.1).
func classifySyslogStream(p *dpi.Packet, d []byte) dpi.Verdict {
	n := digits(d)
	switch {
	case len(d) < 24 && n < 6:
		return moreUnless(len(d) > 0 && d[0] != '<' && !isDigit(d[0]))
	case n > 0 && n < 6 && d[n] == ' ':
		return classifySyslog(p, d[n+1:])
	case n > 0:
		return dpi.No
	}
	return classifySyslog(p, d)
}

// syslogPriority returns the length of the priority that d begins with, in its
// brackets; 0 if there is none.
func syslogPriority(d []byte) int {
	if len(d) < 4 || d[0] != '<' {
		return 0
	}
	n := digits(d[1:min(len(d), 5)])
	if n == 0 || n > 3 || len(d) < n+3 || d[n+1] != '>' || number(d[1:n+1]) > maxPriority {
		return 0
	}
	return n + 2
}

// isSyslogHeader tells whether d begins with a version and a time (RFC 5424
// section 6) or with the time of RFC 3164 section 4.1.2, "Mmm dd hh:mm:ss".
func isSyslogHeader(d []byte) bool {
	if len(d) < 16 {
		return false
	}
	if d[0] == '1' && d[1] == ' ' {
		return string(d[2:4]) == "- " || digits(d[2:]) == 4 && d[6] == '-' && d[9] == '-' && d[12] == 'T'
	}
	return isMonth(d) && d[3] == ' ' && d[6] == ' ' && isDigit(d[5]) && d[9] == ':' && d[12] == ':'
}

// isMonth tells whether d begins with the English abbreviation of a month.
func isMonth(d []byte) bool {
	switch string(d[:3]) {
	case "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec":
		return true
	}
	return false
}
