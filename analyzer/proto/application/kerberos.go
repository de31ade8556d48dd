package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ports of Kerberos and of its protocol to change passwords.
const (
	kerberosPort = 88
	kpasswdPort  = 464
)

// Kerberos is version 5, RFC 4120, and its protocol to change passwords, RFC
// 3244.
var Kerberos = dpi.Protocol{
	ID:   id.Kerberos,
	Name: "kerberos",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{kerberosPort, kpasswdPort}, Classify: classifyKerberos},
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{kerberosPort, kpasswdPort}, Classify: classifyKerberosStream},
	},
}

func classifyKerberos(p *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(isKerberos(d) || p.HasPort(kpasswdPort) && isPasswordChange(d))
}

// classifyKerberosStream is classifyKerberos over TCP, where four bytes of
// length are before each message (RFC 4120 section 7.2.2).
func classifyKerberosStream(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 {
		return moreUnless(len(d) > 0 && d[0] != 0)
	}
	n := be32(d)
	if n > 1<<20 {
		return dpi.No
	}
	if len(d) < 4+16 && len(d) < 4+int(n) {
		return dpi.More
	}
	return classifyKerberos(p, d[4:])
}

// isKerberos tells whether d begins with a message: an application tag (RFC
// 4120 section 5.10), a sequence, and in it the protocol version 5, which is
// field 1 of requests to the KDC and field 0 of all others.
func isKerberos(d []byte) bool {
	if len(d) < 8 || !isKerberosTag(d[0]) {
		return false
	}
	message, ok := ber(d)
	if !ok || message.length < 7 {
		return false
	}
	sequence, ok := ber(message.value)
	if !ok || sequence.tag != berSequence || len(sequence.value) < 5 {
		return false
	}
	v := sequence.value
	return (v[0] == 0xa0 || v[0] == 0xa1) && v[1] == 3 && v[2] == berInteger && v[3] == 1 && v[4] == 5
}

// isKerberosTag tells whether a tag is that of a message: [APPLICATION 10] to
// 15, 20 to 22, and 30, constructed.
func isKerberosTag(tag byte) bool {
	switch tag {
	case 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x74, 0x75, 0x76, 0x7e:
		return true
	}
	return false
}

// isPasswordChange tells whether d is a message of RFC 3244 section 2: length,
// version, and the length of the AP-REQ or AP-REP that follows, 0 before an
// error.
func isPasswordChange(d []byte) bool {
	if len(d) < 8 || be16(d) != len(d) {
		return false
	}
	version, n := be16(d[2:]), be16(d[4:])
	return (version == 1 || version == 0xff80) && 6+n <= len(d) && isKerberos(d[6:])
}
