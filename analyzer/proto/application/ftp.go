package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// FTP is the File Transfer Protocol (RFC 959, 2228, 2389, 2428, 3659, 4217):
// control connections, which are recognised by their text, and data
// connections, which are recognised by what a control connection of the same
// handler has announced, or, between other hosts, any on FTP's own port. A data
// connection whose control connection was not seen is recognised on its old port
// only, and by content.
var FTP = dpi.Protocol{
	ID:         id.Ftp,
	Name:       "ftp",
	Attributes: ftpAttributes,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 130, Classify: classifyFTPData},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{21}, Classify: ftpTalk.classify},
		{Parent: id.Tcp, Weight: 20, Ports: []uint16{20}, Only: true, Classify: classifyFTPContent},
	},
	Inspect: inspectFTP,
	Track:   trackFTP,
	Always:  true,
	State:   dpi.NewState(freeFTP),
	Context: func() any { return new(ftpContext) },
	Shared:  func() any { return new(ftpTable) },
	Heralds: []dpi.Herald{{L4: ipTCP, Ports: []uint16{21}}},
}

// FTPS is FTP inside TLS from the first byte on (RFC 4217 section 15). TLS
// recognises it.
var FTPS = dpi.Protocol{ID: id.Ftps, Name: "ftps", Hosted: true}

var ftpTalk = talk{proto: id.Ftp, line: gradeFTP, port: 21, multiline: true}

// gradeFTP grades a command or a reply.
func gradeFTP(line []byte) grade {
	if code, text, ok := replyCode(line); ok {
		return gradeFTPReply(code, text)
	}
	return gradeFTPCommand(textWord(line))
}

// gradeFTPCommand grades a command by its name and its parameter. Names that
// are words of English, or commands of shells, are worth less.
func gradeFTPCommand(word, rest []byte) grade {
	switch {
	case equalFoldAny(word, "syst", "pasv", "epsv", "feat", "xpwd", "cdup", "mlsd", "nlst", "xcup", "lpsv"):
		return sure
	case equalFoldAny(word, "retr", "stor", "appe", "cwd", "mdtm", "mkd", "rmd", "rnfr", "rnto", "clnt", "xcwd", "xmkd", "mlst", "stou") &&
		len(rest) > 0 && !isNumber(rest):
		return sure
	case isFTPParameter(ftpVerb(word), rest):
		return sure
	case equalFold(word, "auth") && equalFoldAny(rest, "tls", "ssl", "tls-c", "tls-p", "gssapi", "kerberos_v4"):
		return sure
	case equalFoldAny(word, "user", "size", "site", "opts") && len(rest) > 0, equalFold(word, "pwd"):
		return good
	case equalFoldAny(word, "pass", "acct", "dele", "rest", "allo", "mode", "stru"):
		return hint
	case equalFoldAny(word, "list", "noop", "quit", "help", "stat", "abor", "rein", "auth", "retr"):
		return fits
	}
	return never
}

// isFTPParameter tells whether a command has the kind of parameter that only it
// has.
func isFTPParameter(verb uint32, rest []byte) bool {
	switch verb {
	case verbPORT:
		_, ok := parseHostPort(rest)
		return ok
	case verbEPRT:
		_, ok := parseExtended(rest)
		return ok
	case verbTYPE:
		return len(rest) > 0 && oneOf(rest[0]&^0x20, "AEIL") && (len(rest) == 1 || rest[1] == ' ')
	case verbPBSZ:
		return isNumber(rest)
	case verbPROT:
		return len(rest) == 1 && oneOf(rest[0]&^0x20, "CSEP")
	}
	return false
}

// gradeFTPReply grades a reply by its code and text.
func gradeFTPReply(code int, text []byte) grade {
	switch code {
	case 220:
		if containsFold(text, "smtp") {
			return never
		}
		if containsFold(text, "ftp") || containsFold(text, "filezilla") {
			return sure
		}
		return hint
	case 227, 229:
		if containsFold(text, "passive") {
			return sure
		}
		return good
	case 331, 215, 234:
		return great
	case 230, 150, 125, 226, 211, 213, 257:
		return good
	case 530, 200, 250, 550, 350, 332:
		return hint
	case 120, 202, 212, 214, 221, 225, 228, 232, 336, 421, 425, 426, 450, 451, 452, 500, 501, 502, 503, 504, 532, 551, 552, 553, 534:
		return fits
	}
	return never
}

// inspectFTP waits for TLS after AUTH. Who logs in in the clear does not start
// it.
func inspectFTP(p *dpi.Packet, d []byte) (done bool) {
	if s := dpi.HasState[ftpState](p, id.Ftp); s != nil && s.isData {
		return true
	}
	if started, done := inspectStartTLS(p, d); started {
		return done
	}
	return hasLine(d, func(line []byte) bool {
		return hasPrefixFold(line, "user ") || hasPrefixFold(line, "331 ") || hasPrefixFold(line, "230 ")
	})
}

// classifyFTPContent recognises a transfer by what files and listings start
// with, on the port that RFC 959 gives data connections.
func classifyFTPContent(_ *dpi.Packet, d []byte) dpi.Verdict {
	if isDirectoryListing(d) || isFileMagic(d) {
		return dpi.Yes
	}
	return dpi.No
}

// isDirectoryListing tells whether d starts like the output of "ls -l", which
// is what servers answer to LIST.
func isDirectoryListing(d []byte) bool {
	line, rest, ok := textLine(d)
	if ok && hasPrefixFold(line, "total ") && isNumber(line[6:]) {
		if line, _, ok = textLine(rest); !ok {
			return false
		}
	}
	if !ok || len(line) < 11 || !isText(line) {
		return false
	}
	for i, set := range [10]string{"-dlbcps", "-r", "-w", "-xsS", "-r", "-w", "-xsS", "-r", "-w", "-xtT"} {
		if !oneOf(line[i], set) {
			return false
		}
	}
	return oneOf(line[10], " +.@")
}

// oneOf tells whether c occurs in set.
func oneOf(c byte, set string) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}

// isFileMagic tells whether d starts like a file of a common format.
func isFileMagic(d []byte) bool {
	for _, magic := range [...]string{
		"\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe0", "\xff\xd8\xff\xe1", "GIF87a", "GIF89a", "%PDF-1.", "PK\x03\x04", "\x1f\x8b\x08",
		"BZh9", "\xfd7zXZ\x00", "7z\xbc\xaf\x27\x1c", "Rar!\x1a\x07", "\x7fELF", "MZ\x90\x00", "ID3\x03", "ID3\x04", "OggS\x00",
		"RIFF", "\x1a\x45\xdf\xa3", "SQLite format 3\x00", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "!<arch>\n", "\xed\xab\xee\xdb",
	} {
		if startsWith(d, magic) == dpi.Yes {
			return true
		}
	}
	return false
}
