package output

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// fakeMongo speaks as much of MongoDB's protocol as the channel uses: it takes
// documents but those whose report is "invalid", and keeps what it was asked.
type fakeMongo struct {
	address string

	mu       sync.Mutex
	existing string // options of the collection that exists; "": none
	got      []string
	asked    []string // commands that limit the collection
}

func startFakeMongo(t *testing.T, existing string) *fakeMongo {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	t.Cleanup(func() { l.Close() })
	f := &fakeMongo{address: l.Addr().String(), existing: existing}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go f.serve(conn)
		}
	}()
	return f
}

func (f *fakeMongo) lines() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.got
}

func (f *fakeMongo) limits() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

// Operations of the protocol.
const (
	opReply = 1
	opQuery = 2004
	opMsg   = 2013
)

// serve answers the messages of one connection: a header of length, id, id of
// what is answered and operation, each 4 bytes, little-endian, and a body.
func (f *fakeMongo) serve(conn net.Conn) {
	defer conn.Close()
	for {
		var header [16]byte
		if _, err := io.ReadFull(conn, header[:]); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(header[:])-16)
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		op, front := uint32(opMsg), make([]byte, 5) // flags, and the kind of a section
		var reply bson.D
		if binary.LittleEndian.Uint32(header[12:]) == opQuery {
			// Only the greeting comes so: flags, name, skip, number and the query.
			op, front = opReply, make([]byte, 20)
			front[16] = 1 // one document
			reply = f.answer(bson.Raw(body[4+bytes.IndexByte(body[4:], 0)+1+8:]), nil)
		} else {
			reply = f.answer(sections(body[4:]))
		}
		document, _ := bson.Marshal(reply)
		out := binary.LittleEndian.AppendUint32(nil, uint32(16+len(front)+len(document)))
		out = append(append(out, 0, 0, 0, 0), header[4:8]...)
		out = binary.LittleEndian.AppendUint32(out, op)
		if _, err := conn.Write(append(append(out, front...), document...)); err != nil {
			return
		}
	}
}

// sections returns the command of a message, and the documents that it takes.
func sections(body []byte) (command bson.Raw, documents []bson.Raw) {
	for len(body) > 0 {
		size := binary.LittleEndian.Uint32(body[1:])
		part := body[1 : 1+size]
		if body[0] == 0 {
			command = bson.Raw(part)
		} else {
			part = part[4+bytes.IndexByte(part[4:], 0)+1:]
			for len(part) > 0 {
				n := binary.LittleEndian.Uint32(part)
				documents = append(documents, bson.Raw(part[:n]))
				part = part[n:]
			}
		}
		body = body[1+size:]
	}
	return command, documents
}

// answer runs a command.
func (f *fakeMongo) answer(command bson.Raw, documents []bson.Raw) bson.D {
	f.mu.Lock()
	defer f.mu.Unlock()
	elements, _ := command.Elements()
	ok := bson.E{Key: "ok", Value: 1}
	switch name := elements[0].Key(); name {
	case "insert":
		return append(f.insert(documents), ok)
	case "create", "convertToCapped":
		size, _ := command.Lookup("size").AsInt64OK()
		f.asked = append(f.asked, fmt.Sprint(name, " ", size))
		if name == "create" && f.existing != "" {
			return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: mongoExists}, {Key: "errmsg", Value: "exists"}}
		}
		return bson.D{ok}
	case "listCollections":
		var options bson.Raw
		bson.UnmarshalExtJSON([]byte(f.existing), false, &options)
		found := bson.D{{Key: "name", Value: "reports"}, {Key: "type", Value: "collection"}, {Key: "options", Value: options}}
		cursor := bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "mmt-data.$cmd.listCollections"}, {Key: "firstBatch", Value: bson.A{found}}}
		return bson.D{{Key: "cursor", Value: cursor}, ok}
	default: // hello, ping and the good-bye
		return bson.D{{Key: "ismaster", Value: true}, {Key: "helloOk", Value: true}, {Key: "maxBsonObjectSize", Value: 16 << 20},
			{Key: "maxMessageSizeBytes", Value: 48_000_000}, {Key: "maxWriteBatchSize", Value: 100_000},
			{Key: "minWireVersion", Value: 0}, {Key: "maxWireVersion", Value: 21}, ok}
	}
}

// insert takes documents until one is invalid.
func (f *fakeMongo) insert(documents []bson.Raw) bson.D {
	for i, d := range documents {
		report := d.Lookup("report").StringValue()
		if report == "invalid" {
			failed := bson.D{{Key: "index", Value: i}, {Key: "code", Value: 121}, {Key: "errmsg", Value: "Document failed validation"}}
			return bson.D{{Key: "n", Value: i}, {Key: "writeErrors", Value: bson.A{failed}}}
		}
		f.got = append(f.got, report)
	}
	return bson.D{{Key: "n", Value: len(documents)}}
}
