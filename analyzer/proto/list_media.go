package proto

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
)

// mediaList holds the protocols of calls and streaming: SIP, RTP, STUN.
func mediaList() []dpi.Protocol {
	return slices.Concat(transportOfMedia())
}

// transportOfMedia holds what carries sound and images, and what opens the way
// for it.
func transportOfMedia() []dpi.Protocol {
	return []dpi.Protocol{
		application.RTP, application.SRTP, application.RTCP, application.STUN,
		application.MPEGTS, application.MPEG,
	}
}
