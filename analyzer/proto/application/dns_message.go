package application

// Sizes of DNS messages, RFC 1035 sections 2.3.4 and 4.1.
const (
	dnsHeader    = 12
	dnsQuestion  = 4  // type and class behind a question's name
	dnsRecord    = 10 // type, class, time to live, length behind a record's name
	maxDNSName   = 255
	maxDNSLabel  = 63
	maxDNSJumps  = 32 // compression pointers followed in one name
	dnsPointer   = 0xc0
	maxDNSCount  = 512 // records of a section of a message that makes sense
	dnsTypeA     = 1
	dnsTypeAAAA  = 28
	dnsClassIN   = 1
	dnsClassMask = 0x7fff // mDNS uses the top bit, RFC 6762 section 10.2
)

// Bits of the flags of a DNS header, RFC 1035 section 4.1.1 and RFC 4035
// section 3.
const (
	dnsQR    = 0x8000
	dnsRD    = 0x0100
	dnsZ     = 0x0040
	dnsAD    = 0x0020
	dnsCD    = 0x0010
	dnsRcode = 0x000f
)

// Operations of a DNS header, RFC 1035 section 4.1.1 and RFC 8490.
const (
	dnsQuery    = 0
	dnsStateful = 6
)

// dnsMessage is a DNS message from its header on, at least dnsHeader bytes.
type dnsMessage []byte

func (m dnsMessage) flags() int      { return be16(m[2:]) }
func (m dnsMessage) opcode() int     { return m.flags() >> 11 & 15 }
func (m dnsMessage) response() bool  { return m[2]&(dnsQR>>8) != 0 }
func (m dnsMessage) count(i int) int { return be16(m[4+2*i:]) }
func (m dnsMessage) questions() int  { return m.count(0) }

// records returns how many records follow the questions.
func (m dnsMessage) records() int { return m.count(1) + m.count(2) + m.count(3) }

// skipName returns where the name at off ends, -1 if there is none.
func (m dnsMessage) skipName(off int) int {
	for start := off; off < len(m) && off-start <= maxDNSName; {
		switch c := int(m[off]); {
		case c == 0:
			return off + 1
		case c >= dnsPointer:
			if off+2 > len(m) {
				return -1
			}
			return off + 2
		case c > maxDNSLabel:
			return -1
		default:
			off += 1 + c
		}
	}
	return -1
}

// skipQuestion returns where the question at off ends, -1 if there is none.
func (m dnsMessage) skipQuestion(off int) int {
	if off = m.skipName(off); off < 0 || off+dnsQuestion > len(m) {
		return -1
	}
	return off + dnsQuestion
}

// skipRecord returns where the record at off ends, -1 if there is none.
func (m dnsMessage) skipRecord(off int) int {
	if off = m.skipName(off); off < 0 || off+dnsRecord > len(m) {
		return -1
	}
	off += dnsRecord + be16(m[off+8:])
	if off > len(m) {
		return -1
	}
	return off
}

// section returns where section i starts (0 questions, 1 answers, 2 authority,
// 3 additional, 4 the end of the message), -1 if the message is broken before.
func (m dnsMessage) section(i int) int {
	off := dnsHeader
	for s := 0; s < i && off >= 0; s++ {
		for n := m.count(s); n > 0 && off >= 0; n-- {
			if s == 0 {
				off = m.skipQuestion(off)
			} else {
				off = m.skipRecord(off)
			}
		}
	}
	return off
}

// name writes the name at off to buf, labels joined by dots, and returns it;
// nil if it is broken. Compression (RFC 1035 section 4.1.4) may only point
// backwards, so that it ends.
func (m dnsMessage) name(off int, buf *[maxDNSName]byte) []byte {
	out := buf[:0]
	limit := off
	for jumps := 0; off < len(m); {
		c := int(m[off])
		switch {
		case c == 0:
			return out
		case c >= dnsPointer:
			if jumps++; jumps > maxDNSJumps || off+2 > len(m) {
				return nil
			}
			to := be16(m[off:]) & 0x3fff
			if to >= limit {
				return nil
			}
			off, limit = to, to
			continue
		case c > maxDNSLabel || off+1+c > len(m) || len(out)+1+c > len(buf):
			return nil
		}
		if len(out) > 0 {
			out = append(out, '.')
		}
		out = append(out, m[off+1:off+1+c]...)
		off += 1 + c
	}
	return nil
}

// questionOK tells whether the first question reads as one: a name that is not
// compressed, a type and a class that exist. It returns where it ends.
func (m dnsMessage) questionOK() (end int, ok bool) {
	end = m.skipQuestion(dnsHeader)
	if end < 0 || m[dnsHeader] >= dnsPointer {
		return 0, false
	}
	return end, isDNSType(be16(m[end-4:])) && isDNSClass(be16(m[end-2:]))
}

// isDNSClass tells whether a class is assigned (IANA, "DNS CLASSes").
func isDNSClass(c int) bool {
	c &= dnsClassMask
	return c >= 1 && c <= 4 || c == 254 || c == 255
}

// isDNSType tells whether a type is assigned (IANA, "Resource Record (RR)
// TYPEs").
func isDNSType(t int) bool {
	return t >= 1 && t <= 70 || t >= 99 && t <= 109 || t == 128 || t >= 249 && t <= 262 || t == 32768 || t == 32769
}

// headerOK tells whether the header of a message that was sent with the given
// length makes sense: an operation that exists, counts that the rest of the
// message has room for.
func (m dnsMessage) headerOK(length int) bool {
	op := m.opcode()
	if op > dnsStateful || op == 3 {
		return false
	}
	q, r := m.questions(), m.records()
	if q == 0 && r == 0 {
		return m.emptyOK()
	}
	if q > maxDNSCount || r > maxDNSCount {
		return false
	}
	return q*(1+dnsQuestion)+r*(1+dnsRecord) <= length-dnsHeader
}

// emptyOK judges a header without anything behind it: an error (RFC 1035
// section 4.1.1) or a keepalive of a stateful session (RFC 8490 section 5.4).
func (m dnsMessage) emptyOK() bool {
	if m.opcode() == dnsStateful {
		return len(m) > dnsHeader
	}
	return len(m) == dnsHeader && m.response() && m.flags()&dnsRcode != 0
}

// nameOK tells whether the first question or record, whatever the counts say of
// it, has a name that is not compressed, and a class that exists.
func (m dnsMessage) nameOK() bool {
	end := m.skipQuestion(dnsHeader)
	return end > 0 && m[dnsHeader] < dnsPointer && isDNSClass(be16(m[end-2:]))
}

// plainFlags tells whether the flags are those of an ordinary question, or of
// the answer to one.
func (m dnsMessage) plainFlags() bool {
	flags := m.flags()
	if m.response() {
		return m.opcode() == dnsQuery && flags&dnsZ == 0 && flags&dnsRcode <= 10
	}
	return flags&^(dnsRD|dnsAD|dnsCD) == 0
}

// plainHeader tells whether the header is that of an ordinary question, or of
// the answer to one.
func (m dnsMessage) plainHeader() bool {
	if m.questions() != 1 || !m.plainFlags() {
		return false
	}
	return m.response() || m.count(1) == 0 && m.count(2) == 0 && m.count(3) <= 2
}

// isSound tells whether the message is without doubt DNS: an ordinary header
// and sections that end where the message does.
func (m dnsMessage) isSound() bool {
	if !m.plainHeader() || m.records() > maxDNSCount {
		return false
	}
	if _, ok := m.questionOK(); !ok {
		return false
	}
	return m.section(4) == len(m)
}
