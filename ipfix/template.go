package ipfix

// Numbers of the two templates (RFC 7011 section 3.4.1: from 256 on).
const (
	templateV4 = 256
	templateV6 = 257
)

// templateSet is the id of a set of templates, RFC 7011 section 3.3.2.
const templateSet = 2

// reverse is the enterprise number that stands for the way back of an element,
// RFC 5103 section 6.1.
const reverse = 29305

// field is an element of a template: its number in IANA's registry "IPFIX
// Information Elements", its length in bytes, and an enterprise number or 0.
type field struct {
	element, length uint16
	enterprise      uint32
}

// addressesV4 and addressesV6 begin the templates, common is the rest of both but
// for the element of ICMP.
var (
	addressesV4 = []field{{8, 4, 0}, {12, 4, 0}, {32, 2, 0}}     // source, destination, type and code of ICMP
	addressesV6 = []field{{27, 16, 0}, {28, 16, 0}, {139, 2, 0}} // the same
	common      = []field{
		{7, 2, 0}, {11, 2, 0}, // ports: source, destination
		{4, 1, 0},                // protocolIdentifier
		{239, 1, 0},              // biflowDirection
		{152, 8, 0}, {153, 8, 0}, // flowStartMilliseconds, flowEndMilliseconds
		{1, 8, 0}, {2, 8, 0}, // octetDeltaCount, packetDeltaCount
		{1, 8, reverse}, {2, 8, reverse},
		{56, 6, 0}, {80, 6, 0}, // sourceMacAddress, destinationMacAddress
		{95, 4, 0}, // applicationId, RFC 6759
	}
)

// lengths are those of the records of each template, in bytes.
var lengths = map[uint16]int{
	templateV4: length(addressesV4, common), templateV6: length(addressesV6, common),
}

func length(parts ...[]field) (n int) {
	for _, part := range parts {
		for _, f := range part {
			n += int(f.length)
		}
	}
	return n
}

// appendTemplates appends a set with both templates.
func appendTemplates(dst []byte) []byte {
	start := len(dst)
	dst = order.AppendUint16(dst, templateSet)
	dst = order.AppendUint16(dst, 0)
	dst = appendTemplate(dst, templateV4, addressesV4)
	dst = appendTemplate(dst, templateV6, addressesV6)
	order.PutUint16(dst[start+2:], uint16(len(dst)-start))
	return dst
}

// appendTemplate appends a template whose records begin with the given fields.
func appendTemplate(dst []byte, id uint16, begin []field) []byte {
	dst = order.AppendUint16(dst, id)
	dst = order.AppendUint16(dst, uint16(len(begin)+len(common)))
	for _, part := range [...][]field{begin, common} {
		for _, f := range part {
			dst = appendField(dst, f)
		}
	}
	return dst
}

// appendField appends a field specifier, RFC 7011 section 3.2.
func appendField(dst []byte, f field) []byte {
	const isEnterprise = 1 << 15
	if f.enterprise == 0 {
		return order.AppendUint16(order.AppendUint16(dst, f.element), f.length)
	}
	dst = order.AppendUint16(dst, f.element|isEnterprise)
	dst = order.AppendUint16(dst, f.length)
	return order.AppendUint32(dst, f.enterprise)
}
