package traffic

const portSMB = 445

// SMB2 commands (MS-SMB2 section 2.2.1).
const (
	smbNegotiate    = 0
	smbSessionSetup = 1
	smbLogoff       = 2
	smbTreeConnect  = 3
)

const (
	smbMoreProcessing = 0xc0000016 // status of a half-done authentication
	smbDialect210     = 0x0210
	smbDialectAny     = 0x02ff // answer to the wildcard of SMB1
	smbHeaderLen      = 64
	ntlmFlags         = 0xa2088205
)

// smbLink is a connection with the numbers that SMB2 counts along.
type smbLink struct {
	*conn
	message, session uint64
	tree             uint32
	guid             []byte
}

// smb2 negotiates, logs in with NTLM, opens a share and logs off.
func smb2(g *Gen) {
	l := &smbLink{conn: g.dial(g.local(), portSMB), guid: g.bytes(16)}
	l.request(netbiosFrame(smb1Negotiate()))
	l.respond(smbNegotiate, 0, l.negotiated(smbDialectAny))
	l.message = 1
	l.call(smbNegotiate, 0, wire{}.le16(36, 2, 1, 0).le32(0x7f).raw(g.bytes(16)).zero(8).le16(0x0202, smbDialect210),
		l.negotiated(smbDialect210))
	l.session = 0x0000_4400_0000_0001
	l.call(smbSessionSetup, smbMoreProcessing, sessionSetup(ntlmNegotiate()), setupAnswer(g.ntlmChallenge()))
	l.call(smbSessionSetup, 0, sessionSetup(g.ntlmAuthenticate("EXAMPLE", "alice")), setupAnswer(nil))
	share := wire{}.utf16(`\\` + l.path.server.String() + `\public`)
	l.call(smbTreeConnect, 0, wire{}.le16(9, 0, smbHeaderLen+8, uint16(len(share))).raw(share),
		wire{}.le16(16).u8(1, 0).le32(0x30, 0, 0x001f01ff))
	l.call(smbLogoff, 0, wire{}.le16(4, 0), wire{}.le16(4, 0))
	l.close()
}

// netbiosFrame is the session header that carries SMB over TCP.
func netbiosFrame(body []byte) wire { return wire{}.u8(0).len24(body) }

// smb1Negotiate offers the old dialect and the two that lead to SMB2.
func smb1Negotiate() wire {
	dialects := wire{}.str("\x02NT LM 0.12\x00\x02SMB 2.002\x00\x02SMB 2.???\x00")
	return wire{}.str("\xffSMB\x72").zero(4).u8(0x18).le16(0xc853).zero(12).
		le16(0xffff, 0xfeff, 0, 0).u8(0).le16(uint16(len(dialects))).raw(dialects)
}

// header is the SMB2 header of the current exchange.
func (l *smbLink) header(command uint16, status, flags uint32) wire {
	return wire{}.str("\xfeSMB").le16(smbHeaderLen, 1).le32(status).le16(command, 31).le32(flags, 0).
		le64(l.message).le32(0xfeff, l.tree).le64(l.session).zero(16)
}

// respond sends a response.
func (l *smbLink) respond(command uint16, status uint32, body []byte) {
	const fromServer = 1
	l.reply(netbiosFrame(l.header(command, status, fromServer).raw(body)))
}

// call is a request with its response.
func (l *smbLink) call(command uint16, status uint32, ask, answer []byte) {
	l.request(netbiosFrame(l.header(command, 0, 0).raw(ask)))
	l.respond(command, status, answer)
	l.message++
	if command == smbTreeConnect {
		l.tree = 5
	}
}

// negotiated is the body of a negotiate response without security blob.
func (l *smbLink) negotiated(dialect uint16) wire {
	const filetime = 133590816000000000 // 2024-05-01 in 100 ns since 1601
	return wire{}.le16(65, 1, dialect, 0).raw(l.guid).le32(7, 1<<20, 1<<20, 1<<20).
		le64(filetime).le64(0).le16(smbHeaderLen+64, 0).le32(0)
}

func sessionSetup(blob []byte) wire {
	return wire{}.le16(25).u8(0, 1).le32(1, 0).le16(smbHeaderLen+24, uint16(len(blob))).le64(0).raw(blob)
}

func setupAnswer(blob []byte) wire {
	return wire{}.le16(9, 0, smbHeaderLen+8, uint16(len(blob))).raw(blob)
}

// ntlmMessage starts one of the three messages of MS-NLMP section 2.2.1.
func ntlmMessage(typ uint32) wire { return wire{}.str("NTLMSSP\x00").le32(typ) }

func ntlmNegotiate() wire {
	return ntlmMessage(1).le32(ntlmFlags).zero(16).raw(ntlmVersion)
}

// ntlmVersion is Windows 10 build 19041, revision 15.
var ntlmVersion = []byte{10, 0, 0x61, 0x4a, 0, 0, 0, 15}

// ntlmField is the place of a payload: length twice, then offset.
func (w wire) ntlmField(n, at int) wire {
	return w.le16(uint16(n), uint16(n)).le32(uint32(at))
}

func (g *Gen) ntlmChallenge() wire {
	const fixed = 56
	target := wire{}.utf16("EXAMPLE")
	info := wire{}.le16(2, uint16(len(target))).raw(target).le16(0, 0)
	return ntlmMessage(2).ntlmField(len(target), fixed).le32(ntlmFlags).raw(g.bytes(8)).zero(8).
		ntlmField(len(info), fixed+len(target)).raw(ntlmVersion).raw(target).raw(info)
}

func (g *Gen) ntlmAuthenticate(domain, user string) wire {
	const fixed = 72
	parts := [][]byte{make([]byte, 24), g.bytes(24), wire{}.utf16(domain), wire{}.utf16(user), wire{}.utf16("PC"), nil}
	w, payload := ntlmMessage(3), wire{}
	for _, part := range parts {
		w = w.ntlmField(len(part), fixed+len(payload))
		payload = payload.raw(part)
	}
	return w.le32(ntlmFlags).raw(ntlmVersion).raw(payload)
}
