package application

import (
	"bytes"
	"encoding/binary"

	"mmt/analyzer/dpi"
)

// snmpAttributes are those of a message's frame, RFC 3416 and RFC 3412; version
// 3 has no community, and its PDU may be encrypted.
var snmpAttributes = []dpi.Attribute{
	ownNumber(1, "version", dpi.U8, func(d []byte) (uint64, bool) {
		version, _, ok := snmpFrame(d)
		return uint64(version), ok
	}),
	ownText(2, "community", func(d []byte) []byte {
		version, rest, ok := snmpFrame(d)
		if community, found := ber(rest); ok && found && version < 3 && community.tag == berOctetString && community.whole {
			return community.value
		}
		return nil
	}),
	ownNumber(3, "pdu_type", dpi.U8, func(d []byte) (uint64, bool) {
		version, rest, ok := snmpFrame(d)
		community, _ := ber(rest)
		pdu, found := ber(community.rest)
		return uint64(pdu.tag & 0x1f), ok && found && version < 3 && pdu.tag >= snmpFirstPDU && pdu.tag <= snmpLastPDU
	}),
}

// snmpFrame splits a message into its version, 0 for SNMPv1, and what follows.
func snmpFrame(d []byte) (version uint32, rest []byte, ok bool) {
	message, ok := ber(d)
	if !ok || message.tag != berSequence {
		return 0, nil, false
	}
	return berUint(message.value)
}

// ldapAttributes are those of the first message of a packet, RFC 4511.
var ldapAttributes = []dpi.Attribute{
	ownNumber(1, "operation", dpi.U8, func(d []byte) (uint64, bool) {
		op, ok := ldapOperation(d)
		return uint64(op.tag & 0x1f), ok
	}),
	ownNumber(2, "bind_method", dpi.U8, func(d []byte) (uint64, bool) {
		_, credentials, ok := ldapBind(d)
		return uint64(credentials.tag & 0x1f), ok
	}),
	ownText(3, "bind_name", func(d []byte) []byte {
		name, _, ok := ldapBind(d)
		if !ok {
			return nil
		}
		return name.value
	}),
	ownNumber(4, "bind_credentials_len", dpi.U16, func(d []byte) (uint64, bool) {
		_, credentials, ok := ldapBind(d)
		return uint64(credentials.length & 0xffff), ok
	}),
	ownNumber(5, "result_code", dpi.U8, func(d []byte) (uint64, bool) {
		op, ok := ldapOperation(d)
		code, found := ber(op.value)
		if !ok || !found || code.tag != berEnumerated || len(code.value) != 1 {
			return 0, false
		}
		return uint64(code.value[0]), true
	}),
}

// ldapOperation returns the operation of a message.
func ldapOperation(d []byte) (op berElement, ok bool) {
	message, ok := ber(d)
	if !ok || message.tag != berSequence {
		return op, false
	}
	_, rest, ok := berUint(message.value)
	if !ok {
		return op, false
	}
	return ber(rest)
}

// ldapBind returns the name and the credentials of a bind request, section 4.2;
// the tag of these tells how they are given: 0x80 simple, 0xa3 SASL.
func ldapBind(d []byte) (name, credentials berElement, ok bool) {
	const bindRequest = 0x60
	op, ok := ldapOperation(d)
	if !ok || op.tag != bindRequest {
		return name, credentials, false
	}
	_, rest, ok := berUint(op.value)
	if !ok {
		return name, credentials, false
	}
	name, _ = ber(rest)
	credentials, ok = ber(name.rest)
	return name, credentials, ok && name.tag == berOctetString && credentials.tag&0xc0 == 0x80
}

// ntpAttributes are those of the first bytes, RFC 5905 section 7.3. Messages of
// mode 6 and 7 have an operation: RFC 9327 section 2, ntpd's ntp_request.h.
var ntpAttributes = []dpi.Attribute{
	ownNumber(1, "version", dpi.U8, func(d []byte) (uint64, bool) { return uint64(first(d) >> 3 & 7), len(d) > 0 }),
	ownNumber(2, "mode", dpi.U8, func(d []byte) (uint64, bool) { return uint64(first(d) & 7), len(d) > 0 }),
	ownNumber(3, "response", dpi.U8, func(d []byte) (uint64, bool) {
		switch {
		case len(d) >= 4 && d[0]&7 == ntpPrivate:
			return uint64(d[0] >> 7), true
		case len(d) >= 4 && d[0]&7 == ntpControl:
			return uint64(d[1] >> 7), true
		}
		return 0, false
	}),
	ownNumber(4, "operation", dpi.U8, func(d []byte) (uint64, bool) {
		switch {
		case len(d) >= 4 && d[0]&7 == ntpPrivate:
			return uint64(d[3]), true
		case len(d) >= 4 && d[0]&7 == ntpControl:
			return uint64(d[1] & 0x1f), true
		}
		return 0, false
	}),
}

// first returns the first byte of d, 0 if it is empty.
func first(d []byte) byte {
	if len(d) == 0 {
		return 0
	}
	return d[0]
}

// tftpAttributes are those of RFC 1350 section 5.
var tftpAttributes = []dpi.Attribute{
	{ID: 1, Name: "opcode", Type: dpi.U16, Pos: 0},
	ownText(2, "file_name", func(d []byte) []byte {
		if len(d) < 4 || d[0] != 0 || d[1] != tftpRead && d[1] != tftpWrite {
			return nil
		}
		name, _, ok := bytes.Cut(d[2:], []byte{0})
		if !ok {
			return nil
		}
		return name
	}),
}

// rdpAttributes are those of the connection request, MS-RDPBCGR section
// 2.2.1.1: the name that clients send as a cookie, and the protocols that they
// offer, 0 if none but RDP's own security.
var rdpAttributes = []dpi.Attribute{
	ownText(1, "cookie", func(d []byte) []byte {
		kind, variable, _, v := rdpConnection(d)
		name, found := bytes.CutPrefix(variable, []byte("Cookie: mstshash="))
		if line, _, whole := textLine(name); v == dpi.Yes && kind == x224Request && found && whole {
			return line
		}
		return nil
	}),
	ownNumber(2, "requested_protocols", dpi.U32, func(d []byte) (uint64, bool) {
		kind, variable, _, v := rdpConnection(d)
		if v != dpi.Yes || kind != x224Request {
			return 0, false
		}
		if !isRDPNegotiation(kind, variable) {
			return 0, true
		}
		return uint64(le32(variable[len(variable)-4:])), true
	}),
}

// mysqlAttributes are those of a refusal, an ERR packet.
var mysqlAttributes = []dpi.Attribute{
	ownNumber(1, "error_code", dpi.U16, func(d []byte) (uint64, bool) {
		_, length, content, ok := mysqlPacket(d)
		if !ok || length < 9 || len(content) < 3 || content[0] != 0xff {
			return 0, false
		}
		return uint64(binary.LittleEndian.Uint16(content[1:])), true
	}),
}

// smbOwnAttributes tell of the message that a packet starts with: the status of
// a response (MS-ERREF section 2.3), and which direction it has.
var smbOwnAttributes = []dpi.Attribute{
	ownNumber(ownAttribute, "status", dpi.U32, func(d []byte) (uint64, bool) {
		var m smbMessage
		switch ok := m.parse(d); {
		case ok && m.reply && m.version == smb1:
			return uint64(le32(m.d[5:])), true
		case ok && m.reply && m.version == smb2:
			return uint64(le32(m.d[8:])), true
		}
		return 0, false
	}),
	ownNumber(ownAttribute+1, "response", dpi.U8, func(d []byte) (uint64, bool) {
		var m smbMessage
		ok := m.parse(d) && m.version != smb3Encrypted
		if m.reply {
			return 1, ok
		}
		return 0, ok
	}),
}

// sipAttributes are those of the message that a packet starts with, RFC 3261.
var sipAttributes = []dpi.Attribute{
	ownText(1, "method", func(d []byte) []byte {
		d = skipEmptyLines(d)
		if n := upperToken(d); n > 0 && n < len(d) && d[n] == ' ' {
			return d[:n]
		}
		return nil
	}),
	ownNumber(2, "status_code", dpi.U16, func(d []byte) (uint64, bool) {
		text, ok := bytes.CutPrefix(skipEmptyLines(d), []byte("SIP/2.0 "))
		if !ok || len(text) < 3 || !isNumber(text[:3]) {
			return 0, false
		}
		return number(text[:3]), true
	}),
	ownText(3, "user_agent", func(d []byte) []byte { return sipHeader(d, "user-agent") }),
	ownText(4, "from", func(d []byte) []byte { return sipHeader(d, "from") }),
}

// sipHeader returns the value of the first header of that name, in lower case,
// nil if the message has none. Short forms and continued lines are not looked
// for.
func sipHeader(d []byte, name string) []byte {
	_, rest, ok := textLine(skipEmptyLines(d))
	for ok {
		var line []byte
		if line, rest, ok = textLine(rest); !ok || len(line) == 0 {
			return nil
		}
		if key, value := httpHeader(line); equalFold(key, name) {
			return value
		}
	}
	return nil
}
