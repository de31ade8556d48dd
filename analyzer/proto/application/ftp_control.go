package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Values of attribute ftp_status.
const (
	ftpOpened      = 1 // a user has been named
	ftpControlling = 2 // the user is logged in
	ftpDataOpened  = 3 // a transfer goes on
	ftpDataClosed  = 4 // a transfer is complete
	ftpClosed      = 5 // the user has quit
)

// maxFTPText limits each string that is kept of a control connection, bytes.
const maxFTPText = 1024

// ftpState is what is known of a flow. For a data connection it is a copy of
// what its control connection says, refreshed when it is read.
type ftpState struct {
	ftpTransfer
	partial  [2]dpi.Blob // line whose end is still to come, by direction
	command  dpi.Blob    // latest command
	reply    dpi.Blob    // latest reply
	features dpi.Blob
	system   dpi.Blob
	where    dpi.Blob // current directory
	rest     dpi.Blob // parameter of the latest command that changes directory
	serial   uint32   // of the current announcement
	told     uint32   // its serial number among what is known of other hosts
	verb     uint32   // latest command, packed
	status   uint16
	multi    uint16 // code of the reply whose last line is still to come
	isData   bool
	third    bool // of a control connection between other hosts
	opaque   bool // the connection went on in TLS
	serving  dpi.Direction
	known    bool // serving is known
}

// freeFTP gives back what a flow's state holds.
func freeFTP(s *dpi.Store, t *ftpState) {
	t.ftpTransfer.free(s)
	for _, b := range [...]dpi.Blob{t.partial[0], t.partial[1], t.command, t.reply, t.features, t.system, t.where, t.rest} {
		s.Free(b)
	}
}

// Commands that matter here, packed as ftpVerb does.
const (
	verbUSER = 'U'<<24 | 'S'<<16 | 'E'<<8 | 'R'
	verbPASS = 'P'<<24 | 'A'<<16 | 'S'<<8 | 'S'
	verbTYPE = 'T'<<24 | 'Y'<<16 | 'P'<<8 | 'E'
	verbPORT = 'P'<<24 | 'O'<<16 | 'R'<<8 | 'T'
	verbEPRT = 'E'<<24 | 'P'<<16 | 'R'<<8 | 'T'
	verbPBSZ = 'P'<<24 | 'B'<<16 | 'S'<<8 | 'Z'
	verbPROT = 'P'<<24 | 'R'<<16 | 'O'<<8 | 'T'
	verbRETR = 'R'<<24 | 'E'<<16 | 'T'<<8 | 'R'
	verbSTOR = 'S'<<24 | 'T'<<16 | 'O'<<8 | 'R'
	verbSTOU = 'S'<<24 | 'T'<<16 | 'O'<<8 | 'U'
	verbAPPE = 'A'<<24 | 'P'<<16 | 'P'<<8 | 'E'
	verbLIST = 'L'<<24 | 'I'<<16 | 'S'<<8 | 'T'
	verbNLST = 'N'<<24 | 'L'<<16 | 'S'<<8 | 'T'
	verbMLSD = 'M'<<24 | 'L'<<16 | 'S'<<8 | 'D'
	verbSIZE = 'S'<<24 | 'I'<<16 | 'Z'<<8 | 'E'
	verbMDTM = 'M'<<24 | 'D'<<16 | 'T'<<8 | 'M'
	verbCWD  = 'C'<<24 | 'W'<<16 | 'D'<<8
	verbXCWD = 'X'<<24 | 'C'<<16 | 'W'<<8 | 'D'
	verbCDUP = 'C'<<24 | 'D'<<16 | 'U'<<8 | 'P'
	verbPWD  = 'P'<<24 | 'W'<<16 | 'D'<<8
	verbXPWD = 'X'<<24 | 'P'<<16 | 'W'<<8 | 'D'
	verbFEAT = 'F'<<24 | 'E'<<16 | 'A'<<8 | 'T'
	verbQUIT = 'Q'<<24 | 'U'<<16 | 'I'<<8 | 'T'
)

// ftpVerb packs the name of a command, in any case, into one number; 0 if it
// has more than four letters.
func ftpVerb(word []byte) (n uint32) {
	if len(word) > 4 {
		return 0
	}
	for i, c := range word {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		n |= uint32(c) << (24 - 8*i)
	}
	return n
}

// trackFTP follows a control connection line by line.
func trackFTP(p *dpi.Packet, d []byte) {
	s := dpi.State[ftpState](p, id.Ftp)
	if s == nil || s.isData || s.opaque {
		return
	}
	store := p.Handler().Store
	held := &s.partial[p.Dir]
	if p.Gap {
		store.Free(*held)
		*held = 0
	}
	for len(d) > 0 && !s.opaque {
		line, rest, ok := textLine(d)
		if !ok {
			s.hold(store, held, d)
			return
		}
		if *held != 0 {
			s.hold(store, held, d[:len(d)-len(rest)])
			line, _, _ = textLine(store.Bytes(*held))
		}
		if s.opaque = !isText(line); !s.opaque {
			s.line(p, line)
		}
		store.Free(*held)
		*held, d = 0, rest
	}
}

// hold keeps the beginning of a line. A line that gets too long is no line: then
// the connection has gone on in TLS, or is none of FTP.
func (s *ftpState) hold(store *dpi.Store, held *dpi.Blob, d []byte) {
	if s.opaque = len(store.Bytes(*held))+len(d) > maxTextLine; !s.opaque {
		*held, _ = store.Append(*held, d)
	}
}

// line takes one line of either direction.
func (s *ftpState) line(p *dpi.Packet, line []byte) {
	code, text, ok := replyCode(line)
	if s.known && s.serving != p.Dir {
		s.request(p, line)
		return
	}
	if last := ok && code == int(s.multi) && (len(line) == 3 || line[3] == ' '); s.multi != 0 && !last {
		s.between(p, line)
		return
	}
	if ok {
		s.serving, s.known = p.Dir, true
		s.multi = 0
		if len(line) > 3 && line[3] == '-' {
			s.multi = uint16(code)
		}
		s.answer(p, code, text, line)
	} else if !s.known {
		s.request(p, line)
	}
}

// between takes a line in the middle of a reply: features are told that way
// (RFC 2389 section 3.2).
func (s *ftpState) between(p *dpi.Packet, line []byte) {
	store := p.Handler().Store
	feature := bytes.TrimSpace(line)
	if s.multi != 211 || len(feature) == 0 || len(store.Bytes(s.features))+len(feature) > maxFTPText {
		return
	}
	if s.features != 0 {
		s.features, _ = store.Append(s.features, []byte{','})
	}
	s.features, _ = store.Append(s.features, feature)
}

// ftpSet keeps a string of the connection.
func ftpSet(p *dpi.Packet, b *dpi.Blob, text []byte) {
	p.Handler().Store.Set(b, text[:min(len(text), maxFTPText)])
}

// request takes a command.
func (s *ftpState) request(p *dpi.Packet, line []byte) {
	word, rest := textWord(line)
	s.verb = ftpVerb(word)
	ftpSet(p, &s.command, line)
	s.setControl(p, int(p.Dir))
	switch s.verb {
	case verbUSER:
		ftpSet(p, &s.user, rest)
		ftpSet(p, &s.password, nil)
		s.status = ftpOpened
	case verbPASS:
		ftpSet(p, &s.password, rest)
	case verbTYPE:
		if len(rest) > 0 {
			s.transferType = rest[0] &^ 0x20
		}
	case verbPORT, verbEPRT:
		if end, ok := parseFTPEnd(s.verb, rest, &s.control[0]); ok {
			s.announce(p, end, ftpActive)
		}
	case verbCWD, verbXCWD:
		ftpSet(p, &s.rest, rest)
	case verbFEAT:
		ftpSet(p, &s.features, nil)
	case verbQUIT:
		s.status = ftpClosed
	default:
		s.transferRequest(p, rest)
	}
}

// transferRequest takes a command that concerns a file.
func (s *ftpState) transferRequest(p *dpi.Packet, rest []byte) {
	switch s.verb {
	case verbRETR:
		s.begin(p, ftpFile, ftpDownload, rest)
	case verbSTOR, verbSTOU, verbAPPE:
		s.begin(p, ftpFile, ftpUpload, rest)
	case verbLIST, verbNLST, verbMLSD:
		s.begin(p, ftpListing, ftpDownload, nil)
	case verbSIZE, verbMDTM:
		s.about(p, rest)
	}
}

// about makes name the file that is spoken of; what was known of another one is
// forgotten.
func (s *ftpState) about(p *dpi.Packet, name []byte) {
	if bytes.Equal(p.Handler().Store.Bytes(s.name), name) {
		return
	}
	ftpSet(p, &s.name, name)
	ftpSet(p, &s.modified, nil)
	s.size = 0
}

// begin starts a transfer.
func (s *ftpState) begin(p *dpi.Packet, kind, direction uint8, name []byte) {
	s.about(p, name)
	if s.kind, s.direction = kind, direction; direction == ftpUpload {
		s.size = 0 // whatever the server has of that name is replaced
	}
	s.requested, s.answered = p.Time, 0
	s.publish(p)
}

// answer takes the first or last line of a reply.
func (s *ftpState) answer(p *dpi.Packet, code int, text, line []byte) {
	ftpSet(p, &s.reply, line)
	s.setControl(p, int(p.Dir^1))
	switch code {
	case 211, 220: // features are collected between the lines
	case 215:
		ftpSet(p, &s.system, text)
	case 213:
		s.fileStatus(p, text)
	case 227, 229:
		if end, ok := parseFTPEnd(uint32(code), text, &s.control[1]); ok {
			s.announce(p, end, ftpPassive)
		}
	case 230:
		s.status = ftpControlling
	case 125, 150:
		s.transferStarts(p, text)
	case 226, 250:
		s.transferEnds(p, code)
	case 257:
		if s.verb == verbPWD || s.verb == verbXPWD {
			ftpSet(p, &s.where, quoted(text))
		}
	}
}

// fileStatus takes the answer to SIZE or MDTM, RFC 3659 sections 3 and 4.
func (s *ftpState) fileStatus(p *dpi.Packet, text []byte) {
	switch s.verb {
	case verbSIZE:
		s.size = number(text)
	case verbMDTM:
		ftpSet(p, &s.modified, text)
	}
	s.publish(p)
}

// transferStarts takes the reply that announces data; many servers tell the
// file's size in it: "... for name (1234 bytes)".
func (s *ftpState) transferStarts(p *dpi.Packet, text []byte) {
	s.status = ftpDataOpened
	if s.answered == 0 {
		s.answered = p.Time
	}
	if i := bytes.LastIndexByte(text, '('); i >= 0 && s.kind == ftpFile && s.direction == ftpDownload {
		if digits, unit := textWord(text[i+1:]); isNumber(digits) && hasPrefixFold(unit, "byte") {
			s.size = number(digits)
		}
	}
	s.publish(p)
}

// transferEnds takes the reply that completes a command.
func (s *ftpState) transferEnds(p *dpi.Packet, code int) {
	switch {
	case code == 226:
		s.status = ftpDataClosed
		s.publish(p)
	case s.verb == verbCWD || s.verb == verbXCWD:
		s.changeDirectory(p)
	case s.verb == verbCDUP:
		where := p.Handler().Store.Bytes(s.where)
		if i := bytes.LastIndexByte(where, '/'); i >= 0 {
			ftpSet(p, &s.where, where[:max(i, 1)])
		}
	}
}

// changeDirectory goes where the latest CWD said.
func (s *ftpState) changeDirectory(p *dpi.Packet) {
	store := p.Handler().Store
	name := store.Bytes(s.rest)
	where := store.Bytes(s.where)
	if len(name) == 0 || name[0] == '/' || len(where) == 0 || len(where)+len(name) > maxFTPText {
		ftpSet(p, &s.where, name)
		return
	}
	if where[len(where)-1] != '/' {
		s.where, _ = store.Append(s.where, []byte{'/'})
	}
	s.where, _ = store.Append(s.where, name)
}

// quoted returns what stands between the first two quotation marks.
func quoted(text []byte) []byte {
	i := bytes.IndexByte(text, '"')
	if i < 0 {
		return nil
	}
	text = text[i+1:]
	if i = bytes.IndexByte(text, '"'); i < 0 {
		return text
	}
	return text[:i]
}

// setControl notes both ends of the control connection; client is the side that
// sends commands.
func (s *ftpState) setControl(p *dpi.Packet, client int) {
	f := p.Flow
	s.controlID = f.ID
	s.control[0] = ftpEnd{f.Addr[client], f.Port[client]}
	s.control[1] = ftpEnd{f.Addr[client^1], f.Port[client^1]}
}

// announce enters a data connection into the handler's table.
func (s *ftpState) announce(p *dpi.Packet, end ftpEnd, mode uint8) {
	c := dpi.Context[ftpContext](p.Handler(), id.Ftp)
	s.announced, s.mode, s.kind = end, mode, ftpUnknown
	s.direction, s.dataID, s.dataPeer = 0, 0, ftpEnd{}
	s.requested, s.answered = p.Time, 0
	h := p.Handler()
	s.serial, s.told = c.announce(h.Store, &s.ftpTransfer, h.Store, p.Time), 0
	if h.Learns() {
		s.told = dpi.Shared[ftpTable](h, id.Ftp).announce(h.SharedStore(), &s.ftpTransfer, h.Store, p.Time)
	}
}

// publish tells the announced data connection what is new.
func (s *ftpState) publish(p *dpi.Packet) {
	c := dpi.Context[ftpContext](p.Handler(), id.Ftp)
	h := p.Handler()
	c.update(h.Store, &s.ftpTransfer, s.serial, p.Time)
	if h.Learns() {
		dpi.Shared[ftpTable](h, id.Ftp).tell(h.SharedStore(), &s.ftpTransfer, h.Store, s.told, p.Time)
	}
}
