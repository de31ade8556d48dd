package media

import (
	"bytes"
	"encoding/binary"
)

// TransportStream reads an MPEG transport stream, ISO/IEC 13818-1 section 2.4.
// The zero value is ready. Numbers of tables are big-endian.
type TransportStream struct {
	ID         uint16 // transport_stream_id
	Packets    uint64
	OutOfOrder uint64 // packets that do not follow the one before of their PID
	Video      uint64 // bytes of packets of video

	packet  [tsPacket]byte // one that came in pieces
	n       int
	other   bool // the body is something else
	kinds   [tsPIDs]tsKind
	next    [tsPIDs]uint8 // continuity counter that is expected, plus one; 0: any
	clock   uint16        // PID of the clock that is followed, plus one; 0: none yet
	first   uint64        // of the clock, 27 MHz
	last    uint64
	atFirst uint64 // packets when the clock was first told
	atLast  uint64
	videoAt uint64 // Video when the clock was first told
	videoTo uint64
}

type tsKind uint8

const (
	tsOther tsKind = iota
	tsTable        // of a program
	tsVideo
)

// Sizes and numbers of ISO/IEC 13818-1.
const (
	tsPacket  = 188
	tsPIDs    = 1 << 13
	tsSync    = 0x47
	tsHeader  = 4
	tsNull    = tsPIDs - 1 // PID of stuffing
	tsHz      = 27_000_000
	tsLongest = 10 * tsHz // between two clock values: otherwise the clock was set anew
)

// Is tells whether the body is a transport stream: it consists of packets.
func (t *TransportStream) Is() bool { return !t.other && t.Packets > 1 }

// Feed reads the next piece of the body.
func (t *TransportStream) Feed(piece []byte) {
	if t.n > 0 {
		n := copy(t.packet[t.n:], piece)
		t.n += n
		piece = piece[n:]
		if t.n < tsPacket {
			return
		}
		t.n = 0
		t.read(t.packet[:])
	}
	for !t.other && len(piece) > 0 {
		if piece[0] != tsSync {
			piece = t.resync(piece)
			continue
		}
		if len(piece) < tsPacket {
			t.n = copy(t.packet[:], piece)
			return
		}
		t.read(piece[:tsPacket])
		piece = piece[tsPacket:]
	}
}

// resync returns what follows from the next packet on. A body that does not begin
// with packets is something else.
func (t *TransportStream) resync(piece []byte) []byte {
	if t.Packets < 2 {
		t.other = true
		return nil
	}
	if i := bytes.IndexByte(piece, tsSync); i >= 0 {
		return piece[i:]
	}
	return nil
}

// read reads a packet.
func (t *TransportStream) read(b []byte) {
	if b[0] != tsSync {
		t.other = t.other || t.Packets < 2
		return
	}
	t.Packets++
	pid := binary.BigEndian.Uint16(b[1:]) & (tsPIDs - 1)
	start, adapted, payload := b[1]&0x40 != 0, b[3]&0x20 != 0, b[3]&0x10 != 0
	body := b[tsHeader:]
	fresh := false // the continuity counter may begin anew
	if adapted {
		n := int(body[0])
		if n >= len(body) {
			return
		}
		fresh = t.adaptation(pid, body[1:1+n])
		body = body[1+n:]
	}
	if payload && pid != tsNull {
		t.follow(pid, b[3]&15, fresh)
	}
	switch {
	case t.kinds[pid] == tsVideo:
		t.Video += tsPacket
	case !start || !payload || len(body) == 0:
	case pid == 0:
		t.programs(section(body))
	case t.kinds[pid] == tsTable:
		t.streams(section(body))
	}
}

// follow checks the continuity counter of a PID. A packet may come twice.
func (t *TransportStream) follow(pid uint16, counter uint8, fresh bool) {
	expected := t.next[pid]
	if expected != 0 && !fresh && counter+1 != expected && (counter+1)&15 != expected-1 {
		t.OutOfOrder++
	}
	t.next[pid] = (counter+1)&15 + 1
}

// adaptation reads an adaptation field, and tells whether what was before has
// ended.
func (t *TransportStream) adaptation(pid uint16, b []byte) (discontinuity bool) {
	if len(b) == 0 {
		return false
	}
	if b[0]&0x10 != 0 && len(b) >= 7 {
		base := uint64(binary.BigEndian.Uint32(b[1:]))<<1 | uint64(b[5]>>7)
		t.tick(pid, base*300+(uint64(b[5]&1)<<8|uint64(b[6])))
	}
	return b[0]&0x80 != 0
}

// tick takes a value of a clock. Only the first clock is followed, as long as it
// goes on.
func (t *TransportStream) tick(pid uint16, now uint64) {
	if t.clock != 0 && t.clock != pid+1 {
		return
	}
	if t.clock == 0 || now < t.last || now-t.last > tsLongest {
		t.clock, t.first, t.atFirst, t.videoAt = pid+1, now, t.Packets, t.Video
	}
	t.last, t.atLast, t.videoTo = now, t.Packets, t.Video
}

// VideoRate returns the bits of video per second of the stream's own clock, of
// everything if no video is told apart; 0 before the clock has gone on.
func (t *TransportStream) VideoRate() uint64 {
	if t.last <= t.first {
		return 0
	}
	bits := (t.videoTo - t.videoAt) * 8
	if bits == 0 {
		bits = (t.atLast - t.atFirst) * tsPacket * 8
	}
	return uint64(float64(bits) * tsHz / float64(t.last-t.first))
}

// section returns the section that begins in a packet, from its table_id on and
// without the checksum; nil if it goes on in the next packet, or is damaged.
func section(b []byte) []byte {
	if skip := int(b[0]) + 1; skip < len(b) {
		b = b[skip:]
	} else {
		return nil
	}
	if len(b) < 3 {
		return nil
	}
	end := 3 + int(binary.BigEndian.Uint16(b[1:])&0xfff) - 4
	if end < 8 || end > len(b) {
		return nil
	}
	return b[:end]
}

// programs reads the program association table (section 2.4.4.3).
func (t *TransportStream) programs(b []byte) {
	if len(b) < 8 || b[0] != 0 {
		return
	}
	t.ID = binary.BigEndian.Uint16(b[3:])
	for b = b[8:]; len(b) >= 4; b = b[4:] {
		if pid := binary.BigEndian.Uint16(b[2:]) & (tsPIDs - 1); binary.BigEndian.Uint16(b) != 0 && pid != 0 {
			t.kinds[pid] = tsTable
		}
	}
}

// streams reads a program map table (section 2.4.4.8).
func (t *TransportStream) streams(b []byte) {
	if len(b) < 12 || b[0] != 2 {
		return
	}
	skip := 12 + int(binary.BigEndian.Uint16(b[10:])&0xfff)
	for skip+5 <= len(b) {
		pid := binary.BigEndian.Uint16(b[skip+1:]) & (tsPIDs - 1)
		if isVideo(b[skip]) && pid != 0 {
			t.kinds[pid] = tsVideo
		}
		skip += 5 + int(binary.BigEndian.Uint16(b[skip+3:])&0xfff)
	}
}

// isVideo tells whether a stream_type is one of video: MPEG-1, 2 and 4, AVC, HEVC,
// VVC and others (table 2-34).
func isVideo(kind byte) bool {
	switch kind {
	case 0x01, 0x02, 0x10, 0x1b, 0x1e, 0x1f, 0x20, 0x21, 0x24, 0x33, 0x42, 0xea:
		return true
	}
	return false
}
