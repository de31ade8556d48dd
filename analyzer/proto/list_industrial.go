package proto

import (
	"mmt/analyzer/dpi"
)

// industrialList holds the protocols of package industrial.
func industrialList() []dpi.Protocol {
	return []dpi.Protocol{}
}
