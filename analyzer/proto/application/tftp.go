package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Operations of TFTP, RFC 1350 section 5 and RFC 2347.
const (
	tftpRead  = 1
	tftpWrite = 2
	tftpData  = 3
	tftpAck   = 4
	tftpError = 5
	tftpOack  = 6
)

// TFTP is RFC 1350 with the options of RFC 2347. The transfer uses other ports
// than the request, and is told by the numbers of blocks and acknowledgements.
var TFTP = dpi.Protocol{
	ID:         id.Tftp,
	Name:       "tftp",
	Attributes: tftpAttributes,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{69}, Classify: classifyTFTP},
	},
}

func classifyTFTP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 || d[0] != 0 || d[1] == 0 || d[1] > tftpOack {
		return dpi.No
	}
	switch d[1] {
	case tftpRead, tftpWrite:
		return verdict(isTFTPRequest(d[2:]))
	case tftpOack:
		return verdict(isTFTPOptions(d[2:]))
	case tftpError:
		return verdict(p.HasPort(69) && isTFTPError(d))
	}
	return tftpTransfer(p, d)
}

// tftpTransfer judges data and acknowledgements, which say little by
// themselves: an acknowledgement must answer the block with its number, or the
// other way round; or, where one direction is all there is, the next number
// must follow.
func tftpTransfer(p *dpi.Packet, d []byte) dpi.Verdict {
	first, n := p.First(p.Dir)
	if !isTFTPTransfer(d, len(d)) || !isTFTPTransfer(first, n) || p.Asked(p.Dir) > 4 {
		return dpi.No
	}
	other, m := p.First(p.Dir ^ 1)
	if m > 0 {
		return verdict(isTFTPTransfer(other, m) && first[1] != other[1] && uint16(be16(first[2:])-be16(other[2:])+1) <= 2)
	}
	steps := be16(d[2:]) - be16(first[2:])
	return yesOrMore(first[1] == d[1] && steps > 0 && steps < p.Asked(p.Dir))
}

// isTFTPTransfer tells whether a datagram of n bytes that begins with d is a
// block or an acknowledgement, which some pad to the length of a small frame.
func isTFTPTransfer(d []byte, n int) bool {
	if n < 4 || d[0] != 0 {
		return false
	}
	return d[1] == tftpData || d[1] == tftpAck && n <= 60
}

// isTFTPRequest judges what follows the operation of a request: a file name, a
// mode, then options.
func isTFTPRequest(d []byte) bool {
	name := bytes.IndexByte(d, 0)
	if name <= 0 || !isText(d[:name]) {
		return false
	}
	mode := bytes.IndexByte(d[name+1:], 0)
	return mode > 0 && equalFoldAny(d[name+1:name+1+mode], "octet", "netascii", "mail", "binary")
}

// isTFTPOptions judges the accepted options: names and values, of which the
// first is one of RFC 2348, 2349 or 7440.
func isTFTPOptions(d []byte) bool {
	n := bytes.IndexByte(d, 0)
	return n > 0 && equalFoldAny(d[:n], "blksize", "tsize", "timeout", "windowsize", "rollover", "multicast", "blksize2") && d[len(d)-1] == 0
}

// isTFTPError judges an error: a code of RFC 1350 or 2347, a message.
func isTFTPError(d []byte) bool {
	return len(d) >= 5 && d[2] == 0 && d[3] <= 8 && d[len(d)-1] == 0 && isText(d[4:len(d)-1])
}
