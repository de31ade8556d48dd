package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Versions, commands and answers of SOCKS: RFC 1928, and for version 4 the
// papers "SOCKS: A protocol for TCP proxy across firewalls" and "SOCKS 4A".
const (
	socks4        = 4
	socks5        = 5
	socks4Header  = 8 // version, command, port, address
	socks4Bind    = 2 // the highest command
	socks4Granted = 0x5a
	socks4Denied  = 0x5d
	socks5Refused = 0xff
)

// SOCKS is version 4, 4A and 5 (RFC 1928).
var SOCKS = dpi.Protocol{
	ID:   id.Socks,
	Name: "socks",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{1080}, Classify: classifySOCKS},
	},
	Inspect: inspectSOCKS,
}

// classifySOCKS judges the first payload of each side, which is short and says
// little: elsewhere than on the port of SOCKS both must fit, or what follows
// the first of one side.
func classifySOCKS(p *dpi.Packet, d []byte) dpi.Verdict {
	mine, n := p.First(p.Dir)
	other, m := p.First(p.Dir ^ 1)
	if n == 0 || p.Asked(p.Dir) > 4 {
		return dpi.No
	}
	request := isSOCKSRequest(mine, n)
	switch {
	case request && p.HasPort(1080), isSOCKS5Stream(d):
		return dpi.Yes
	case request && m > 0:
		return verdict(isSOCKSAnswer(mine, other, m))
	case request:
		return dpi.More
	case m > 0:
		return verdict(isSOCKSRequest(other, m) && isSOCKSAnswer(other, mine, n))
	}
	return moreUnless(n != 2 && n != socks4Header) // perhaps the answer to what was not seen
}

// isSOCKSRequest tells whether a first payload of n bytes that begins with d is
// a client's: version 5 with its list of methods, or a whole request of version
// 4.
func isSOCKSRequest(d []byte, n int) bool {
	switch {
	case n >= 3 && d[0] == socks5:
		return d[1] > 0 && n == 2+int(d[1]) && bytes.IndexByte(d[2:], socks5Refused) < 0
	case n > socks4Header && d[0] == socks4:
		return d[1] >= 1 && d[1] <= socks4Bind && (n > len(d) || d[n-1] == 0)
	}
	return false
}

// isSOCKS5Stream tells whether d is one side of version 5 as far as the request
// for a connection, or its result: greeting, authentication (RFC 1929) if there
// is any, version, command or result, zero, type of address.
func isSOCKS5Stream(d []byte) bool {
	if len(d) < 6 || d[0] != socks5 {
		return false
	}
	return isSOCKS5Connect(d[2:], 2) || d[1] > 0 && len(d) > 2+int(d[1]) && isSOCKS5Connect(d[2+int(d[1]):], 0)
}

// isSOCKS5Connect judges what follows the greeting; status is the length of the
// answer to an authentication, 0 on the client's side, where user and password
// have their lengths.
func isSOCKS5Connect(d []byte, status int) bool {
	r := wireReader{b: d}
	if d[0] == 1 {
		r.take(max(status, 1))
		if status == 0 {
			r.vector(1)
			r.vector(1)
		}
	}
	c := r.take(4)
	return c != nil && c[0] == socks5 && c[1] <= 8 && c[2] == 0 && (c[3] == 1 || c[3] == 3 || c[3] == 4)
}

// isSOCKSAnswer tells whether a payload of n bytes that begins with d answers
// the request: one of the methods that it lists, or none; or a result.
func isSOCKSAnswer(request, d []byte, n int) bool {
	if request[0] == socks4 {
		return n == socks4Header && d[0] == 0 && d[1] >= socks4Granted && d[1] <= socks4Denied
	}
	return n == 2 && d[0] == socks5 && (d[1] == socks5Refused || bytes.IndexByte(request[2:], d[1]) >= 0)
}

// inspectSOCKS notes where the client wants to go, if it says so by name, and
// follows what it sends there.
func inspectSOCKS(p *dpi.Packet, d []byte) (done bool) {
	if p.Dir == dpi.Down {
		return false
	}
	name, rest, ok := socksTarget(d)
	if !ok {
		return false
	}
	if isHostName(name) {
		p.SetHost(name)
	}
	return inspectTLSInside(p, rest)
}

// socksTarget reads the client's side: the name that it asks for, nil if it
// gives an address, and what it sends when connected.
func socksTarget(d []byte) (name, rest []byte, ok bool) {
	if len(d) == 0 {
		return nil, nil, false
	}
	if d[0] == socks4 {
		return socks4Target(d)
	}
	r := wireReader{b: d}
	r.take(1)
	r.vector(1) // methods
	if len(r.b) > 0 && r.b[0] == 1 {
		r.take(1)
		r.vector(1) // user, RFC 1929
		r.vector(1) // password
	}
	return socks5Target(&r)
}

// socks5Target reads a request of RFC 1928 section 4.
func socks5Target(r *wireReader) (name, rest []byte, ok bool) {
	r.take(3)
	switch r.uint(1) {
	case 1:
		r.take(4)
	case 3:
		name = r.vector(1)
	case 4:
		r.take(16)
	default:
		r.bad = true
	}
	r.take(2)
	return name, r.b, !r.bad
}

// socks4Target reads a request of version 4: user, and in version 4A, which
// gives an address 0.0.0.x, the name.
func socks4Target(d []byte) (name, rest []byte, ok bool) {
	if len(d) < socks4Header {
		return nil, nil, false
	}
	_, rest, ok = bytes.Cut(d[socks4Header:], []byte{0})
	if ok && isZero(d[4:7]) && d[7] != 0 {
		name, rest, ok = bytes.Cut(rest, []byte{0})
	}
	return name, rest, ok
}
