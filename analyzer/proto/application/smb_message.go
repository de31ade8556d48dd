package application

import "bytes"

// Values of attribute version. What is encrypted or compressed is version 3 for
// sure, and its command cannot be seen.
const (
	smb1          = 1
	smb2          = 2
	smb3Encrypted = 3
)

// Lengths of headers, MS-CIFS section 2.2.3.1 and MS-SMB2 section 2.2.1.
const (
	smb1Header = 32
	smb2Header = 64
)

// Commands, MS-CIFS section 2.2.2.1 and MS-SMB2 section 2.2.1.2.
const (
	smb1Read     = 0x2e
	smb1Write    = 0x2f
	smb1Trans2   = 0x32
	smb1NTTrans  = 0xa0
	smb1NTCreate = 0xa2
	smb2Create   = 5
	smb2Read     = 8
	smb2Write    = 9
)

// smbMessage is the message that a packet starts with. All slices are views.
type smbMessage struct {
	version uint8
	command uint8
	reply   bool
	wide    bool   // names are in UTF-16
	d       []byte // from the header on, as much as there is
	words   []byte // parameters of a message of version 1
	data    int    // where the data of a message of version 1 start in d
	size    int    // how long they are
}

// parse reads the message behind the session header at the beginning of d. ok
// is false if there is none.
func (m *smbMessage) parse(d []byte) (ok bool) {
	if len(d) < nbHeader+5 || d[0] != nbMessage {
		return false
	}
	m.d = d[nbHeader:]
	switch string(m.d[:4]) {
	case "\xffSMB":
		return m.parse1()
	case "\xfeSMB":
		if m.version = smb2; len(m.d) >= smb2Header {
			m.command, m.reply, m.wide = m.d[12], m.d[16]&1 != 0, true
		}
		return len(m.d) >= smb2Header
	case "\xfdSMB", "\xfcSMB":
		m.version = smb3Encrypted
		return true
	}
	return false
}

// parse1 reads a header of version 1 and where its two blocks are.
func (m *smbMessage) parse1() bool {
	if len(m.d) < smb1Header {
		return false
	}
	m.version, m.command = smb1, m.d[4]
	m.reply, m.wide = m.d[9]&0x80 != 0, m.d[11]&0x80 != 0
	if len(m.d) < smb1Header+1 {
		return true
	}
	end := smb1Header + 1 + 2*int(m.d[smb1Header])
	if len(m.d) >= end+2 {
		m.words = m.d[smb1Header+1 : end]
		m.data, m.size = end+2, le16(m.d[end:])
	}
	return true
}

// word returns a parameter of a message of version 1 by its number, 0 if it has
// none.
func (m smbMessage) word(i int) int {
	if len(m.words) < 2*i+2 {
		return 0
	}
	return le16(m.words[2*i:])
}

// view returns n bytes at off, or those of them that are there.
func (m smbMessage) view(off, n int) []byte {
	if off < 0 || n <= 0 || off >= len(m.d) {
		return nil
	}
	return m.d[off:min(off+n, len(m.d))]
}

// contentOffset returns where, in a message of version 1, the content starts
// that its data block is there for; 0 if it is of no interest.
func (m smbMessage) contentOffset() int {
	switch {
	case m.command == smb1Read && m.reply:
		return m.word(6)
	case m.command == smb1Write && !m.reply:
		return m.word(11)
	case m.command == smb1Trans2 && m.reply:
		return m.word(4)
	case m.command == smb1Trans2:
		return m.word(10)
	case m.command == smb1NTTrans && m.reply && len(m.words) >= 19:
		return int(le32(m.words[15:]))
	case m.command == smb1NTTrans && !m.reply && len(m.words) >= 27:
		return int(le32(m.words[23:]))
	}
	return 0
}

// padding returns what lies between the beginning of the data block and its
// content in a message of version 1.
func (m smbMessage) padding() []byte {
	if m.words == nil {
		return nil
	}
	n := m.contentOffset() - m.data
	if n > m.size {
		return nil
	}
	return m.view(m.data, n)
}

// fileData returns what of a file's content the message carries: in answers to
// READ and in WRITE requests.
func (m smbMessage) fileData() []byte {
	switch {
	case m.version == smb1 && m.command == smb1Read && m.reply:
		return m.view(m.word(6), m.word(5)|m.word(7)<<16)
	case m.version == smb1 && m.command == smb1Write && !m.reply:
		return m.view(m.word(11), m.word(10)|m.word(9)<<16)
	case m.version == smb2 && m.command == smb2Read && m.reply && len(m.d) >= smb2Header+16:
		return m.view(int(m.d[smb2Header+2]), int(le32(m.d[smb2Header+4:])))
	case m.version == smb2 && m.command == smb2Write && !m.reply && len(m.d) >= smb2Header+16:
		return m.view(le16(m.d[smb2Header+2:]), int(le32(m.d[smb2Header+4:])))
	}
	return nil
}

// fileName returns the name in a request that opens or creates a file, as it is
// on the wire: UTF-16 unless the client speaks ASCII only.
func (m smbMessage) fileName() []byte {
	switch {
	case m.reply:
	case m.version == smb1 && m.command == smb1NTCreate && len(m.words) >= 48:
		off, n := m.data, le16(m.words[5:])
		if m.wide {
			off += off & 1 // two-byte characters are aligned
		}
		return m.name(m.view(off, n))
	case m.version == smb2 && m.command == smb2Create && len(m.d) >= smb2Header+56:
		return m.name(m.view(le16(m.d[smb2Header+44:]), le16(m.d[smb2Header+46:])))
	}
	return nil
}

// name takes a backslash in front and zeros behind off a name.
func (m smbMessage) name(b []byte) []byte {
	if m.wide {
		for len(b) >= 2 && b[len(b)-1] == 0 && b[len(b)-2] == 0 {
			b = b[:len(b)-2]
		}
		return bytes.TrimPrefix(b, []byte{'\\', 0})
	}
	return bytes.TrimPrefix(trimZeros(b), []byte{'\\'})
}
