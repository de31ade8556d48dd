package proto

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/mobile"
)

// mobileList holds the protocols of package mobile.
func mobileList() []dpi.Protocol {
	return []dpi.Protocol{
		mobile.GTP, mobile.GTPv2, mobile.GTPPrime,
		mobile.S1AP, mobile.NASEPS, mobile.NGAP, mobile.NAS5G,
	}
}
