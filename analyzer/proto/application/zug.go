package application

import (
	"bytes"

	"mmt/analyzer/proto/id"
)

// Zug is a protocol of datagrams that name themselves: zero, "zUG" and 16, three
// bytes, and a length that the datagram holds behind the header.
var Zug = toldByDatagram(id.Zug, "zug", func(d []byte) bool {
	return len(d) > 12 && bytes.HasPrefix(d, []byte("\x00zUG\x10")) && be16(d[8:]) <= len(d)-12
}, 19000)
