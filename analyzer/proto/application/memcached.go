package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Memcached is the protocol of memcached, as text ("protocol.txt") and binary
// ("Memcached binary protocol"), over TCP and, behind a header of its own, over
// UDP. Couchbase speaks the binary one and starts it with a greeting.
var (
	Memcached = dpi.Protocol{
		ID:   id.Memcached,
		Name: "memcached",
		Classifiers: []dpi.Classifier{
			{Parent: id.Tcp, Weight: 80, Ports: []uint16{memcachedPort}, Classify: classifyMemcached},
			{Parent: id.Udp, Weight: 50, Ports: []uint16{memcachedPort}, Classify: classifyMemcachedUDP},
		},
	}
	Couchbase = dpi.Protocol{
		ID:          id.Couchbase,
		Name:        "couchbase",
		Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 81, Ports: []uint16{11210}, Classify: classifyCouchbase}},
	}
)

const (
	memcachedPort      = 11211
	memcachedHeader    = 24
	memcachedUDPHeader = 8
	memcachedHello     = 0x1f
)

func classifyMemcached(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0]&0xfe == 0x80 {
		return isMemcachedBinary(d)
	}
	return isMemcachedText(p, d)
}

// isMemcachedBinary judges a header: magic, operation, lengths of key, extras
// and whole body, data type.
func isMemcachedBinary(d []byte) dpi.Verdict {
	if len(d) < memcachedHeader {
		return dpi.More
	}
	key, extras, body := be16(d[2:]), int(d[4]), int(be32(d[8:]))
	status := be16(d[6:])
	switch {
	case d[1] > 0x5f || d[5] > 7 || key > 250 || extras > 32 || key+extras > body || body > 64<<20:
		return dpi.No
	case d[0] == 0x81 && status > 0x86:
		return dpi.No
	case d[0] == 0x80 && !isMemcachedRequest(d[1], key, extras, body):
		return dpi.No
	case body < len(d)-memcachedHeader && d[memcachedHeader+body]&0xfe != 0x80:
		return dpi.No // another message must follow
	}
	return dpi.Yes
}

// isMemcachedRequest tells whether a request has what its operation needs: a
// body only with a key or extras in it, and none only where there is nothing to
// say.
func isMemcachedRequest(op byte, key, extras, body int) bool {
	switch op {
	case 0x07, 0x08, 0x0a, 0x0b, 0x10, 0x17, 0x18, 0x20: // quit, flush, nothing, version, statistics, list of mechanisms
		return body == key+extras
	case 0x01, 0x02, 0x03, 0x11, 0x12, 0x13: // set, add, replace
		return key > 0 && extras == 8
	}
	return key > 0
}

// isMemcachedText judges a line of a command or an answer.
func isMemcachedText(p *dpi.Packet, d []byte) dpi.Verdict {
	line, _, ok := textLine(d)
	if !ok {
		if len(d) > 300 || !isPrintable(trimCR(d)) {
			return dpi.No
		}
		return dpi.More
	}
	word, rest := textWord(line)
	switch string(word) {
	case "set", "add", "replace", "append", "prepend", "cas": // key, flags, time, bytes
		return verdict(isMemcachedNumbers(rest, 3))
	case "VALUE": // key, flags, bytes
		return verdict(isMemcachedNumbers(rest, 2))
	case "STAT":
		name, value := textWord(rest)
		return verdict(len(name) > 0 && len(value) > 0 && isPrintable(rest))
	case "incr", "decr", "touch":
		return memcachedWeak(p, isMemcachedNumbers(rest, 1))
	case "get", "gets", "delete":
		return memcachedWeak(p, len(rest) > 0 && len(rest) <= 250 && isPrintable(rest))
	case "stats", "version", "flush_all", "STORED", "NOT_STORED", "END", "DELETED", "NOT_FOUND", "EXISTS", "TOUCHED", "VERSION", "quit", "verbosity":
		return memcachedWeak(p, isPrintable(rest))
	}
	return dpi.No
}

// isMemcachedNumbers tells whether text is a key and at least n numbers.
func isMemcachedNumbers(text []byte, n int) bool {
	key, rest := textWord(text)
	if len(key) == 0 || len(key) > 250 || !isPrintable(key) {
		return false
	}
	for range n {
		var word []byte
		if word, rest = textWord(rest); !isNumber(bytes.TrimPrefix(word, []byte{'-'})) {
			return false
		}
	}
	return true
}

// memcachedWeak judges words that other protocols have too: they are believed on
// the port only.
func memcachedWeak(p *dpi.Packet, ok bool) dpi.Verdict {
	return verdict(ok && p.HasPort(memcachedPort))
}

// classifyMemcachedUDP expects request, number of this datagram, how many there
// are, and two zeros, then a message.
func classifyMemcachedUDP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) <= memcachedUDPHeader || d[6] != 0 || d[7] != 0 || be16(d[4:]) == 0 || be16(d[2:]) >= be16(d[4:]) || !p.HasPort(memcachedPort) {
		return dpi.No
	}
	if be16(d[2:]) > 0 {
		return dpi.More // not the first datagram of an answer
	}
	return classifyMemcached(p, d[memcachedUDPHeader:])
}

// classifyCouchbase expects the greeting that names the client's features.
func classifyCouchbase(p *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) > 1 && (d[0]&0xfe != 0x80 || d[1] != memcachedHello):
		return dpi.No
	case len(d) < 2:
		return dpi.More
	}
	return isMemcachedBinary(d)
}
