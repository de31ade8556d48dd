package application

// wireReader reads big-endian fields from the front of a message. Once a field
// lies past the end, bad is set and everything read from then on is zero, so
// that a dissector checks once, at the end.
type wireReader struct {
	b   []byte
	bad bool
}

// take returns the next n bytes, nil if there are fewer.
func (r *wireReader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

// uint reads a number of size bytes, at most 8.
func (r *wireReader) uint(size int) uint64 {
	var n uint64
	for _, c := range r.take(size) {
		n = n<<8 | uint64(c)
	}
	return n
}

// vector reads bytes that follow their length of size bytes, as TLS writes
// variable-length vectors (RFC 8446 section 3.4).
func (r *wireReader) vector(size int) []byte { return r.take(int(r.uint(size))) }

// vectorCut is vector for a message whose end may be missing: it returns what
// is there.
func (r *wireReader) vectorCut(size int) []byte {
	n := int(r.uint(size))
	return r.take(min(n, len(r.b)))
}

// varint reads a QUIC variable-length integer, RFC 9000 section 16.
func (r *wireReader) varint() uint64 {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	size := 1 << (r.b[0] >> 6)
	return r.uint(size) & (1<<(8*size-2) - 1)
}
