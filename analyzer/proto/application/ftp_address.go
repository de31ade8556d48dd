package application

import (
	"bytes"
	"net/netip"
)

// parseFTPEnd reads where a data connection goes from the parameter of PORT
// (RFC 959 section 4.1.2) or EPRT (RFC 2428), or from the text of reply 227 or
// 229; what is the command, packed, or the code. host is the end of the control
// connection that will listen.
func parseFTPEnd(what uint32, text []byte, host *ftpEnd) (end ftpEnd, ok bool) {
	switch what {
	case verbPORT:
		end, ok = parseHostPort(text)
	case 227:
		if i := bytes.IndexFunc(text, func(r rune) bool { return r >= '0' && r <= '9' }); i >= 0 {
			end, ok = parseHostPort(text[i:])
		}
	case verbEPRT:
		end, ok = parseExtended(text)
	case 229:
		if i := bytes.IndexByte(text, '('); i >= 0 {
			end, ok = parseExtended(text[i+1:])
		}
	}
	if ok && foreign(&end.addr, &host.addr) {
		end.addr = host.addr
	}
	return end, ok
}

// foreign tells whether an announced address cannot be the one that packets
// will show: there is none, or a translator of addresses stands between it and
// the control connection.
func foreign(announced, host *[16]byte) bool {
	a, h := netip.AddrFrom16(*announced).Unmap(), netip.AddrFrom16(*host).Unmap()
	return a.IsUnspecified() || a.IsPrivate() != h.IsPrivate()
}

// parseHostPort reads h1,h2,h3,h4,p1,p2.
func parseHostPort(text []byte) (end ftpEnd, ok bool) {
	var part [6]uint64
	for i := range part {
		n := digits(text)
		if part[i] = number(text); n == 0 || n > 3 || part[i] > 255 {
			return end, false
		}
		if text = text[n:]; i < len(part)-1 {
			if len(text) == 0 || text[0] != ',' {
				return end, false
			}
			text = text[1:]
		}
	}
	end.addr[10], end.addr[11] = 0xff, 0xff
	for i := range 4 {
		end.addr[12+i] = byte(part[i])
	}
	end.port = uint16(part[4]<<8 | part[5])
	return end, end.port != 0
}

// parseExtended reads |protocol|address|port|, where any character may be the
// delimiter and protocol and address may be missing.
func parseExtended(text []byte) (end ftpEnd, ok bool) {
	if len(text) < 5 {
		return end, false
	}
	var field [3][]byte
	delimiter, rest := text[:1], text[1:]
	for i := range field {
		if field[i], rest, ok = bytes.Cut(rest, delimiter); !ok {
			return end, false
		}
	}
	port := number(field[2])
	if !isNumber(field[2]) || port == 0 || port > 0xffff {
		return end, false
	}
	end.port = uint16(port)
	if len(field[1]) > 0 {
		addr, err := netip.ParseAddr(string(field[1]))
		if err != nil {
			return end, false
		}
		end.addr = addr.As16()
	}
	return end, true
}
