package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ADS is Beckhoff's automation device specification over AMS/TCP (two zero
// bytes, length, AMS header) or its UDP discovery.
var ADS = dpi.Protocol{
	ID:   id.BeckhoffAds,
	Name: "beckhoff_ads",
	Classifiers: append(
		over(80, isADSTCP, []uint16{48898}, false, id.Tcp),
		over(100, isADSUDP, []uint16{48899}, false, id.Udp)...),
}

// Lengths of the AMS/TCP and the AMS header.
const (
	amsTCPHeader = 6
	amsHeader    = 32
)

func isADSTCP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) >= 2 && be.Uint16(d) != 0 {
		return dpi.No
	}
	if len(d) < amsTCPHeader+amsHeader {
		return short(p)
	}
	ams := d[amsTCPHeader:]
	length, command, flags := le.Uint32(d[2:]), le.Uint16(ams[16:]), le.Uint16(ams[18:])
	return yesIf(length >= amsHeader && length == le.Uint32(ams[20:])+amsHeader && command <= 9 && flags&^0x41 == 4)
}

func isADSUDP(_ *dpi.Packet, d []byte) dpi.Verdict {
	return yesIf(len(d) >= 24 && le.Uint32(d) == 0x71146603)
}
