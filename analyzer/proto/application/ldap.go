package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// LDAP is the lightweight directory access protocol, RFC 4511, and its form
// without connections (CLDAP, MS-ADTS section 6.3.3).
var LDAP = dpi.Protocol{
	ID:         id.Ldap,
	Name:       "ldap",
	Attributes: ldapAttributes,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{389, 3268}, Classify: classifyLDAP},
		{Parent: id.Udp, Weight: 80, Ports: []uint16{389}, Classify: classifyCLDAP},
	},
}

func classifyCLDAP(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) >= 7 && d[0] == berSequence && isLDAP(d))
}

func classifyLDAP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != berSequence {
		return dpi.No
	}
	if len(d) < 12 && !isLDAP(d) {
		return dpi.More
	}
	return verdict(isLDAP(d))
}

// isLDAP tells whether d begins with a message: its number, and an operation
// (RFC 4511 section 4.2 on) whose first field is of the right type.
func isLDAP(d []byte) bool {
	message, ok := ber(d)
	if !ok || message.length < 5 {
		return false
	}
	_, rest, ok := berUint(message.value)
	if !ok {
		return false
	}
	if len(rest) < 2 {
		return false
	}
	if rest[0] == 0x42 || rest[0] == 0x4a || rest[0] == 0x50 { // unbind, delete, abandon: one value
		op, ok := ber(rest)
		return ok && op.length <= message.length && (rest[0] == 0x4a || op.length <= 4) && len(message.rest) == 0
	}
	op, ok := ber(rest)
	return ok && op.length < message.length && len(op.value) >= 2 && isLDAPOperation(op.tag, op.value[0])
}

// isLDAPOperation tells whether an operation with the given tag may have a
// first field with the tag first.
func isLDAPOperation(tag, first byte) bool {
	switch tag {
	case 0x60: // bind request: version
		return first == berInteger
	case 0x61, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, 0x78: // results: result code
		return first == berEnumerated
	case 0x63, 0x64, 0x66, 0x68, 0x6c: // search, entry, modify, add, modify name: object
		return first == berOctetString
	case 0x6e: // compare: entry
		return first == berOctetString
	case 0x73: // search result reference: URI
		return first == berOctetString
	case 0x77: // extended request: name
		return first == 0x80
	case 0x79: // intermediate response: name or value
		return first == 0x80 || first == 0x81
	}
	return false
}
