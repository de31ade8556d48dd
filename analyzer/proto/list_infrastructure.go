package proto

import (
	"mmt/analyzer/dpi"
)

// infrastructureList holds the protocols of what networks need to run: names, addresses, time, management.
func infrastructureList() []dpi.Protocol {
	return []dpi.Protocol{}
}
