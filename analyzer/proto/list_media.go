package proto

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
)

// mediaList holds the protocols of calls and streaming: SIP, RTP, STUN.
func mediaList() []dpi.Protocol {
	return slices.Concat(carrierList(), telephonyList(), voiceList(), streamingList())
}

// carrierList holds what carries sound and images, and what opens the way for
// it.
func carrierList() []dpi.Protocol {
	return []dpi.Protocol{
		application.RTP, application.SRTP, application.RTCP, application.STUN, application.T38, application.RDT,
		application.MPEGTS, application.MPEG, application.FLUTE,
	}
}

// telephonyList holds what sets up calls.
func telephonyList() []dpi.Protocol {
	return []dpi.Protocol{
		application.SIP, application.H323, application.MGCP, application.Megaco, application.Skinny, application.IAX,
		application.NOE, application.UNIStim, application.MSRP,
	}
}

// voiceList holds the protocols of single services for voice.
func voiceList() []dpi.Protocol {
	return []dpi.Protocol{
		application.TeamSpeak, application.Mumble, application.TelegramVoIP, application.Zoom, application.SDRTN,
	}
}

// streamingList holds what brings films and music.
func streamingList() []dpi.Protocol {
	return []dpi.Protocol{
		application.RTSP, application.RTMP, application.MMS, application.RealMedia, application.Icecast,
		application.Shoutcast, application.SAP, application.Zattoo,
	}
}
