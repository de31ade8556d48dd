package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// FastCGI is the interface of web servers to programs ("FastCGI Specification",
// section 3.3): records with version, type, request, and two lengths.
var FastCGI = dpi.Protocol{
	ID:          id.Fastcgi,
	Name:        "fastcgi",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{9000}, Classify: classifyFastCGI}},
}

// Types of records.
const (
	fcgiBegin  = 1
	fcgiStdout = 6
	fcgiStderr = 7
	fcgiGet    = 9
)

func classifyFastCGI(_ *dpi.Packet, d []byte) dpi.Verdict {
	const header = 8
	if len(d) > 0 && d[0] != 1 || len(d) > 7 && d[7] != 0 {
		return dpi.No
	}
	if len(d) < header+8 {
		return moreUnless(len(d) > 1 && d[1] != fcgiBegin && d[1] != fcgiStdout && d[1] != fcgiStderr && d[1] != fcgiGet)
	}
	request, length, body := be16(d[2:]), be16(d[4:]), d[header:]
	switch d[1] {
	case fcgiBegin: // role, flags, five zeros
		return verdict(request > 0 && length == 8 && body[0] == 0 && body[1] >= 1 && body[1] <= 3 && body[2] <= 1 && isZero(body[3:8]))
	case fcgiStdout: // headers
		name, _, found := bytes.Cut(body[:min(len(body), length, 64)], []byte{':'})
		if request == 0 || !isDNSName(name) || found && len(name) < 4 {
			return dpi.No
		}
		return yesOrMore(found)
	case fcgiStderr:
		return verdict(request > 0 && length > 8 && isLines(body[:min(len(body), length)]) && d[6] < 8)
	case fcgiGet: // names behind two lengths
		return verdict(request == 0 && length > 2 && body[1] == 0 && bytes.HasPrefix(body[2:], []byte("FCGI_")))
	}
	return dpi.No
}
