package application

import (
	"net/netip"
	"strconv"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MaxDNSAnswers is how many answers of a message a DNSTold has at most.
const MaxDNSAnswers = 32

// DNSTold is what a message of DNS tells: its header, its first question and its
// answers. It can be used again; texts are valid until then.
type DNSTold struct {
	ID, Flags uint16 // RFC 1035 section 4.1.1
	Question  bool   // there is one that can be read
	Name      []byte // of the question, labels joined by dots
	Type      uint16 // likewise
	Answers   []DNSAnswer

	text []byte
	name [maxDNSName]byte
}

// DNSAnswer is a record among the answers.
type DNSAnswer struct {
	Name []byte
	Type uint16
	TTL  uint32 // seconds
	Data []byte // as text: addresses, names, strings; empty for types that have no such form here
}

// Response tells whether the message is an answer.
func (d *DNSTold) Response() bool { return d.Flags&dnsQR != 0 }

// EachDNS reads the messages of a packet that has DNS into d, and calls told after
// each. Over TCP these are the messages that begin in the segment, if one begins with
// it; of the last one perhaps the beginning only.
func EachDNS(p *dpi.Packet, d *DNSTold, told func()) {
	layer := p.LayerOf(id.Dns, 0)
	if layer < 0 {
		return
	}
	if p.Flow.L4 != ipTCP {
		if m := dnsLayer(p, layer); m != nil {
			d.read(m)
			told()
		}
		return
	}
	for rest := p.LayerBytes(layer); len(rest) >= 2+dnsHeader; {
		n := be16(rest)
		m := dnsMessage(rest[2:min(len(rest), 2+n)])
		if n < dnsHeader || !m.headerOK(n) {
			return
		}
		d.read(m)
		told()
		rest = rest[2+len(m):]
	}
}

func (d *DNSTold) read(m dnsMessage) {
	d.ID, d.Flags = uint16(be16(m)), uint16(m.flags())
	d.Question, d.Name, d.Type = false, nil, 0
	d.Answers, d.text = d.Answers[:0], d.text[:0]
	if m.questions() > 0 {
		d.readQuestion(m)
	}
	if m.response() {
		d.readAnswers(m)
	}
}

func (d *DNSTold) readQuestion(m dnsMessage) {
	end := m.skipQuestion(dnsHeader)
	name := m.name(dnsHeader, &d.name)
	if end < 0 || name == nil {
		return
	}
	d.Question, d.Name, d.Type = true, d.keep(name), uint16(be16(m[end-dnsQuestion:]))
}

func (d *DNSTold) readAnswers(m dnsMessage) {
	off := m.section(1)
	for n := min(m.count(1), MaxDNSAnswers); n > 0 && off >= 0; n-- {
		end := m.skipRecord(off)
		if end < 0 {
			return
		}
		d.readRecord(m, off, end)
		off = end
	}
}

// readRecord reads the record from off to end.
func (d *DNSTold) readRecord(m dnsMessage, off, end int) {
	at := m.skipName(off)
	a := DNSAnswer{Name: d.keep(m.name(off, &d.name)), Type: uint16(be16(m[at:])), TTL: be32(m[at+4:])}
	from := len(d.text)
	d.appendData(m[:end], int(a.Type), at+dnsRecord)
	a.Data = d.text[from:]
	d.Answers = append(d.Answers, a)
}

// keep keeps a copy of a text.
func (d *DNSTold) keep(text []byte) []byte {
	from := len(d.text)
	d.text = append(d.text, text...)
	return d.text[from:]
}

// Types of records whose data has a form as text (IANA, "Resource Record (RR)
// TYPEs"), beside addresses.
const (
	dnsTypeNS    = 2
	dnsTypeCNAME = 5
	dnsTypeSOA   = 6
	dnsTypePTR   = 12
	dnsTypeMX    = 15
	dnsTypeTXT   = 16
	dnsTypeSRV   = 33
	dnsTypeDNAME = 39
)

// appendData appends the data of a record of a type, which begin at off and end with
// m. Of MX it is the name alone.
func (d *DNSTold) appendData(m dnsMessage, kind, off int) {
	data := m[off:]
	switch kind {
	case dnsTypeA, dnsTypeAAAA:
		if addr, ok := netip.AddrFromSlice(data); ok {
			d.text = addr.AppendTo(d.text)
		}
	case dnsTypeNS, dnsTypeCNAME, dnsTypePTR, dnsTypeDNAME:
		d.keep(m.name(off, &d.name))
	case dnsTypeMX:
		d.keep(m.name(off+2, &d.name))
	case dnsTypeTXT:
		d.appendStrings(data)
	case dnsTypeSRV:
		d.appendService(m, off)
	case dnsTypeSOA:
		d.appendAuthority(m, off)
	}
}

// appendStrings appends strings of a length in one byte each, parted by spaces.
func (d *DNSTold) appendStrings(data []byte) {
	for first := true; len(data) > 0; first = false {
		n := min(1+int(data[0]), len(data))
		if !first {
			d.text = append(d.text, ' ')
		}
		d.keep(data[1:n])
		data = data[n:]
	}
}

// appendService appends priority, weight, port and target of a record SRV, RFC 2782.
func (d *DNSTold) appendService(m dnsMessage, off int) {
	if len(m)-off < 6 {
		return
	}
	for i := range 3 {
		d.text = strconv.AppendUint(d.text, uint64(be16(m[off+2*i:])), 10)
		d.text = append(d.text, ' ')
	}
	d.keep(m.name(off+6, &d.name))
}

// appendAuthority appends the two names and five numbers of a record SOA, RFC 1035
// section 3.3.13.
func (d *DNSTold) appendAuthority(m dnsMessage, off int) {
	second := m.skipName(off)
	if second < 0 {
		return
	}
	numbers := m.skipName(second)
	if numbers < 0 || len(m)-numbers < 20 {
		return
	}
	d.keep(m.name(off, &d.name))
	d.text = append(d.text, ' ')
	d.keep(m.name(second, &d.name))
	for i := range 5 {
		d.text = append(d.text, ' ')
		d.text = strconv.AppendUint(d.text, uint64(be32(m[numbers+4*i:])), 10)
	}
}
