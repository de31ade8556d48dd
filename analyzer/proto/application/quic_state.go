package application

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
)

const (
	maxQUICSpans  = 32       // pieces of a hello that wait for what is between them
	maxQUICCrypto = 16 << 10 // bytes of a hello
)

// quicState is what QUIC keeps for a flow.
type quicState struct {
	data    dpi.Blob // CRYPTO data of the client's Initial packets, at its place
	spans   [maxQUICSpans]quicSpan
	nSpans  uint8
	tries   uint8 // Initial packets decrypted
	client  uint8 // direction of the client plus one, 0 while not known
	done    bool
	dcid    [maxQUICConnectionID]byte // the keys come from it
	dcidLen uint8
	cidLen  [2]uint8 // length of the connection IDs of short headers plus one, by direction
	spin    [2]uint8 // latest spin bit plus one
	turned  [2]int64 // when it changed, ns
}

// quicSpan is a range of bytes that are there.
type quicSpan struct{ from, to uint16 }

func freeQUIC(store *dpi.Store, s *quicState) { store.Free(s.data) }

// Frame types, RFC 9000 section 19.
const (
	framePadding = 0x00
	framePing    = 0x01
	frameACK     = 0x02
	frameACKECN  = 0x03
	frameCrypto  = 0x06
)

// Frame types of gQUIC where they differ.
const (
	gquicFramePing   = 0x07
	gquicFrameCrypto = 0x08
)

// Other frame types that Initial packets may have.
const (
	frameClose      = 0x1c
	gquicFrameStop  = 0x06 // STOP_WAITING
	gquicFrameClose = 0x02
)

// nextCrypto reads the frames of an Initial packet up to the content of the next
// CRYPTO frame, if there is one. ok is false if something else came than frames
// that such a packet may have (RFC 9000 section 17.2.2); what follows an end of
// the connection is not looked at.
func nextCrypto(r *wireReader, gquic bool) (found, ok bool) {
	for len(r.b) > 0 && !r.bad {
		kind := r.uint(1)
		switch {
		case kind == framePadding:
			r.b = skipZeros(r.b)
		case kind == frameCrypto && !gquic, kind == gquicFrameCrypto && gquic:
			return true, true
		case kind == framePing && !gquic, kind == gquicFramePing && gquic:
		case kind == frameACK && !gquic:
			skipACK(r, 0)
		case kind == frameACKECN && !gquic:
			skipACK(r, 3)
		case kind == frameClose && !gquic, kind == gquicFrameClose && gquic, gquic && (kind >= 0x20 || kind == gquicFrameStop):
			return false, true
		default:
			return false, false
		}
	}
	return false, !r.bad
}

// skipZeros returns b from its first byte on that is not zero.
func skipZeros(b []byte) []byte {
	for len(b) >= 8 && binary.NativeEndian.Uint64(b) == 0 {
		b = b[8:]
	}
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

// isInitialPayload tells whether decrypted bytes are the frames of an Initial
// packet; if cut is set, the end of them is missing.
func isInitialPayload(plain []byte, gquic, cut bool) bool {
	r := wireReader{b: plain}
	found, ok := nextCrypto(&r, gquic)
	for found {
		r.varint()
		cryptoData(&r, cut)
		found, ok = nextCrypto(&r, gquic)
	}
	return ok || cut && r.bad
}

// cryptoData reads length and data of a CRYPTO frame, of which the end may be
// missing if cut is set.
func cryptoData(r *wireReader, cut bool) []byte {
	n := int(min(r.varint(), 1<<16))
	if cut {
		n = min(n, len(r.b))
	}
	return r.take(n)
}

// frames takes in the CRYPTO frames of an Initial packet.
func (s *quicState) frames(store *dpi.Store, plain []byte, gquic, cut bool) {
	r := wireReader{b: plain}
	for found, _ := nextCrypto(&r, gquic); found; found, _ = nextCrypto(&r, gquic) {
		s.crypto(store, &r, cut)
	}
}

// skipACK reads over an ACK frame with so many counters behind it, RFC 9000
// section 19.3.
func skipACK(r *wireReader, counters uint64) {
	r.varint() // largest acknowledged
	r.varint() // delay
	ranges := r.varint()
	r.varint() // first range
	for n := 2*min(ranges, 1<<10) + counters; n > 0 && !r.bad; n-- {
		r.varint()
	}
}

// crypto takes in the rest of a CRYPTO frame: offset, length, data.
func (s *quicState) crypto(store *dpi.Store, r *wireReader, cut bool) {
	off := r.varint()
	data := cryptoData(r, cut)
	if r.bad || len(data) == 0 || off+uint64(len(data)) > maxQUICCrypto {
		return
	}
	from, to := uint16(off), uint16(off)+uint16(len(data))
	if s.grow(store, int(to)) {
		copy(store.Bytes(s.data)[from:to], data)
		s.add(from, to)
	}
}

// zeros makes room in a blob.
var zeros [1 << 10]byte

// grow makes the data n bytes long at least.
func (s *quicState) grow(store *dpi.Store, n int) bool {
	ok := true
	for have := len(store.Bytes(s.data)); have < n && ok; have = len(store.Bytes(s.data)) {
		s.data, ok = store.Append(s.data, zeros[:min(n-have, len(zeros))])
	}
	return ok
}

// add notes that a range of bytes is there, joined with those that it touches.
// A range that finds no room is forgotten.
func (s *quicState) add(from, to uint16) {
	for i := uint8(0); i < s.nSpans; {
		x := s.spans[i]
		if x.to < from || to < x.from {
			i++
			continue
		}
		from, to = min(from, x.from), max(to, x.to)
		s.nSpans--
		s.spans[i] = s.spans[s.nSpans]
	}
	if s.nSpans < maxQUICSpans {
		s.spans[s.nSpans] = quicSpan{from, to}
		s.nSpans++
	}
}

// contiguous returns how many bytes are there from the first one on.
func (s *quicState) contiguous() int {
	for _, x := range s.spans[:s.nSpans] {
		if x.from == 0 {
			return int(x.to)
		}
	}
	return 0
}
