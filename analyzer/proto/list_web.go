package proto

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
)

// webList holds the protocols of the web and its transports: HTTP, TLS, QUIC.
func webList() []dpi.Protocol {
	return append([]dpi.Protocol{
		application.HTTP,
		application.TLS,
		application.QUICIETF,
		application.QUIC,
		application.DTLS,
		application.HTTP2,
		application.DNSCrypt,
	}, application.WebInside...)
}
