package proto

import (
	"slices"

	"mmt/analyzer/dpi"
)

// applicationList holds the protocols of package application, by what they are
// used for.
func applicationList() []dpi.Protocol {
	return slices.Concat(
		webList(), mediaList(), infrastructureList(), serverList(), peerList(),
	)
}
