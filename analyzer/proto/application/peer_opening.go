package application

import "mmt/analyzer/proto/id"

// Peer-to-peer networks that are told by the opening of a connection.
var (
	// AppleJuice is the file sharing network of that name.
	AppleJuice = openedBy(id.Applejuice, "applejuice", "ajprot\r\n")
	// Ares is the network of Ares Galaxy and Warez: the opening to a supernode,
	// requests for files by their hash, and answers to push requests.
	Ares = openedBy(id.Ares, "ares", "\x03\x00\x5a\x04\x03\x03\x05", "GET SHA1:", "GET sha1:", "PUSH SHA1:")
	// StealthNet names itself.
	StealthNet = openedBy(id.Stealthnet, "stealthnet", "LARS REGENSBURGER'S FILE SHARING PROTOCOL")
	// Pando opens as BitTorrent does, under its own name.
	Pando = openedBy(id.Pando, "pando", "\x0ePando protocol")
	// IPFS and all that is built on libp2p negotiate protocols by multistream
	// ("multistream-select"): the length of a name, the name, a line feed.
	IPFS = openedBy(id.Ipfs, "ipfs", "\x13/multistream/1.0.0\n")
	// Freenet is the client protocol of Hyphanet ("FCPv2").
	Freenet = openedBy(id.Freenet, "freenet", "ClientHello\nName=", "ClientHello\nExpectedVersion=", "NodeHello\n")
	// I2P is the simple anonymous messaging of I2P's routers ("SAM V3").
	I2P = openedBy(id.I2p, "i2p", "HELLO VERSION MIN=", "HELLO VERSION\n", "HELLO REPLY RESULT=")
)
