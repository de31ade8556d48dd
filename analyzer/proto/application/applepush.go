package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ApplePush is Apple's push notification service: TLS on its ports (Apple, "Use
// Apple products on enterprise networks") with an address of Apple's, which also
// tells connections that were there before the capture.
var ApplePush = dpi.Protocol{
	ID:          id.ApplePush,
	Name:        "apple_push",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 110, Ports: []uint16{2195, 2196, 2197, 5223}, Only: true, Classify: classifyApplePush}},
}

// appleNetworks are the beginnings of the addresses that the service has:
// 17.0.0.0/8, 2620:149::/32, 2403:300::/32, 2a01:b740::/32.
var appleNetworks = [...][]byte{
	{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 17},
	{0x26, 0x20, 0x01, 0x49},
	{0x24, 0x03, 0x03, 0x00},
	{0x2a, 0x01, 0xb7, 0x40},
}

func classifyApplePush(p *dpi.Packet, d []byte) dpi.Verdict {
	if !isApple(&p.Flow.Addr[0]) && !isApple(&p.Flow.Addr[1]) {
		return dpi.No
	}
	v := IsTLS(d)
	if _, _, record := tlsRecord(p.Stream); record {
		v = dpi.Yes
	}
	if v == dpi.Yes {
		p.Push(id.Ssl)
	}
	return v
}

func isApple(addr *[16]byte) bool {
	for _, network := range appleNetworks {
		if bytes.HasPrefix(addr[:], network) {
			return true
		}
	}
	return false
}
