package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Cassandra is the Cassandra Query Language's binary protocol, versions 1 to 5
// ("CQL binary protocol"), and what nodes say to each other.
var Cassandra = dpi.Protocol{
	ID:          id.Cassandra,
	Name:        "cassandra",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{cassandraPort, 7000}, Classify: classifyCassandra}},
}

const (
	cassandraPort  = 9042
	cassandraReply = 0x80
	// cassandraNode is what a connection between nodes opens with.
	cassandraNode = "\xca\x55\x2d\xfa"
)

// Operations.
const (
	cqlError     = 0x00
	cqlStartup   = 0x01
	cqlOptions   = 0x05
	cqlSupported = 0x06
	cqlMax       = 0x10
)

func classifyCassandra(p *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, cassandraNode); v != dpi.No {
		return v
	}
	if len(d) == 0 {
		return dpi.More
	}
	version, reply := d[0]&^cassandraReply, d[0]&cassandraReply != 0
	if version < 1 || version > 5 || len(d) > 1 && d[1]&^0x1f != 0 {
		return dpi.No
	}
	header := 9
	if version < 3 {
		header = 8 // the stream's number has one byte
	}
	if len(d) < header {
		return dpi.More
	}
	op, length, body := d[header-5], int(be32(d[header-4:])), d[header:]
	if op > cqlMax || length > 256<<20 {
		return dpi.No
	}
	switch {
	case op == cqlOptions && !reply:
		return verdict(length == 0 && len(body) == 0)
	case op == cqlStartup && !reply, op == cqlSupported && reply:
		return isCQLStrings(body, length)
	case p.HasPort(cassandraPort) && length == len(body) && length > 0:
		return verdict(!reply && op >= 7 && op <= 0x0f || reply && (op == cqlError || op == 2 || op == 3 || op == 8 || op >= 0x0c))
	}
	return dpi.No
}

// isCQLStrings judges the map of options that a connection starts with.
func isCQLStrings(body []byte, length int) dpi.Verdict {
	if length < 4 || length > 4096 {
		return dpi.No
	}
	if len(body) < length {
		return dpi.More
	}
	return verdict(bytes.Contains(body[:length], []byte("CQL_VERSION")) || bytes.Contains(body[:length], []byte("COMPRESSION")))
}
