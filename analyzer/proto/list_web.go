package proto

import (
	"mmt/analyzer/dpi"
)

// webList holds the protocols of the web and its transports: HTTP, TLS, QUIC.
func webList() []dpi.Protocol {
	return []dpi.Protocol{}
}
