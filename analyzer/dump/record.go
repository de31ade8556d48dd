package dump

import (
	"encoding/binary"

	"mmt/analyzer/spool"
	"mmt/dataplane"
)

// packet is what is kept of a packet on its way to a file.
type packet struct {
	time   int64  // ns since 1970
	number uint64 // in the stream
	file   uint64 // of evidence that it is for
	wire   uint32 // length on the wire
	link   dataplane.LinkType
	data   []byte
}

// Every record starts with its kind and its length, which counts what follows
// the head.
const (
	recordHead = 8
	packetHead = 8 + 8 + 8 + 4 + 2
)

// kind is what a record is.
type kind uint8

const (
	kindPacket kind = iota
	kindOpen        // of evidence: a file begins, with its alert
	kindNote        // another alert of the same flow
	kindClose       // the file is complete
)

// put puts a record, and returns the place of its contents, nil if there is no
// room.
func put(f *spool.Feed, k kind, n int) []byte {
	b := f.Room(recordHead + n)
	if b == nil {
		return nil
	}
	b[0] = byte(k)
	binary.LittleEndian.PutUint32(b[4:], uint32(n))
	return b[recordHead:]
}

// putPacket puts a packet, and reports whether there was room.
func putPacket(f *spool.Feed, p *packet) bool {
	b := put(f, kindPacket, packetHead+len(p.data))
	if b == nil {
		return false
	}
	binary.LittleEndian.PutUint64(b, uint64(p.time))
	binary.LittleEndian.PutUint64(b[8:], p.number)
	binary.LittleEndian.PutUint64(b[16:], p.file)
	binary.LittleEndian.PutUint32(b[24:], p.wire)
	binary.LittleEndian.PutUint16(b[28:], uint16(p.link))
	copy(b[packetHead:], p.data)
	return true
}

// packetOf reads what putPacket has put.
func packetOf(b []byte) packet {
	return packet{
		time: int64(binary.LittleEndian.Uint64(b)), number: binary.LittleEndian.Uint64(b[8:]), file: binary.LittleEndian.Uint64(b[16:]),
		wire: binary.LittleEndian.Uint32(b[24:]), link: dataplane.LinkType(binary.LittleEndian.Uint16(b[28:])), data: b[packetHead:],
	}
}

// next splits the first record off the contents of a chunk.
func next(d []byte) (k kind, contents, rest []byte) {
	end := recordHead + int(binary.LittleEndian.Uint32(d[4:]))
	return kind(d[0]), d[recordHead:end], d[end:]
}

// Memory of the queue to the goroutine that writes: chunks of a thread, and their
// size, which is more than the largest packet.
const (
	chunks    = 16
	chunkSize = 512 << 10
)

// flushAfter is how long, in ns of packet time, a packet may wait in a chunk that
// is not full.
const flushAfter = int64(1e9)
