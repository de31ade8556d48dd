package proto

import (
	"mmt/analyzer/dpi"
)

// mediaList holds the protocols of calls and streaming: SIP, RTP, STUN.
func mediaList() []dpi.Protocol {
	return []dpi.Protocol{}
}
