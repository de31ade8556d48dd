package application

import "mmt/analyzer/dpi"

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

// frames takes in the CRYPTO frames of an Initial packet.
func (s *quicState) frames(store *dpi.Store, plain []byte) {
	for r := (wireReader{b: plain}); len(r.b) > 0; {
		switch r.uint(1) {
		case framePadding, framePing:
		case frameACK:
			skipACK(&r, 0)
		case frameACKECN:
			skipACK(&r, 3)
		case frameCrypto:
			s.crypto(store, &r)
		default:
			return
		}
	}
}

// gquicFrames takes in the CRYPTO frames of an Initial packet of a late gQUIC.
func (s *quicState) gquicFrames(store *dpi.Store, plain []byte) {
	for r := (wireReader{b: plain}); len(r.b) > 0; {
		switch r.uint(1) {
		case framePadding, gquicFramePing:
		case gquicFrameCrypto, frameCrypto:
			s.crypto(store, &r)
		default:
			return
		}
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
func (s *quicState) crypto(store *dpi.Store, r *wireReader) {
	off := r.varint()
	n := r.varint()
	data := r.take(int(min(n, 1<<16)))
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
