package report

import "strconv"

// DNS is a transaction of DNS, which lines of EVE tell beside report 100.
type DNS struct {
	Time         int64 // of the message that told it last, nanoseconds since 1970
	Transaction  uint64
	ID, Flags    uint16 // RFC 1035 section 4.1.1
	Answered     bool   // else nothing came in answer
	Asked        bool   // the question was seen
	ResponseTime uint64 // from the question to the answer, microseconds
	Name         []byte // that was asked for
	Type         uint16 // likewise
	Answers      []DNSAnswer
}

// DNSAnswer is a record of an answer.
type DNSAnswer struct {
	Name []byte
	Type uint16
	TTL  uint32 // seconds
	Data []byte // as text, nil for none
}

// maxDNSText limits texts of DNS, bytes: those of TXT can be as long as a message.
const maxDNSText = 1024

// AppendDNS appends a transaction of the session, of which the ends must be filled
// in, as a line of EVE. Gaps are set as by Append.
func (r *Session) AppendDNS(dst []byte, e *Encoder, d *DNS) []byte {
	r.Time = d.Time
	dst = r.beginEVE(dst, e, "dns")
	dst = d.appendHeader(append(dst, `,"dns":{"version":2`...))
	dst = e.appendText(appendName(dst, "rrname"), d.Name)
	dst = appendRecordType(append(dst, `,"rrtype":`...), d.Type)
	if d.Answered {
		dst = appendRcode(append(dst, `,"rcode":`...), d.Flags&15)
		dst = d.appendAnswers(dst, e)
	}
	dst = e.beginMMT(append(dst, '}'))
	if d.Answered && d.Asked {
		dst = appendMember(dst, "response_time", d.ResponseTime)
	}
	return append(dst, "}}"...)
}

// dnsBits are the flags of a header by their words, RFC 1035 section 4.1.1.
var dnsBits = [...]struct {
	bit  uint16
	name string
}{{1 << 15, "qr"}, {1 << 10, "aa"}, {1 << 9, "tc"}, {1 << 8, "rd"}, {1 << 7, "ra"}, {1 << 6, "z"}}

func (d *DNS) appendHeader(dst []byte) []byte {
	kind := `,"type":"query"`
	if d.Answered {
		kind = `,"type":"answer"`
	}
	dst = appendMember(append(dst, kind...), "tx_id", d.Transaction)
	dst = appendMember(dst, "id", uint64(d.ID))
	dst = append(appendName(dst, "flags"), '"')
	dst = append(strconv.AppendUint(dst, uint64(d.Flags), 16), '"')
	for _, b := range dnsBits {
		if d.Flags&b.bit != 0 {
			dst = append(appendName(dst, b.name), "true"...)
		}
	}
	return appendMember(dst, "opcode", uint64(d.Flags>>11&15))
}

// appendAnswers appends all answers, and their data by type.
func (d *DNS) appendAnswers(dst []byte, e *Encoder) []byte {
	if len(d.Answers) == 0 {
		return dst
	}
	dst = append(dst, `,"answers":[`...)
	for i := range d.Answers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = d.Answers[i].append(dst, e)
	}
	dst = append(dst, `],"grouped":{`...)
	first := true
	for i := range d.Answers {
		if d.leads(i) {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = d.appendGroup(dst, e, i)
		}
	}
	return append(dst, '}')
}

func (a *DNSAnswer) append(dst []byte, e *Encoder) []byte {
	dst = e.appendText(append(dst, `{"rrname":`...), a.Name)
	dst = appendRecordType(append(dst, `,"rrtype":`...), a.Type)
	dst = appendMember(dst, "ttl", uint64(a.TTL))
	return append(e.member(dst, "rdata", cut(a.Data, maxDNSText)), '}')
}

// leads tells whether an answer is the first with data of its type.
func (d *DNS) leads(i int) bool {
	for j := range i {
		if d.Answers[j].Type == d.Answers[i].Type && len(d.Answers[j].Data) > 0 {
			return false
		}
	}
	return len(d.Answers[i].Data) > 0
}

// appendGroup appends the data of all answers of the type of one, from it on.
func (d *DNS) appendGroup(dst []byte, e *Encoder, from int) []byte {
	kind := d.Answers[from].Type
	dst = append(appendRecordType(dst, kind), ":["...)
	for i := from; i < len(d.Answers); i++ {
		if a := &d.Answers[i]; a.Type == kind && len(a.Data) > 0 {
			if i > from {
				dst = append(dst, ',')
			}
			dst = e.appendText(dst, cut(a.Data, maxDNSText))
		}
	}
	return append(dst, ']')
}

// recordTypes are the words of types of records (IANA, "Resource Record (RR)
// TYPEs").
var recordTypes = map[uint16]string{
	1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 17: "RP", 24: "SIG", 25: "KEY",
	28: "AAAA", 29: "LOC", 33: "SRV", 35: "NAPTR", 37: "CERT", 39: "DNAME", 41: "OPT", 43: "DS", 44: "SSHFP", 46: "RRSIG", 47: "NSEC",
	48: "DNSKEY", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 64: "SVCB", 65: "HTTPS",
	99: "SPF", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 255: "ANY", 256: "URI", 257: "CAA",
}

// appendRecordType appends the word of a type, quoted: that of RFC 3597 section 5 for
// one without.
func appendRecordType(dst []byte, kind uint16) []byte {
	dst = append(dst, '"')
	if word := recordTypes[kind]; word != "" {
		return append(append(dst, word...), '"')
	}
	return append(appendUint(append(dst, "TYPE"...), uint64(kind)), '"')
}

// rcodes are the words of codes of an answer (IANA, "DNS RCODEs").
var rcodes = [16]string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI"}

func appendRcode(dst []byte, code uint16) []byte {
	if word := rcodes[code]; word != "" {
		return append(append(append(dst, '"'), word...), '"')
	}
	return append(appendUint(append(dst, `"RCODE`...), uint64(code)), '"')
}
