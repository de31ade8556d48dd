package proto

import (
	"mmt/analyzer/dpi"
)

// mobileList holds the protocols of package mobile.
func mobileList() []dpi.Protocol {
	return []dpi.Protocol{}
}
