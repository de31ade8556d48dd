package report

import "net/netip"

// MaxRADIUSText limits each string of a RADIUS report, in bytes: no attribute of
// RFC 2865 is longer.
const MaxRADIUSText = 253

// RADIUS is report 9: a RADIUS message. What a message does not have is empty, or
// 0.
type RADIUS struct {
	Time        int64 // packet, nanoseconds since 1970
	Code        uint8 // kind of message
	FramedIP    netip.Addr
	Calling     []byte // calling station id: a telephone number, a MAC address
	Status      uint32 // of the account: 1 start, 2 stop, ...
	Session     []byte // number of the account's session
	IMSI, IMEI  []byte
	GGSN, SGSN  netip.Addr
	SGSNNetwork []byte // its country and network code
	RAT         uint8  // radio access technology
	Charging    []byte // charging characteristics
	LAC, Cell   uint32 // location area, and cell in it
}

// Append implements Record.
func (r *RADIUS) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "9", r.Time)
	dst = appendUintField(dst, uint64(r.Code))
	dst = appendAddrField(dst, r.FramedIP)
	dst = e.textField(dst, cut(r.Calling, MaxRADIUSText))
	dst = appendUintField(dst, uint64(r.Status))
	dst = e.textField(dst, cut(r.Session, MaxRADIUSText))
	dst = e.textField(dst, cut(r.IMSI, MaxRADIUSText))
	dst = e.textField(dst, cut(r.IMEI, MaxRADIUSText))
	dst = appendAddrField(dst, r.GGSN)
	dst = appendAddrField(dst, r.SGSN)
	dst = e.textField(dst, cut(r.SGSNNetwork, MaxRADIUSText))
	dst = appendUintField(dst, uint64(r.RAT))
	dst = e.textField(dst, cut(r.Charging, MaxRADIUSText))
	dst = appendUintField(dst, uint64(r.LAC))
	return e.end(appendUintField(dst, uint64(r.Cell)))
}
