package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Thrift is Apache Thrift's remote calls, in the binary and the compact protocol
// (Thrift, "Binary protocol encoding" and "Compact protocol encoding"), with or
// without frames, over TCP and UDP.
var Thrift = dpi.Protocol{
	ID:   id.Thrift,
	Name: "thrift",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{9090}, Classify: classifyThrift},
		{Parent: id.Udp, Weight: 80, Ports: []uint16{6831, 6832}, Classify: classifyThrift},
	},
}

const (
	thriftStrict  = 0x80010000 // version and, in the last byte, the type of message
	thriftCompact = 0x82
	thriftMaxName = 128
	thriftOneway  = 4 // the highest type of message
)

func classifyThrift(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 {
		return moreUnless(len(d) > 0 && d[0] != 0 && d[0] != 0x80 && d[0] != thriftCompact)
	}
	if d[0] == 0 { // a frame: its length comes first
		switch n := be32(d); {
		case n < 6 || n > 1<<24:
			return dpi.No
		case len(d) < 8:
			return dpi.More
		}
		d = d[4:]
	}
	switch {
	case be32(d)&^0xff == thriftStrict:
		return isThriftBinary(d)
	case d[0] == thriftCompact && d[1]&0x1f == 1 && d[1]>>5 >= 1 && d[1]>>5 <= thriftOneway:
		return isThriftCompact(d[2:])
	}
	return dpi.No
}

// isThriftBinary judges a message: version, type, and a name behind its length.
func isThriftBinary(d []byte) dpi.Verdict {
	if d[3] == 0 || d[3] > thriftOneway {
		return dpi.No
	}
	if len(d) < 8 {
		return dpi.More
	}
	n := int(be32(d[4:]))
	if n == 0 || n > thriftMaxName {
		return dpi.No
	}
	return isThriftName(d[8:], n)
}

// isThriftCompact judges what follows version and type: a sequence number and a
// name behind its length.
func isThriftCompact(d []byte) dpi.Verdict {
	for i, c := range d {
		if c&0x80 != 0 && i < 5 {
			continue
		}
		if d = d[i+1:]; len(d) == 0 {
			return dpi.More
		}
		if n := int(d[0]); i < 5 && n >= 3 && n <= thriftMaxName {
			return isThriftName(d[1:], n)
		}
		return dpi.No
	}
	return dpi.More
}

// isThriftName judges the name of a method, perhaps with that of its service.
func isThriftName(d []byte, n int) dpi.Verdict {
	for _, c := range d[:min(n, len(d))] {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '.' && c != ':' && c != '-' {
			return dpi.No
		}
	}
	return yesOrMore(len(d) >= n)
}
