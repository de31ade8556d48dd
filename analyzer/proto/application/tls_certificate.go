package application

import "bytes"

// Object identifiers, DER encoded without tag and length.
var (
	oidCommonName = []byte{0x55, 0x04, 0x03} // 2.5.4.3
	oidAltName    = []byte{0x55, 0x1d, 0x11} // 2.5.29.17
)

// DER tags, X.690 section 8.
const (
	derBoolean    = 0x01
	derOID        = 0x06
	derOctets     = 0x04
	derSequence   = 0x30
	derSet        = 0x31
	derContext0   = 0xa0
	derExtensions = 0xa3 // [3] of TBSCertificate
	derDNSName    = 0x82 // [2] of GeneralName
)

// certNames is what a certificate says of whose it is. All slices are views.
type certNames struct {
	subject []byte // common name
	issuer  []byte // common name
	alt     []byte // the first DNS name of subjectAltName
}

// der splits the first element off d: its tag, its content, and what follows.
// The content of an element that is cut is what is there of it.
func der(d []byte) (tag byte, content, rest []byte) {
	if len(d) < 2 {
		return 0, nil, nil
	}
	tag = d[0]
	n, head := int(d[1]), 2
	if n >= 0x80 {
		size := n & 0x7f
		if size == 0 || size > 3 || len(d) < 2+size {
			return 0, nil, nil
		}
		n, head = 0, 2+size
		for _, c := range d[2:head] {
			n = n<<8 | int(c)
		}
	}
	d = d[head:]
	if n > len(d) {
		return tag, d, nil
	}
	return tag, d[:n], d[n:]
}

// parse reads an X.509 certificate, RFC 5280 section 4.1. It returns false if d
// does not begin as one.
func (c *certNames) parse(d []byte) bool {
	tag, certificate, _ := der(d)
	if tag != derSequence {
		return false
	}
	tag, tbs, _ := der(certificate)
	if tag != derSequence {
		return false
	}
	tag, _, rest := der(tbs)
	if tag == derContext0 { // version
		_, _, rest = der(rest) // serial number
	}
	_, _, rest = der(rest) // signature algorithm
	_, issuer, rest := der(rest)
	_, _, rest = der(rest) // validity
	tag, subject, rest := der(rest)
	if tag != derSequence {
		return false
	}
	c.issuer, c.subject = commonName(issuer), commonName(subject)
	for len(rest) > 0 {
		if tag, content, next := der(rest); tag == derExtensions {
			c.altName(content)
			rest = nil
		} else {
			rest = next
		}
	}
	return true
}

// commonName returns the common name of an X.501 name: a sequence of sets of
// pairs.
func commonName(name []byte) []byte {
	for len(name) > 0 {
		tag, set, rest := der(name)
		if tag != derSet {
			return nil
		}
		_, pair, _ := der(set)
		tag, oid, value := der(pair)
		if tag == derOID && bytes.Equal(oid, oidCommonName) {
			_, text, _ := der(value)
			return text
		}
		name = rest
	}
	return nil
}

// altName looks for the first DNS name among the extensions of a certificate.
func (c *certNames) altName(extensions []byte) {
	_, list, _ := der(extensions)
	for len(list) > 0 {
		_, extension, rest := der(list)
		tag, oid, value := der(extension)
		if tag == derOID && bytes.Equal(oid, oidAltName) {
			c.alt = firstDNSName(value)
			return
		}
		list = rest
	}
}

// firstDNSName reads the value of a subjectAltName extension.
func firstDNSName(value []byte) []byte {
	tag, content, rest := der(value)
	if tag == derBoolean { // critical
		tag, content, _ = der(rest)
	}
	if tag != derOctets {
		return nil
	}
	_, names, _ := der(content)
	for len(names) > 0 {
		tag, name, rest := der(names)
		if tag == derDNSName {
			return name
		}
		names = rest
	}
	return nil
}

// host returns the name that the certificate's owner is reached by: the common
// name if it is one of a host, else the first alternative name. The wildcard
// label is left out.
func (c *certNames) host() []byte {
	for _, name := range [...][]byte{c.subject, c.alt} {
		name = bytes.TrimPrefix(name, []byte("*."))
		if isHostName(name) && bytes.IndexByte(name, '.') > 0 {
			return name
		}
	}
	return nil
}
