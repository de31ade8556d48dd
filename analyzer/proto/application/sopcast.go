package application

import "mmt/analyzer/proto/id"

// SopCast is television among its viewers, over UDP: a header of eight bytes,
// then a message of type, 0xff, its length and zeros.
var SopCast = toldByDatagram(id.Sopcast, "sopcast", isSopCast)

func isSopCast(d []byte) bool {
	return len(d) >= 20 && len(d) < 128 && d[2] == 1 && d[9] == 0xff && be16(d[10:]) == len(d)-8 &&
		d[8] >= 1 && d[8] <= 3 && be16(d[12:]) == 0
}
