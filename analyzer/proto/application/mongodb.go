package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MongoDB is the MongoDB wire protocol ("MongoDB Wire Protocol").
var MongoDB = dpi.Protocol{
	ID:          id.Mongodb,
	Name:        "mongodb",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{27017, 27018, 27019}, Classify: classifyMongoDB}},
}

// Operations.
const (
	mongoReply      = 1
	mongoUpdate     = 2001
	mongoInsert     = 2002
	mongoQuery      = 2004
	mongoGetMore    = 2005
	mongoDelete     = 2006
	mongoKill       = 2007
	mongoCompressed = 2012
	mongoMessage    = 2013
)

const (
	mongoHeader = 16 // length, request, response to, operation; little endian
	mongoMax    = 48_000_000
)

func classifyMongoDB(_ *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) > 3 && d[3] > 2, len(d) > 15 && (d[14] != 0 || d[15] != 0):
		return dpi.No
	case len(d) < mongoHeader+8:
		return dpi.More
	}
	length, op := int(le32(d)), le32(d[12:])
	body := d[mongoHeader:min(max(length, mongoHeader), len(d))]
	if length < mongoHeader+5 || length > mongoMax || len(body) < 8 {
		return dpi.No
	}
	switch op {
	case mongoMessage:
		return isMongoMessage(body, length-mongoHeader)
	case mongoQuery, mongoInsert:
		return isMongoCollection(body, 0xff)
	case mongoUpdate, mongoDelete, mongoGetMore:
		return isMongoCollection(body, 0)
	case mongoReply:
		return isMongoReply(body, length-mongoHeader)
	case mongoCompressed: // the operation, its length, and the compressor
		if len(body) < 9 {
			return dpi.More
		}
		inner := le32(body)
		return verdict((inner == mongoMessage || inner == mongoQuery || inner == mongoReply) && le32(body[4:]) < mongoMax && body[8] <= 3)
	}
	return dpi.No
}

// isMongoMessage judges OP_MSG: flags, and a section that is a document or a
// sequence of them.
func isMongoMessage(body []byte, size int) dpi.Verdict {
	if len(body) < 9 {
		return dpi.More
	}
	flags, kind, n := le32(body), body[4], int(le32(body[5:]))
	return verdict(flags&^0x10003 == 0 && kind <= 1 && n >= 5 && n <= size-5)
}

// isMongoCollection judges an operation on a collection: flags, and a full name
// such as "db.$cmd".
func isMongoCollection(body []byte, flags uint32) dpi.Verdict {
	if le32(body)&^flags != 0 {
		return dpi.No
	}
	name := body[4:]
	i := bytes.IndexByte(name, 0)
	switch {
	case i < 0 && len(name) < 128 && isPrintable(name):
		return dpi.More
	case i < 3 || !isPrintable(name[:i]) || bytes.IndexByte(name[:i], '.') <= 0:
		return dpi.No
	}
	return dpi.Yes
}

// isMongoReply judges OP_REPLY: flags, cursor, where it starts, how many, and
// the length of the first document.
func isMongoReply(body []byte, size int) dpi.Verdict {
	if len(body) < 24 {
		return dpi.More
	}
	count, n := le32(body[16:]), int(le32(body[20:]))
	return verdict(le32(body)&^0xf == 0 && (count == 0 || n >= 5 && n <= size-20))
}
