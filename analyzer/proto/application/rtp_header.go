package application

// rtpFixed is the length of an RTP header without contributing sources, RFC
// 3550 section 5.1.
const rtpFixed = 12

// rtpHeader is what the header of an RTP packet says.
type rtpHeader struct {
	marker  bool
	kind    byte // payload type, 7 bits
	seq     uint16
	stamp   uint32 // media clock
	ssrc    uint32 // synchronization source
	size    int    // bytes of the header, sources and extension included
	payload int    // bytes after the header, padding excluded
}

// parseRTP reads the header of an RTP packet. ok is false if the lengths in it
// do not fit d, or if it is an RTCP packet, whose type takes the place of marker
// and payload type (RFC 5761 section 4).
func parseRTP(d []byte) (h rtpHeader, ok bool) {
	if len(d) < rtpFixed || d[0]>>6 != 2 || d[1] >= 192 && d[1] <= 223 {
		return h, false
	}
	h.marker, h.kind = d[1]&0x80 != 0, d[1]&0x7f
	h.seq, h.stamp, h.ssrc = uint16(be16(d[2:])), be32(d[4:]), be32(d[8:])
	h.size = rtpFixed + 4*int(d[0]&0x0f)
	if d[0]&0x10 != 0 { // extension: profile, number of words
		if len(d) < h.size+4 {
			return h, false
		}
		h.size += 4 + 4*be16(d[h.size+2:])
	}
	h.payload = len(d) - h.size
	if d[0]&0x20 != 0 { // padding: its last byte counts it
		h.payload -= max(int(d[len(d)-1]), 1)
	}
	return h, h.payload >= 0
}

// rtpClocks are the rates, Hz, of the clocks of the payload types that RFC 3551
// section 6 assigns; 0 where the type is not assigned.
var rtpClocks = [...]uint32{
	0: 8000, 3: 8000, 4: 8000, 5: 8000, 6: 16000, 7: 8000, 8: 8000, 9: 8000, 10: 44100, 11: 44100, 12: 8000, 13: 8000,
	14: 90000, 15: 8000, 16: 11025, 17: 22050, 18: 8000, 25: 90000, 26: 90000, 28: 90000, 31: 90000, 32: 90000,
	33: 90000, 34: 90000,
}

// rtpClock returns the rate of the clock that a payload type has by assignment,
// 0 if it has none.
func rtpClock(kind byte) uint32 {
	if int(kind) < len(rtpClocks) {
		return rtpClocks[kind]
	}
	return 0
}

// isRTPType tells whether a payload type is assigned, or left to be agreed on
// (RFC 3551 section 3; the types from 35 to 63 are used when the others run
// out, RFC 5761 section 4).
func isRTPType(kind byte) bool { return kind >= 96 || rtpClock(kind) != 0 }

// hash makes 8 bits of what stays the same in a stream: the source. The payload
// type changes with silence and with dialled digits.
func (h *rtpHeader) hash() uint32 { return h.ssrc * 2654435761 >> 24 }

// rtpSteps are common distances of the timestamps of two packets that follow
// each other: 10, 20, 30, 40, 60 ms at 8, 16, 44.1 and 48 kHz, frames of AAC and
// MPEG audio, video of 15, 24, 25, 29.97, 30, 50 and 60 images per second.
var rtpSteps = [...]uint32{
	80, 160, 240, 320, 480, 640, 960, 1920, 2880, 441, 882, 1764, 1024, 2048, 1152, 2160, 2351,
	6000, 3750, 3600, 3003, 3000, 1800, 1500, 1501, 1502, 12000, 7200, 6006, 400, 800, 1600, 1200,
}

// follows tells whether h is the packet after last in the same stream, and
// whether the timestamps tell so too: by a common distance, or by the number of
// samples that last carried.
func (h *rtpHeader) follows(last *rtpHeader) (next, telling bool) {
	step := h.stamp - last.stamp
	switch {
	case h.ssrc != last.ssrc || h.seq != last.seq+1:
		return false, false
	case h.kind != last.kind:
		return step < 1<<20, false
	}
	if step != 0 && int(step) == last.payload {
		return true, true
	}
	for _, s := range rtpSteps {
		if step == s {
			return true, true
		}
	}
	return step < 1<<20, false
}

// near tells whether h is one of the next few packets after last in the same
// stream.
func (h *rtpHeader) near(last *rtpHeader) bool {
	return h.ssrc == last.ssrc && h.seq-last.seq-1 < 4
}
