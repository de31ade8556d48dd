package proto

import (
	"mmt/analyzer/dpi"
)

// peerList holds the protocols of peer-to-peer, private networks, messengers and games.
func peerList() []dpi.Protocol {
	return []dpi.Protocol{}
}
