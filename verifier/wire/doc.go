// Package wire is the form in which probes send the attributes of packets to a
// verifier that runs elsewhere (mmt_sec_server): messages on a stream socket,
// without any handshake, and nothing ever comes back. A message is
//
//	total length        4 bytes, these four included
//	number of attributes 1 byte
//	time of the packet  16 bytes: seconds and microseconds since 1970, 8 each
//
// and then for each attribute
//
//	protocol id         4 bytes
//	attribute id        4 bytes
//	length of the value 2 bytes
//	value
//
// All numbers are little endian, whatever the machine. Protocol ids are below
// 65536; the upper 16 bits of the field tell the occurrence of the protocol in
// the path, counted from 1 (ip.2.src), and are 0 for the one that the probe's
// ip-encapsulation-index chooses.
//
// Values have the layout in which the C programs of MMT keep their type:
//
//	u8, u16, u32, u64   1, 2, 4, 8 bytes
//	float               4 bytes (IEEE 754), or 8 where 4 would lose digits
//	timeval             seconds and microseconds, 8 bytes each
//	mac_addr            6 bytes
//	ip4_addr, ip6_addr  4 and 16 bytes, network order
//	proto_path          number of protocols (4 bytes), then 4 bytes each
//	u16_array ...       number of elements (4 bytes, 8 for u64_array), then the elements
//	binary, binary_var  number of bytes (4 bytes), then the bytes
//	strings             the bytes and a NUL
//	pointer             the bytes that it points to
//
// A reader is tolerant: a number may have any length up to 8 bytes, a string
// may lack its NUL or be filled up with NULs, a list may be followed by unused
// room, binary values may come without their count, and a time may be 8 bytes of
// microseconds. A value that is too short for its type counts as absent, as does
// an attribute that the registry does not know.
//
// The package knows messages and types; it does not know rules, nor who listens.
package wire
