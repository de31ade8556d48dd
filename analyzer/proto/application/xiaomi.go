package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// miioHeader is the length of a miIO header: magic, length, four bytes, device,
// time stamp, checksum.
const miioHeader = 32

// Xiaomi is the protocol of Xiaomi's smart home devices (miIO, known from the
// python-miio project's documentation) and that of its push service.
var Xiaomi = dpi.Protocol{
	ID:   id.Xiaomi,
	Name: "xiaomi",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{54321}, Classify: classifyMiIO},
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{5222}, Classify: classifyMiPush},
	},
}

// classifyMiIO asks for the magic 0x2131 and the datagram's length.
func classifyMiIO(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) >= miioHeader && d[0] == 0x21 && d[1] == 0x31 && be16(d[2:]) == len(d))
}

// miPushMagic begins a message of the push service; its version and length
// follow.
var miPushMagic = []byte{0xc2, 0xfe, 0x00, 0x05}

// classifyMiPush asks for the magic, and for the domain that every first
// message names.
func classifyMiPush(_ *dpi.Packet, d []byte) dpi.Verdict {
	if n := min(len(d), len(miPushMagic)); !bytes.Equal(d[:n], miPushMagic[:n]) {
		return dpi.No
	}
	if bytes.Contains(d, []byte("xiaomi.com")) {
		return dpi.Yes
	}
	return moreUnless(len(d) > 512)
}
