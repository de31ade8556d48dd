package mobile

import "encoding/binary"

var be = binary.BigEndian

// per reads aligned PER, ITU-T X.691, from the bits of a value. What lies
// beyond the end reads as zero and makes it bad: one check at the end is enough.
type per struct {
	b   []byte
	at  int // bits read so far
	bad bool
}

// take reads n bits, at most 32, as a number.
func (r *per) take(n int) (v uint32) {
	if r.bad = r.bad || r.at+n > len(r.b)*8; r.bad {
		return 0
	}
	for range n {
		v = v<<1 | uint32(r.b[r.at>>3]>>(7-r.at&7)&1)
		r.at++
	}
	return v
}

// flag reads a bit: an extension marker, or whether something optional is there.
func (r *per) flag() bool { return r.take(1) != 0 }

// align skips to the next octet.
func (r *per) align() { r.at = (r.at + 7) &^ 7 }

// octets reads n whole octets at an octet boundary.
func (r *per) octets(n int) []byte {
	r.align()
	from := r.at >> 3
	if r.bad = r.bad || n < 0 || n > len(r.b)-from; r.bad {
		return nil
	}
	r.at += n * 8
	return r.b[from : from+n]
}

// rest returns everything from the next octet on.
func (r *per) rest() []byte {
	r.align()
	if r.bad || r.at>>3 > len(r.b) {
		return nil
	}
	return r.b[r.at>>3:]
}

// integer reads a number of a range above 64K whose encoding takes at most most
// octets (X.691 section 12.2.6: the number of octets in as few bits as can hold
// it, then the octets).
func (r *per) integer(most int) (v uint64) {
	width := 1
	for 1<<width < most {
		width++
	}
	n := int(r.take(width)) + 1
	for _, c := range r.octets(n) {
		v = v<<8 | uint64(c)
	}
	return v
}

// length reads a length determinant without bounds (X.691 section 11.9). What
// is longer than 16383 comes in fragments, which are not put together: bad.
func (r *per) length() int {
	first := r.octets(1)
	switch {
	case r.bad:
		return 0
	case first[0] < 0x80:
		return int(first[0])
	case first[0] < 0xc0:
		if second := r.octets(1); !r.bad {
			return int(first[0]&0x3f)<<8 | int(second[0])
		}
	}
	r.bad = true
	return 0
}

// open reads an open type or an octet string without bounds.
func (r *per) open() []byte { return r.octets(r.length()) }

// text reads a string of 1 to most characters whose size may be extended; most
// is below 256 (X.691 section 30.5).
func (r *per) text(most int) []byte {
	if r.flag() {
		return r.open()
	}
	width := 1
	for 1<<width < most {
		width++
	}
	n := int(r.take(width)) + 1
	return r.octets(n)
}

// address reads the bits of a transport layer address, BIT STRING (SIZE
// (1..160, ...)), cut to whole octets.
func (r *per) address() []byte {
	n := 0
	if r.flag() {
		n = r.length()
	} else {
		n = int(r.take(8)) + 1
	}
	b := r.octets((n + 7) / 8)
	return b[:min(len(b), n/8)]
}
