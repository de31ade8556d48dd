package report

import "net/netip"

const upperHex = "0123456789ABCDEF"

// appendMACField appends a comma and the address, quoted, as AA:BB:CC:DD:EE:FF.
func appendMACField(dst []byte, mac *[6]byte) []byte {
	buf := [20]byte{0: ',', 1: '"', 19: '"'}
	for i, b := range mac {
		at := 2 + 3*i
		buf[at], buf[at+1] = upperHex[b>>4], upperHex[b&15]
		if i < 5 {
			buf[at+2] = ':'
		}
	}
	return append(dst, buf[:]...)
}

// appendAddrField appends a comma and the address, quoted: dotted IPv4, IPv6
// as RFC 5952 says, "" for the zero Addr. Zones are for local use and not told.
func appendAddrField(dst []byte, a netip.Addr) []byte {
	dst = append(dst, ',', '"')
	switch {
	case a.Is4():
		dst = appendIPv4(dst, a.As4())
	case a.IsValid():
		dst = a.WithZone("").AppendTo(dst)
	}
	return append(dst, '"')
}

func appendIPv4(dst []byte, a [4]byte) []byte {
	dst = append(appendUint(dst, uint64(a[0])), '.')
	dst = append(appendUint(dst, uint64(a[1])), '.')
	dst = append(appendUint(dst, uint64(a[2])), '.')
	return appendUint(dst, uint64(a[3]))
}
