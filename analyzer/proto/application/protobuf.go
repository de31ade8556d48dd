package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Protobuf is messages of Protocol Buffers ("Protocol Buffers: Encoding") that
// no other protocol here wraps, one or more in a segment or datagram. They have
// no mark: they are told by how much of what could be wrong is right. It is
// asked last.
var Protobuf = dpi.Protocol{
	ID:   id.Protobuf,
	Name: "protobuf",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 5, Classify: classifyProtobuf},
		{Parent: id.Udp, Weight: 5, Classify: classifyProtobuf},
	},
}

// Wire types.
const (
	protobufVarint  = 0
	protobufFixed64 = 1
	protobufBytes   = 2
	protobufFixed32 = 5
)

// Points that are enough, each worth about one bit: in one packet alone, and in
// several.
const (
	protobufAlone = 48
	protobufTotal = 36
	protobufDepth = 4   // how deep messages in messages are followed
	protobufText  = 128 // bytes that must not all be text
)

func classifyProtobuf(p *dpi.Packet, _ []byte) dpi.Verdict {
	d := p.Stream
	if len(d) == 0 || !isProtobufStart(d) || isLines(d[:min(len(d), protobufText)]) {
		return dpi.No
	}
	points, whole := protobufPoints(d, protobufDepth)
	if points == 0 || !whole && p.Flow.L4 == 17 {
		return dpi.No
	}
	if whole {
		points += 4
	}
	memo := p.Memo(id.Protobuf)
	*memo += uint32(points)
	packets := p.Asked(dpi.Up) + p.Asked(dpi.Down)
	return yesOrMore(points >= protobufAlone || packets >= 3 && *memo >= protobufTotal)
}

// isProtobufStart tells whether d starts with a field of a low number, as nearly
// all messages do.
func isProtobufStart(d []byte) bool {
	return d[0] >= 0x08 && d[0] < 0x80 && isProtobufType(d[0]&7)
}

func isProtobufType(kind byte) bool { return kind <= protobufBytes || kind == protobufFixed32 }

// uvarint reads a number in base 128, lowest digits first, and returns its
// length; 0 if it is too long or if its end is missing.
func uvarint(d []byte) (value uint64, n int) {
	for i, c := range d[:min(len(d), 10)] {
		value |= uint64(c&0x7f) << (7 * i)
		if c&0x80 == 0 {
			return value, i + 1
		}
	}
	return 0, 0
}

// protobufPoints follows the fields of a message and returns what they are
// worth, 0 if one is wrong. The last field may be cut; whole tells that it is
// not.
func protobufPoints(d []byte, depth int) (points int, whole bool) {
	last := uint64(0)
	for len(d) > 0 {
		tag, n := uvarint(d)
		if n == 0 {
			return points, false
		}
		field := tag >> 3
		if field == 0 || field >= 1<<29 || !isProtobufType(byte(tag&7)) {
			return 0, false
		}
		worth, size := protobufValue(d[n:], byte(tag&7), depth)
		if size < 0 {
			return 0, false
		}
		if size == 0 {
			return points, false
		}
		points += worth + protobufTagPoints(field, last, n)
		last = field
		d = d[n+size:]
	}
	return points, true
}

// protobufTagPoints is what a tag of n bytes is worth: a low number, one not
// below the one before, and more for a long one that is repeated.
func protobufTagPoints(field, last uint64, n int) int {
	points := 1
	if field < 32 {
		points++
	}
	if field >= last {
		points++
	}
	if field == last {
		points += 7*n - 6
	}
	return points
}

// protobufValue returns the length of a value and what it is worth: 0 if its end
// is missing, -1 if it is wrong.
func protobufValue(d []byte, kind byte, depth int) (worth, size int) {
	switch kind {
	case protobufVarint:
		return protobufNumber(d)
	case protobufFixed64:
		return 0, lengthIf(d, 8)
	case protobufFixed32:
		return 0, lengthIf(d, 4)
	}
	n, head := uvarint(d)
	switch {
	case head == 0:
		return 0, 0
	case n > 1<<24:
		return 0, -1
	case uint64(len(d)-head) < n:
		return 0, 0
	}
	return protobufContent(d[head:head+int(n)], depth), head + int(n)
}

// protobufNumber is protobufValue of a number in base 128. One of ten bytes,
// as those below zero have, can only end with the 64th bit.
func protobufNumber(d []byte) (worth, size int) {
	const longest = 10
	if _, size = uvarint(d); size < longest && (size > 0 || len(d) < longest) {
		return 0, size
	}
	if size == 0 || d[longest-1] > 1 {
		return 0, -1
	}
	return 6, size
}

// lengthIf returns n if d has as many bytes, else 0.
func lengthIf(d []byte, n int) int {
	if len(d) < n {
		return 0
	}
	return n
}

// protobufContent is what bytes behind a length are worth: text by its length,
// else a message by its fields.
func protobufContent(b []byte, depth int) int {
	if len(b) >= 3 && isText(b) {
		return min(len(b), 16)
	}
	if depth > 0 && len(b) >= 2 {
		if points, whole := protobufPoints(b, depth-1); whole {
			return points
		}
	}
	return 0
}
