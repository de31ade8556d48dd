package application

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// NDNHTTP is HTTP through Named Data Networking, as the gateways of the DOCTOR
// project put it into names: GATEWAY/req/GATEWAY/METHOD/URL for what goes to the
// other gateway, GATEWAY/METHOD/URL for what that one asks back. A packet of NDN
// with such a name is of this protocol too.
var NDNHTTP = dpi.Protocol{
	ID:   id.NdnHttp,
	Name: "ndn_http",
	Attributes: slices.Concat(ndnAttributes(id.NdnHttp), []dpi.Attribute{
		ndnHTTPText(32, "url", func(h ndnHTTP) []byte { return h.url }),
		ndnHTTPText(33, "method", func(h ndnHTTP) []byte { return h.method }),
		ndnHTTPText(34, "first_gw", func(h ndnHTTP) []byte { return h.gateway[0] }),
		ndnHTTPText(35, "second_gw", func(h ndnHTTP) []byte { return h.gateway[1] }),
	}),
	Context: newNDNTexts,
}

// ndnHTTP is what a name says about HTTP; method is nil if it says nothing.
type ndnHTTP struct {
	gateway     [2][]byte
	method, url []byte
}

// httpOfName reads a name.
func httpOfName(name []byte) (h ndnHTTP) {
	first, _ := ndnNth(name, 0)
	second, ok := ndnNth(name, 1)
	if !ok {
		return ndnHTTP{}
	}
	h.gateway[0] = first
	at := 1
	if string(second) == "req" {
		h.gateway[1], _ = ndnNth(name, 2)
		at = 3
	}
	method, _ := ndnNth(name, at)
	if !isHTTPMethod(method) {
		return ndnHTTP{}
	}
	h.method = method
	h.url, _ = ndnNth(name, at+1)
	return h
}

// isHTTPMethod tells whether b is a method of RFC 9110 section 9 or RFC 5789.
func isHTTPMethod(b []byte) bool {
	switch string(b) {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH":
		return true
	}
	return false
}

func ndnHTTPText(n dpi.AttributeID, name string, get func(ndnHTTP) []byte) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.StringPointer, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			var q ndnPacket
			if _, ok := q.parse(p.LayerBytes(layer)); !ok {
				return false
			}
			text := get(httpOfName(q.name()))
			return len(text) > 0 && v.SetBytes(dpi.StringPointer, text)
		}}
}
