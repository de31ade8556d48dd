package proto

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/mobile"
)

// mobileList holds the protocols of package mobile.
func mobileList() []dpi.Protocol {
	return []dpi.Protocol{
		mobile.GTP, mobile.GTPv2, mobile.GTPPrime,
		mobile.PFCP, mobile.GSMTAP, mobile.SGsAP,
		mobile.S1AP, mobile.NASEPS, mobile.NGAP, mobile.NAS5G,
		mobile.X2AP, mobile.XnAP, mobile.F1AP, mobile.E1AP, mobile.M2AP, mobile.M3AP, mobile.LCSAP, mobile.SBcAP, mobile.SABP,
		mobile.HNBAP, mobile.RUA, mobile.RANAP, mobile.M3UA, mobile.M2UA, mobile.M2PA, mobile.SUA, mobile.IUA, mobile.SCCP, mobile.H248,
	}
}
