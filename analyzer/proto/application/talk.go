package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// grade says how much a line speaks for a protocol.
type grade uint32

// A line that a protocol cannot have is never; lines that other protocols have
// too are worth less than sure, and several of them, of both directions, add
// up.
const (
	never grade = 0
	fits  grade = 1 // possible, says nothing: worth no point
	hint  grade = 2 // one point
	good  grade = 3 // two points
	great grade = 4 // three points
	sure  grade = 5 // four points: enough alone
)

const (
	talkEnough = uint32(sure - fits)
	talkLines  = 12 // lines of one direction that are looked at
	talkGlance = 16 // bytes that tell most streams that are no text
)

// talk recognises a protocol of text lines from either direction, in whatever
// pieces the lines come.
type talk struct {
	proto dpi.ProtocolID
	// line grades one line, without its end, of either direction.
	line func(line []byte) grade
	// port is where the protocol is expected, worth one point.
	port uint16
	// multiline says that a reply whose code is followed by a hyphen goes on over
	// lines of any content up to its code followed by a blank (RFC 959 section
	// 4.2).
	multiline bool
}

// classify judges d, the beginning of one direction, together with what was
// found in the other. The memo holds the points of both directions, 8 bits
// each.
func (t *talk) classify(p *dpi.Packet, d []byte) dpi.Verdict {
	if !isLines(d[:min(len(d), talkGlance)]) {
		return dpi.No
	}
	points, ok := t.points(d)
	if !ok {
		return dpi.No
	}
	if points == 0 {
		return dpi.More // without taking the place for a note
	}
	memo := p.Memo(t.proto)
	shift := 8 * uint(p.Dir)
	*memo = *memo&^(0xff<<shift) | points<<shift
	if points += *memo >> (8 * uint(p.Dir^1)) & 0xff; p.HasPort(t.port) {
		points++
	}
	if points >= talkEnough {
		return dpi.Yes
	}
	return dpi.More
}

// points adds up what the complete lines of d are worth. ok is false if d is
// not of the protocol.
func (t *talk) points(d []byte) (points uint32, ok bool) {
	for n := 0; n < talkLines && len(d) > 0 && points < talkEnough; n++ {
		line, rest, whole := textLine(d)
		if !whole {
			return points, len(d) <= maxTextLine && isText(trimCR(d))
		}
		g := t.line(line)
		if g == never || !isText(line) {
			return 0, false
		}
		points += uint32(g - fits)
		if d = rest; t.multiline && len(line) > 3 && line[3] == '-' {
			d = lastOfReply(d, line[:3])
		}
	}
	return min(points, 0xff), true
}

// lastOfReply skips the lines in the middle of a reply: it returns d from the
// reply's last line on, or from the line whose end is still to come.
func lastOfReply(d, code []byte) []byte {
	for {
		line, rest, ok := textLine(d)
		if !ok || len(line) > 3 && line[3] == ' ' && string(line[:3]) == string(code) {
			return d
		}
		d = rest
	}
}

// trimCR takes off a carriage return at the end, whose line feed is still to
// come.
func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// tlsAfterText returns where TLS starts behind lines of text (STARTTLS and its
// like), -1 while there is none.
func tlsAfterText(d []byte) int {
	off := 0
	for off < len(d) {
		if IsTLS(d[off:]) == dpi.Yes {
			return off
		}
		line, rest, ok := textLine(d[off:])
		if !ok || !isText(line) {
			break
		}
		off = len(d) - len(rest)
	}
	return -1
}

// inspectStartTLS looks for TLS behind the lines of d, puts it on top of the
// path, and inspects it. started tells whether there is any.
func inspectStartTLS(p *dpi.Packet, d []byte) (started, done bool) {
	i := tlsAfterText(d)
	if i < 0 {
		return false, false
	}
	p.Push(id.Ssl)
	return true, InspectTLS(p, d[i:])
}
