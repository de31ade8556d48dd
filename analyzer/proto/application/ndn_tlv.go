package application

import "encoding/binary"

// Numbers of elements of Named Data Networking: "NDN Packet Format
// Specification", 0.1 to 0.3, section "TLV-TYPE number assignments", and
// NDNLPv2 for what goes on a link.
const (
	ndnInterest         = 5
	ndnData             = 6
	ndnName             = 7
	ndnComponent        = 8
	ndnSelectors        = 9 // 0.2 and before, as 13 to 19 inside
	ndnNonce            = 10
	ndnLifetime         = 12
	ndnMinSuffix        = 13
	ndnMaxSuffix        = 14
	ndnPublisherKey     = 15
	ndnExclude          = 16
	ndnChildSelector    = 17
	ndnMustBeFresh      = 18
	ndnAny              = 19
	ndnMetaInfo         = 20
	ndnContent          = 21
	ndnSignatureInfo    = 22
	ndnSignatureValue   = 23
	ndnContentType      = 24
	ndnFreshness        = 25
	ndnFinalBlock       = 26
	ndnSignatureType    = 27
	ndnKeyLocator       = 28
	ndnInterestSigInfo  = 44
	ndnInterestSigValue = 46
	ndnFragment         = 80
	ndnFragmentIndex    = 82
	ndnLinkPacket       = 100
	ndnMaxType          = 0xffff // of components; NDNLPv2 ends well below
)

// ndnVar reads a number of variable length: one byte below 253, else the length
// of 2, 4 or 8 bytes in the first. n is 0 if d ends before, or if fewer bytes
// would have done.
func ndnVar(d []byte) (v uint64, n int) {
	switch {
	case len(d) == 0:
	case d[0] < 253:
		return uint64(d[0]), 1
	case d[0] == 253 && len(d) >= 3 && (d[1] != 0 || d[2] >= 253):
		return uint64(binary.BigEndian.Uint16(d[1:])), 3
	case d[0] == 254 && len(d) >= 5 && (d[1] != 0 || d[2] != 0):
		return uint64(binary.BigEndian.Uint32(d[1:])), 5
	}
	return 0, 0 // nothing is longer than 32 bits can tell
}

// ndnElement splits the first element off d. ok is false if it is not all
// there.
func ndnElement(d []byte) (kind uint64, value, rest []byte, ok bool) {
	kind, n := ndnVar(d)
	size, m := ndnVar(d[n:])
	if n == 0 || m == 0 || kind == 0 || size > uint64(len(d)-n-m) {
		return 0, nil, nil, false
	}
	end := n + m + int(size)
	return kind, d[n+m : end], d[end:], true
}

// ndnFind returns the value of the first element of a kind among those that d
// consists of.
func ndnFind(d []byte, kind uint64) (value []byte, ok bool) {
	for len(d) > 0 {
		k, v, rest, ok := ndnElement(d)
		if !ok {
			return nil, false
		}
		if k == kind {
			return v, true
		}
		d = rest
	}
	return nil, false
}

// ndnNumber reads a number that is a whole value: 1, 2, 4 or 8 bytes.
func ndnNumber(b []byte) (n uint64, ok bool) {
	switch len(b) {
	case 1, 2, 4, 8:
	default:
		return 0, false
	}
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n, true
}

// ndnPacket is an Interest or Data packet.
type ndnPacket struct {
	kind uint64 // ndnInterest or ndnData
	body []byte // its elements
}

// parse reads the packet that d begins with, which may be inside a link packet
// if it is not a later fragment of one, and returns what follows.
func (q *ndnPacket) parse(d []byte) (rest []byte, ok bool) {
	kind, body, rest, ok := ndnElement(d)
	if ok && kind == ndnLinkPacket {
		if index, there := ndnFind(body, ndnFragmentIndex); there && len(index) > 0 && index[len(index)-1] != 0 {
			return nil, false
		}
		fragment, _ := ndnFind(body, ndnFragment)
		kind, body, _, ok = ndnElement(fragment)
	}
	q.kind, q.body = kind, body
	return rest, ok && (kind == ndnInterest || kind == ndnData)
}

// name returns the components of the packet's name.
func (q ndnPacket) name() []byte {
	kind, name, _, ok := ndnElement(q.body)
	if !ok || kind != ndnName {
		return nil
	}
	return name
}

// isSound tells whether the packet consists of what belongs to it to the last
// byte: a name, then known elements or those of even numbers, which receivers
// pass over; of Data the signature. strict asks for the nonce of an Interest,
// too, which may lack before it has reached the first router.
func (q ndnPacket) isSound(strict bool) bool {
	name := q.name()
	if !isNDNName(name) {
		return false
	}
	_, _, rest, _ := ndnElement(q.body)
	var nonce, info, signature bool
	for len(rest) > 0 {
		kind, value, next, ok := ndnElement(rest)
		if !ok || !isNDNPart(kind) {
			return false
		}
		nonce = nonce || kind == ndnNonce && len(value) == 4
		info = info || kind == ndnSignatureInfo
		signature = signature || kind == ndnSignatureValue
		rest = next
	}
	if q.kind == ndnData {
		return info && signature
	}
	return nonce || !strict
}

// isNDNPart tells whether an element may stand in a packet behind its name.
func isNDNPart(kind uint64) bool {
	return kind > ndnComponent && kind < 64 || kind < 1024 && kind%2 == 0
}

// isNDNName tells whether a name has components, and nothing else.
func isNDNName(name []byte) bool {
	any := len(name) > 0
	for len(name) > 0 {
		kind, _, rest, ok := ndnElement(name)
		if !ok || kind > ndnMaxType {
			return false
		}
		name = rest
	}
	return any
}

// ndnNth returns the value of the nth component of a name, counted from 0.
func ndnNth(name []byte, n int) (value []byte, ok bool) {
	for ; len(name) > 0; n-- {
		_, v, rest, ok := ndnElement(name)
		if !ok {
			return nil, false
		}
		if n == 0 {
			return v, true
		}
		name = rest
	}
	return nil, false
}

// joinNDN writes the values of a name's components to out with '/' between,
// those of other elements of a list left out, as far as they fit.
func joinNDN(out, name []byte) []byte {
	text := out[:0]
	for len(name) > 0 {
		kind, v, rest, ok := ndnElement(name)
		if !ok {
			break
		}
		name = rest
		if kind == ndnAny {
			continue
		}
		if len(text)+1+len(v) > len(out) {
			break
		}
		if len(text) > 0 {
			text = append(text, '/')
		}
		text = append(text, v...)
	}
	return text
}
