package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Bitcoin is the network of nodes ("Protocol documentation", message
// structure): magic of the chain, command of twelve bytes, length and sum of
// what follows. The encrypted transport of BIP 324 cannot be told.
var Bitcoin = coinProtocol(id.Bitcoin, "bitcoin", 8333,
	0xf9beb4d9, // main
	0x0b110907, // testnet3
	0x1c163f28, // testnet4
	0xfabfb5da, // regression test
	0x0a03cf40, // signet
	0xe3e1f3e8, // Bitcoin Cash
	0xf9beb4fe, // Namecoin
	0xbf0c6bbd, // Dash
	0x24e92764, // Zcash
	0xc0c0c0c0, // Dogecoin
)

// Litecoin speaks as Bitcoin does, under its own magic.
var Litecoin = coinProtocol(id.Litecoin, "litecoin", 9333, 0xfbc0b6db, 0xfdd2c8f1)

// Bitmessage has messages like those of Bitcoin, with the length in network
// byte order ("Protocol specification", message structure).
var Bitmessage = coinProtocol(id.Bitmessage, "bitmessage", 8444, 0xe9beb4d9)

// coinProtocol returns a protocol of Bitcoin's messages, told by its magics.
func coinProtocol(number dpi.ProtocolID, name string, port uint16, magics ...uint32) dpi.Protocol {
	return dpi.Protocol{
		ID:   number,
		Name: name,
		Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{port}, Classify: func(p *dpi.Packet, d []byte) dpi.Verdict {
			if v := isCoinMessage(d, magics); v != dpi.No {
				return v
			}
			if isCoinMessage(p.Stream, magics) == dpi.Yes {
				return dpi.Yes
			}
			return moreUnless(!p.HasPort(port)) // in the middle of a long message
		}}},
	}
}

// isCoinMessage judges the header of a message: the command is in lower case
// letters and digits, filled up with zeros.
func isCoinMessage(d []byte, magics []uint32) dpi.Verdict {
	if len(d) < 16 {
		return moreUnless(!isMagicStart(d, magics))
	}
	if !isMagicStart(d, magics) || d[4] == 0 {
		return dpi.No
	}
	for _, c := range trimZeros(d[4:16]) {
		if (c < 'a' || c > 'z') && !isDigit(c) {
			return dpi.No
		}
	}
	return dpi.Yes
}

// isMagicStart tells whether d is or starts with the beginning of a magic.
func isMagicStart(d []byte, magics []uint32) bool {
	var start uint32
	n := min(len(d), 4)
	for i := range n {
		start = start<<8 | uint32(d[i])
	}
	for _, magic := range magics {
		if magic>>(32-8*n) == start {
			return true
		}
	}
	return false
}
