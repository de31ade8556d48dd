package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Marks of the PROXY protocol, version 1 and 2.
var (
	proxyText   = []byte("PROXY ")
	proxyBinary = []byte("\r\n\r\n\x00\r\nQUIT\n")
)

// Lengths of the PROXY protocol: a line of version 1 with its end, and the
// fixed part of version 2.
const (
	proxyMaxLine = 107
	proxyHeader  = 16
)

// HAProxy is the PROXY protocol (haproxy.org, "The PROXY protocol", version 1
// and 2), which tells a server whom a proxy speaks for, before anything else.
var HAProxy = dpi.Protocol{
	ID:   id.Haproxy,
	Name: "haproxy",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Classify: classifyHAProxy},
		{Parent: id.Udp, Weight: 100, Classify: classifyHAProxy},
	},
	Inspect: inspectHAProxy,
}

func classifyHAProxy(_ *dpi.Packet, d []byte) dpi.Verdict {
	if bytes.HasPrefix(d, proxyBinary) {
		if len(d) < proxyHeader {
			return dpi.More
		}
		return verdict(d[12]>>4 == 2 && d[12]&15 <= 1)
	}
	if len(d) < len(proxyBinary) && bytes.HasPrefix(proxyBinary, d) {
		return dpi.More
	}
	return startsWithAny(d, "PROXY TCP4 ", "PROXY TCP6 ", "PROXY UNKNOWN")
}

// inspectHAProxy looks at what follows the header.
func inspectHAProxy(p *dpi.Packet, d []byte) (done bool) {
	if p.Flow.L4 != ipTCP {
		return true
	}
	n := 0
	if bytes.HasPrefix(d, proxyText) {
		n = 1 + bytes.IndexByte(d[:min(len(d), proxyMaxLine)], '\n')
	} else if len(d) >= proxyHeader && bytes.HasPrefix(d, proxyBinary) {
		n = proxyHeader + be16(d[14:])
	}
	if n == 0 || n > len(d) {
		return false
	}
	return inspectTLSInside(p, d[n:])
}
