package application

// Tags of the Basic Encoding Rules, X.690 section 8.
const (
	berInteger     = 0x02
	berOctetString = 0x04
	berOID         = 0x06
	berEnumerated  = 0x0a
	berSequence    = 0x30
)

// berElement is the front element of a message in the Basic Encoding Rules.
type berElement struct {
	tag    byte
	length int    // of the content as the header says
	value  []byte // what of the content is there
	rest   []byte // what follows it
	whole  bool   // the content is there to its end
}

// ber reads the front element of d with a definite length, X.690 section 8.1.3.
// ok is false if d does not begin with a header.
func ber(d []byte) (e berElement, ok bool) {
	if len(d) < 2 {
		return e, false
	}
	e.tag, e.length = d[0], int(d[1])
	head := 2
	if e.length >= 0x80 {
		size := e.length & 0x7f
		if size == 0 || size > 4 || len(d) < 2+size {
			return e, false
		}
		e.length, head = 0, 2+size
		for _, c := range d[2:head] {
			e.length = e.length<<8 | int(c)
		}
	}
	d = d[head:]
	n := min(e.length, len(d))
	e.value, e.rest, e.whole = d[:n], d[n:], n == e.length
	return e, true
}

// berUint reads an INTEGER of at most four bytes from the front of d.
func berUint(d []byte) (n uint32, rest []byte, ok bool) {
	e, ok := ber(d)
	if !ok || e.tag != berInteger || !e.whole || e.length == 0 || e.length > 5 {
		return 0, nil, false
	}
	for _, c := range e.value {
		n = n<<8 | uint32(c)
	}
	return n, e.rest, true
}
