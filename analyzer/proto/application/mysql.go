package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MySQL is the client/server protocol of MySQL and MariaDB (MySQL, "Client/Server
// Protocol", connection phase), with TLS inside where the client asks for it.
var MySQL = dpi.Protocol{
	ID:          id.Mysql,
	Name:        "mysql",
	Attributes:  mysqlAttributes,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{mysqlPort}, Classify: classifyMySQL}},
	Inspect:     inspectMySQL,
}

const (
	mysqlPort   = 3306
	mysqlHeader = 4 // length of the packet, 3 bytes little endian, and its number
	// mysqlTLS is the length of a client's wish for TLS: capabilities, maximum
	// packet, character set, filler.
	mysqlTLS = 32
)

// Capabilities of a client.
const (
	mysqlProtocol41 = 1 << 9
	mysqlWantsTLS   = 1 << 11
)

// mysqlPacket splits the first packet off d: its number and its content, as much
// as there is. ok is false if d is not long enough or the packet has no
// sensible length.
func mysqlPacket(d []byte) (number byte, length int, content []byte, ok bool) {
	if len(d) <= mysqlHeader {
		return 0, 0, nil, false
	}
	length = int(d[0]) | int(d[1])<<8 | int(d[2])<<16
	content = d[mysqlHeader:]
	return d[3], length, content[:min(length, len(content))], length > 0
}

func classifyMySQL(p *dpi.Packet, d []byte) dpi.Verdict {
	number, length, content, ok := mysqlPacket(d)
	if !ok {
		if len(d) <= mysqlHeader {
			return dpi.More
		}
		return dpi.No
	}
	switch number {
	case 0:
		return classifyMySQLFirst(p, content, length)
	case 1:
		return isMySQLLogin(content, length)
	}
	return dpi.No
}

// classifyMySQLFirst judges the first packet of an exchange: a greeting, a
// refusal, or a command of a connection that was joined in the middle.
func classifyMySQLFirst(p *dpi.Packet, content []byte, length int) dpi.Verdict {
	switch content[0] {
	case 9, 10:
		return isMySQLGreeting(content, length)
	case 0xff: // a refusal: error number and text
		if len(content) < length && len(content) < 64 {
			return dpi.More
		}
		if length > 8 && len(content) > 8 && le16(content[1:]) >= 1000 && le16(content[1:]) < 5000 && isPrintable(content[3:]) {
			return dpi.Yes
		}
	case 3: // a query
		if p.HasPort(mysqlPort) && isSQL(content[1:]) {
			return dpi.Yes
		}
	}
	return dpi.No
}

// isMySQLGreeting judges a server's greeting: version as text that ends with a
// zero, thread, eight random bytes, a zero.
func isMySQLGreeting(content []byte, length int) dpi.Verdict {
	i := bytes.IndexByte(content, 0)
	switch {
	case i < 0 && len(content) < 64:
		if !isPrintable(content[1:]) {
			return dpi.No
		}
		return dpi.More
	case i < 4 || i > 64 || !isPrintable(content[1:i]) || !isDigit(content[1]) || length > 512:
		return dpi.No
	case len(content) < min(length, i+14):
		return dpi.More
	case content[0] == 9:
		return verdict(length >= i+13)
	}
	return verdict(length >= i+14 && content[i+13] == 0)
}

// isMySQLLogin judges a client's answer to a greeting: in protocol 4.1 it has 23
// zeros between the character set and the user.
func isMySQLLogin(content []byte, length int) dpi.Verdict {
	if length < mysqlTLS || length > 1<<16 {
		return dpi.No
	}
	if len(content) < mysqlTLS {
		return dpi.More
	}
	// MariaDB has more capabilities in the last four of the zeros.
	return verdict(le32(content)&mysqlProtocol41 != 0 && isZero(content[9:28]))
}

// isSQL tells whether text starts with a statement of SQL.
func isSQL(text []byte) bool {
	word, _ := textWord(text[:min(len(text), 16)])
	return equalFoldAny(word, "select", "insert", "update", "delete", "create", "show", "begin", "commit", "rollback", "replace",
		"alter", "drop", "set", "use", "start", "call", "with", "explain", "describe", "declare", "exec", "execute", "truncate")
}

// inspectMySQL looks for TLS behind a client's wish for it, and behind the
// server's greeting.
func inspectMySQL(p *dpi.Packet, d []byte) (done bool) {
	number, length, content, ok := mysqlPacket(d)
	if !ok || len(content) < length {
		return false
	}
	rest := d[mysqlHeader+length:]
	if number == 1 && (length != mysqlTLS || le32(content)&mysqlWantsTLS == 0) {
		return true
	}
	return inspectTLSInside(p, rest)
}
