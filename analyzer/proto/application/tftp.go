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

// tftpBlock is the size of a full block without negotiation.
const tftpBlock = 512

// TFTP is RFC 1350 with the options of RFC 2347. The transfer uses other ports
// than the request, and is told by its first block and acknowledgement.
var TFTP = dpi.Protocol{
	ID:   id.Tftp,
	Name: "tftp",
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
// other way round.
func tftpTransfer(p *dpi.Packet, d []byte) dpi.Verdict {
	if !isTFTPTransfer(d, len(d)) {
		return dpi.No
	}
	other, n := p.First(p.Dir ^ 1)
	if n == 0 {
		return moreUnless(p.Asked(p.Dir) > 4)
	}
	if !isTFTPTransfer(other, n) {
		return dpi.No
	}
	first, _ := p.First(p.Dir)
	return verdict(first[1] != other[1] && first[3]-other[3]+1 <= 2)
}

// isTFTPTransfer tells whether a datagram of n bytes that begins with d is one
// of the first blocks, a full one, or its acknowledgement.
func isTFTPTransfer(d []byte, n int) bool {
	if n < 4 || d[0] != 0 {
		return false
	}
	block := be16(d[2:])
	switch d[1] {
	case tftpData:
		return block == 1 && n <= 4+65464 || n == 4+tftpBlock
	case tftpAck:
		return n == 4 || block <= 1 && n <= 60 // some pad
	}
	return false
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
