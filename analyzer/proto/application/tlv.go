package application

// tlvShape says how a protocol writes its type-length-value elements: how many
// bytes the type and the length have, both big endian, and whether the length
// counts the whole element or only its value.
type tlvShape struct {
	tag, size int
	whole     bool
}

// next splits the first element off d. ok is false if d is not long enough for
// it.
func (s tlvShape) next(d []byte) (tag int, value, rest []byte, ok bool) {
	head := s.tag + s.size
	if len(d) < head {
		return 0, nil, nil, false
	}
	n := 0
	for _, c := range d[:s.tag] {
		tag = tag<<8 | int(c)
	}
	for _, c := range d[s.tag:head] {
		n = n<<8 | int(c)
	}
	if s.whole {
		n -= head
	}
	if n < 0 || n > len(d)-head {
		return 0, nil, nil, false
	}
	return tag, d[head : head+n], d[head+n:], true
}

// chain counts the elements of d. whole is false if they do not fill d
// exactly.
func (s tlvShape) chain(d []byte) (n int, whole bool) {
	for len(d) > 0 {
		var ok bool
		if _, _, d, ok = s.next(d); !ok {
			return n, false
		}
		n++
	}
	return n, true
}

// find returns the value of the first element with the given type, nil if d
// has none.
func (s tlvShape) find(d []byte, want int) []byte {
	for len(d) > 0 {
		tag, value, rest, ok := s.next(d)
		if !ok {
			return nil
		}
		if tag == want {
			return value[:len(value):len(value)]
		}
		d = rest
	}
	return nil
}
