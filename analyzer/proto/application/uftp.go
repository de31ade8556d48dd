package application

import "mmt/analyzer/proto/id"

// UFTP is Encrypted UDP based FTP with multicast (Bush, "UFTP protocol
// specification", versions 4 and 5): a common header, whose function the header
// behind it repeats before its own length in words.
var UFTP = toldByDatagram(id.Uftp, "uftp", isUFTP, 1044)

// Fields of the headers.
const (
	uftpHeader   = 16
	uftpReserved = 15 // byte of the common header that is zero
	uftpLast     = 21 // the highest function
)

func isUFTP(d []byte) bool {
	if len(d) < uftpHeader+4 || d[0] != 0x40 && d[0] != 0x50 || d[1] == 0 || d[1] > uftpLast || d[uftpReserved] != 0 {
		return false
	}
	words := int(d[uftpHeader+1])
	return d[uftpHeader] == d[1] && words > 0 && uftpHeader+4*words <= len(d)
}
