package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Redis is the Redis Serialization Protocol, versions 2 and 3 ("Redis
// serialization protocol specification"), over TCP.
var Redis = dpi.Protocol{
	ID:          id.Redis,
	Name:        "redis",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{redisPort}, Classify: classifyRedis}},
}

const redisPort = 6379

// classifyRedis expects a command, which is an array of strings, or a reply. A
// simple reply is believed on the port, or behind a command.
func classifyRedis(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 0 {
		return dpi.More
	}
	switch d[0] {
	case '*', '>', '~', '%', '$':
		return isRESPAggregate(p, d)
	case '+', '-', ':':
		return isRESPSimple(p, d)
	}
	if p.HasPort(redisPort) && isInlineRedis(d) {
		return dpi.Yes
	}
	return dpi.No
}

// respLength reads a line of a type character and a decimal length, and returns
// what follows it.
func respLength(d []byte) (n uint64, rest []byte, v dpi.Verdict) {
	i := 1
	for i < len(d) && i < 12 && (isDigit(d[i]) || i == 1 && d[i] == '-') {
		i++
	}
	switch {
	case len(d) < i+2:
		if len(d) == i || len(d) == i+1 && d[i] == '\r' && i > 1 {
			return 0, nil, dpi.More
		}
		return 0, nil, dpi.No
	case i == 1 || d[i] != '\r' || d[i+1] != '\n':
		return 0, nil, dpi.No
	}
	return number(d[1:i]), d[i+2:], dpi.Yes
}

// isRESPAggregate judges an array or a string, whose first element tells its
// length too.
func isRESPAggregate(p *dpi.Packet, d []byte) dpi.Verdict {
	n, rest, v := respLength(d)
	if v != dpi.Yes {
		return v
	}
	if d[0] != '$' {
		if len(rest) == 0 {
			return dpi.More
		}
		if rest[0] != '$' || n == 0 || n > 1<<20 {
			return redisWeak(p, oneOf(rest[0], "*+:-$%#,"))
		}
		if n, rest, v = respLength(rest); v != dpi.Yes {
			return v
		}
	}
	if n > 512<<20 {
		return dpi.No
	}
	if uint64(len(rest)) < n+2 {
		if n > 64 {
			return redisWeak(p, true)
		}
		return dpi.More
	}
	if rest[n] != '\r' || rest[n+1] != '\n' {
		return dpi.No
	}
	if d[0] == '$' {
		return redisWeak(p, true)
	}
	return dpi.Yes
}

// isRESPSimple judges a simple string, an error or a number.
func isRESPSimple(p *dpi.Packet, d []byte) dpi.Verdict {
	line, _, ok := textLine(d)
	switch {
	case !ok && len(d) < 256 && isPrintable(trimCR(d)):
		return dpi.More
	case !ok || d[len(line)] != '\r' || len(line) < 2 || !isPrintable(line):
		return dpi.No
	case d[0] == ':':
		return redisWeak(p, isNumber(line[1:]))
	case d[0] == '+':
		return redisWeak(p, equalFoldAny(line[1:], "ok", "pong", "queued", "background saving started") || hasPrefixFold(line, "+fullresync "))
	}
	for _, kind := range [...]string{"-ERR ", "-NOAUTH ", "-WRONGTYPE ", "-WRONGPASS ", "-MOVED ", "-LOADING ", "-DENIED "} {
		if startsWith(line, kind) == dpi.Yes {
			return redisWeak(p, true)
		}
	}
	return dpi.No
}

// redisWeak judges what is not telling alone: it is believed on the port, or if
// the other direction starts with an array of strings.
func redisWeak(p *dpi.Packet, ok bool) dpi.Verdict {
	if !ok {
		return dpi.No
	}
	first, _ := p.First(p.Dir ^ 1)
	if _, rest, v := respLength(first); p.HasPort(redisPort) || v == dpi.Yes && first[0] == '*' && len(rest) > 0 && rest[0] == '$' {
		return dpi.Yes
	}
	return dpi.More
}

// isInlineRedis tells whether d is a command as a person types it.
func isInlineRedis(d []byte) bool {
	line, _, ok := textLine(d)
	word, _ := textWord(line)
	return ok && equalFoldAny(word, "ping", "info", "get", "set", "keys", "auth", "monitor", "quit", "config", "select", "sync", "psync", "client")
}
