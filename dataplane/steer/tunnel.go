package steer

import "encoding/binary"

// ipAt tells which IP a label stack or a tunnel may carry at the beginning of b,
// stop if none.
func ipAt(b []byte) kind {
	switch {
	case looksIP4(b):
		return ip4
	case looksIP6(b):
		return ip6
	}
	return stop
}

func looksIP4(b []byte) bool {
	return len(b) >= minIPv4Header && b[0]>>4 == 4 && b[0]&15 >= 5 && be16(b[2:]) >= minIPv4Header
}

func looksIP6(b []byte) bool { return len(b) >= ipv6Header && b[0]>>4 == 6 }

// looksEthernet tells whether b may be a frame, for tunnels that do not say what
// they carry.
func looksEthernet(b []byte) bool {
	if len(b) < ethernetHeader {
		return false
	}
	t := be16(b[12:])
	if t <= maxLength {
		return t >= 3 && t <= len(b)-ethernetHeader
	}
	return frameTypes[t>>6]&(1<<(t&63)) != 0
}

// frameTypes has a bit for each EtherType that makes bytes look like a frame
// (IANA, "IEEE 802 Numbers", and what vendors have published), also where it
// leads to no IP layer.
var frameTypes = func() (set [65536 / 64]uint64) {
	for _, t := range [...]uint16{
		0x0800, 0x0806, 0x0842, 0x0bad, 0x2001, 0x22eb, 0x22f0, 0x22f3, 0x4305, 0x6001, 0x6002, 0x6003, 0x6558,
		0x8035, 0x809b, 0x80f3, 0x8100, 0x8137, 0x8138, 0x8624, 0x86dd, 0x880b, 0x8847, 0x8848, 0x8863, 0x8864,
		0x887b, 0x888e, 0x8892, 0x8899, 0x88a2, 0x88a4, 0x88a8, 0x88ab, 0x88b8, 0x88ba, 0x88be, 0x88cc, 0x88cd,
		0x88d9, 0x88e1, 0x88e3, 0x88e5, 0x88e7, 0x88f5, 0x88f6, 0x88f7, 0x88f8, 0x8902, 0x8903, 0x8906, 0x8909,
		0x890f, 0x8914, 0x8915, 0x891d, 0x8926, 0x892f, 0x893a, 0x893f, 0x894f, 0x9000, 0x9100, 0x9200,
	} {
		set[t>>6] |= 1 << (t & 63)
	}
	return set
}()

// mpls skips a stack of labels, RFC 3032 section 2.1. What follows it does not
// say: IP, or a frame with or without a control word (RFC 4448 section 4.6).
func (w *walk) mpls(off int) (kind, int) {
	b := w.bytes(off)
	for bottom := false; !bottom; b = b[4:] {
		if len(b) < 4 {
			return stop, off
		}
		bottom = b[2]&1 == 1
		off += 4
	}
	if k := ipAt(b); k != stop {
		return k, off
	}
	switch {
	case len(b) > 4 && b[0]>>4 == 0 && looksEthernet(b[4:]):
		return ethernet, off + 4
	case looksEthernet(b):
		return ethernet, off
	}
	return stop, off
}

// The first 16 bits of GRE: RFC 2784, RFC 2890, and RFC 2637 section 4.1 for
// version 1.
const (
	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greAck      = 0x0080
	greVersion  = 0x0007
)

// EtherTypes that GRE uses in a way of its own.
const (
	typePPP     = 0x880b
	typeWCCP    = 0x883e
	typeERSPAN  = 0x88be
	typeERSPAN3 = 0x22eb
	typeVLAN    = 0x8100
)

// greLength returns the length of a header, 0 if it is cut or cannot be read.
func greLength(b []byte) int {
	if len(b) < 4 {
		return 0
	}
	flags := be16(b)
	if flags&greRouting != 0 || flags&greVersion > 1 {
		return 0
	}
	n := 4
	for _, option := range [...]int{greChecksum, greKey, greSequence} {
		if flags&option != 0 {
			n += 4
		}
	}
	if flags&greVersion == 1 && flags&greAck != 0 {
		n += 4
	}
	if n > len(b) {
		return 0
	}
	return n
}

func (w *walk) gre(off int) (kind, int) {
	b := w.bytes(off)
	n := greLength(b)
	if n == 0 {
		return stop, off
	}
	flags, protocol := be16(b), be16(b[2:])
	if flags&greVersion == 1 {
		return w.pptp(off, n, b)
	}
	off += n
	switch protocol {
	case typeERSPAN, typeERSPAN3:
		if protocol == typeERSPAN && flags&greSequence == 0 { // type I has no header
			return ethernet, off
		}
		return erspan, off
	case typeVLAN:
		return vlan, off - 2 // the tag starts where its type would be
	case typeWCCP: // RFC 3040: IP, after a redirect header in version 2
		if b := w.bytes(off); len(b) > 0 && b[0]>>4 != 4 {
			off += 4
		}
		return ip4, off
	}
	return byEtherType(protocol), off
}

// pptp finds the PPP frame of a version 1 header b of length n, whose key holds
// the frame's length.
func (w *walk) pptp(off, n int, b []byte) (kind, int) {
	const both = greKey | greSequence
	flags := be16(b)
	if be16(b[2:]) != typePPP || flags&both != both {
		return stop, off
	}
	key := 4
	if flags&greChecksum != 0 {
		key += 4
	}
	w.limit(off + n + be16(b[key:]))
	return ppp, off + n
}

// erspan is Cisco's remote mirroring, types II and III.
func (w *walk) erspan(off int) (kind, int) {
	b := w.bytes(off)
	if len(b) < 12 {
		return stop, off
	}
	switch b[0] >> 4 {
	case 1:
		return ethernet, off + 8
	case 2:
		if b[11]&1 != 0 { // a platform specific header follows
			return ethernet, off + 20
		}
		return ethernet, off + 12
	}
	return stop, off
}

// l2tpLength returns the length of a header of L2TP version 2 (RFC 2661 section
// 3.1), 0 if it is cut.
func l2tpLength(b []byte) int {
	const hasLength, hasSequence, hasOffset = 0x4000, 0x0800, 0x0200
	if len(b) < 6 {
		return 0
	}
	flags, n := be16(b), 6
	if flags&hasLength != 0 {
		n += 2
	}
	if flags&hasSequence != 0 {
		n += 4
	}
	if flags&hasOffset != 0 {
		if len(b) < n+2 {
			return 0
		}
		n += 2 + be16(b[n:])
	}
	if n > len(b) {
		return 0
	}
	return n
}

// isL2TP expects a data message of version 2 whose PPP frame may lead to IP.
func isL2TP(d []byte, declared int) bool {
	const control, reserved, version, hasLength = 0x8000, 0x34f0, 0x000f, 0x4000
	n := l2tpLength(d)
	if n == 0 {
		return false
	}
	flags, ids := be16(d), 2
	if flags&version != 2 || flags&(control|reserved) != 0 {
		return false
	}
	if flags&hasLength != 0 {
		if be16(d[2:]) > declared {
			return false
		}
		ids = 4
	}
	frame := d[n:]
	if len(frame) >= 2 && frame[0] == 0xff && frame[1] == 3 {
		frame = frame[2:]
	}
	protocol, _ := pppProtocol(frame)
	return binary.BigEndian.Uint32(d[ids:]) != 0 && byPPP(protocol) != stop
}

func (w *walk) l2tp(off int) (kind, int) { return ppp, off + l2tpLength(w.bytes(off)) }
