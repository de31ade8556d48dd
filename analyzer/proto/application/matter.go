package application

import "mmt/analyzer/proto/id"

// Matter is the protocol of things at home ("Matter Core Specification", version
// 1.0, sections 4.4 and 4.13), over UDP. What is told are the messages that open
// a session, by passcode or by certificate; the others are encrypted.
var Matter = toldByDatagram(id.Matter, "matter", isMatter, 5540)

// Fields of the message header and of the protocol header behind it.
const (
	matterHeader    = 8    // flags, session, security flags, counter
	matterSource    = 0x04 // flag: a source node of 8 bytes follows
	matterNode      = 1    // kind of destination: a node, 8 bytes
	matterProtocol  = 6    // exchange flags, operation, exchange, protocol
	matterVendor    = 0x10 // exchange flag: the vendor of the protocol follows
	matterAck       = 0x02 // exchange flag: a counter that is acknowledged follows
	matterStructure = 0x15 // control byte of a structure without a name
	matterBytes     = 0x30 // control byte of bytes with a name of one byte, whose length takes one byte
)

// isMatter judges a message of no session whose protocol is the secure channel
// and whose payload starts with bytes as member 1.
func isMatter(d []byte) bool {
	if len(d) < matterHeader+matterProtocol || d[0]&^(matterSource|3) != 0 || d[1] != 0 || d[2] != 0 || d[3] != 0 {
		return false
	}
	at := matterHeader
	if d[0]&matterSource != 0 {
		at += 8
	}
	switch d[0] & 3 {
	case 0:
	case matterNode:
		at += 8
	default:
		return false
	}
	return len(d) > at && isMatterOpening(d[at:])
}

// isMatterOpening judges the protocol header and the payload.
func isMatterOpening(d []byte) bool {
	if len(d) < matterProtocol || d[0]&0xe0 != 0 || d[0]&matterVendor != 0 || d[4] != 0 || d[5] != 0 {
		return false
	}
	if operation := d[1]; operation < 0x20 || operation > 0x24 && operation < 0x30 || operation > 0x33 {
		return false
	}
	at := matterProtocol
	if d[0]&matterAck != 0 {
		at += 4
	}
	return len(d) > at+3 && d[at] == matterStructure && d[at+1]&^1 == matterBytes && d[at+2] == 1
}
