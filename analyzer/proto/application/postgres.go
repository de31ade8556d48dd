package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Postgres is the frontend/backend protocol of PostgreSQL, version 3
// (PostgreSQL, "Frontend/Backend Protocol"), with TLS inside after SSLRequest.
var Postgres = dpi.Protocol{
	ID:          id.Postgres,
	Name:        "postgres",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{postgresPort}, Classify: classifyPostgres}},
	Inspect:     inspectPostgres,
}

const postgresPort = 5432

// What a client opens with, instead of a version.
const (
	postgresVersion2 = 2 << 16
	postgresVersion3 = 3 << 16
	postgresCancel   = 80877102
	postgresTLS      = 80877103
	postgresGSS      = 80877104
)

func classifyPostgres(p *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) == 0:
		return dpi.More
	case d[0] == 0:
		return isPostgresStartup(d)
	case len(d) == 1 && (d[0] == 'S' || d[0] == 'N' || d[0] == 'G'):
		if first, _ := p.First(p.Dir ^ 1); isPostgresStartup(first) == dpi.Yes {
			return dpi.Yes
		}
		return dpi.More
	}
	return isPostgresMessages(p, d)
}

// isPostgresStartup judges what a client opens with: a length, and a version
// with parameters or one of the requests that have none.
func isPostgresStartup(d []byte) dpi.Verdict {
	switch {
	case len(d) > 1 && (d[0] != 0 || d[1] != 0):
		return dpi.No
	case len(d) < 8:
		return dpi.More
	}
	n := int(be32(d))
	switch kind := be32(d[4:]); {
	case kind == postgresTLS || kind == postgresGSS:
		return verdict(n == 8)
	case kind == postgresCancel:
		return verdict(n == 16)
	case kind == postgresVersion2:
		return verdict(n == 296)
	case kind&^0xff != postgresVersion3 || n > 10000:
		return dpi.No
	}
	return startsWithAny(d[8:], "user\x00", "database\x00", "application_name\x00", "client_encoding\x00", "replication\x00", "options\x00",
		"DateStyle\x00", "TimeZone\x00", "extra_float_digits\x00")
}

// isPostgresMessages judges a stream of typed messages: the server's, or a
// client's that was joined in the middle.
func isPostgresMessages(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 5 {
		if d[0] >= '1' && d[0] <= 'z' && (len(d) < 2 || d[1] == 0) {
			return dpi.More
		}
		return dpi.No
	}
	n := int(be32(d[1:]))
	if n < 4 || n > 1<<24 {
		return dpi.No
	}
	body := d[5:min(len(d), n+1)]
	if v, known := postgresOpening(d[0], body, n-4); known {
		return v
	}
	// In the middle messages follow each other exactly.
	if messages, exact := postgresChain(d); p.HasPort(postgresPort) && exact {
		return verdict(messages > 1 || d[0] == 'Q' && isSQL(body) || d[0] == 'X' && n == 4)
	}
	return dpi.No
}

// postgresOpening judges the first message of a server: what authentication it
// wants, or an error. known is false if it is neither.
func postgresOpening(kind byte, body []byte, n int) (v dpi.Verdict, known bool) {
	if len(body) < min(n, 8) {
		return dpi.More, kind == 'R' || kind == 'E'
	}
	switch {
	case kind == 'R' && n >= 4: // by method: none, password, MD5 with salt, SASL with names
		method := be32(body)
		return verdict(method <= 3 && n == 4 || method == 5 && n == 8 || method >= 7 && method <= 12), true
	case kind == 'E' && n > 8:
		return verdict(startsWithAny(body, "SFATAL\x00", "SERROR\x00", "SPANIC\x00", "VFATAL\x00") == dpi.Yes || body[0] == 'S' && bytes.IndexByte(body[1:], 0) > 0 && bytes.Contains(body, []byte("\x00C"))), true
	}
	return dpi.No, false
}

// postgresChain follows messages from the beginning of d on and returns how
// many there are; exact tells that the last one ends where d does.
func postgresChain(d []byte) (messages int, exact bool) {
	for len(d) >= 5 {
		n := int(be32(d[1:])) + 1
		if d[0] < '1' || d[0] > 'z' || n < 5 || n > len(d) {
			return messages, false
		}
		messages++
		d = d[n:]
	}
	return messages, len(d) == 0
}

// inspectPostgres looks for TLS behind a client's request for it, and behind the
// server's consent.
func inspectPostgres(p *dpi.Packet, d []byte) (done bool) {
	rest := d
	switch {
	case len(d) >= 8 && be32(d[4:]) == postgresTLS:
		rest = d[8:]
	case len(d) >= 1 && d[0] == 'S':
		rest = d[1:]
	default:
		return true
	}
	return inspectTLSInside(p, rest)
}
