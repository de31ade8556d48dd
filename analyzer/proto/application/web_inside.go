package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// WebInside are the protocols that InspectTLS, HTTP and QUIC put on top of
// themselves and that have no code of their own: a host name still tells the
// service behind them.
var WebInside = []dpi.Protocol{
	{ID: id.HttpProxy, Name: "http_proxy", Hosted: true},           // RFC 9112 section 3.2.2
	{ID: id.HttpConnect, Name: "http_connect", Hosted: true},       // RFC 9110 section 9.3.6
	{ID: id.HttpActivesync, Name: "http_activesync", Hosted: true}, // [MS-ASHTTP]
	{ID: id.Websocket, Name: "websocket", Hosted: true},            // RFC 6455
	{ID: id.Webdav, Name: "webdav", Hosted: true},                  // RFC 4918
	{ID: id.Soap, Name: "soap", Hosted: true},                      // W3C SOAP 1.2
	{ID: id.Ocsp, Name: "ocsp", Hosted: true},                      // RFC 6960
	{ID: id.MsRpch, Name: "ms_rpch", Hosted: true},                 // [MS-RPCH]
	{ID: id.MpegDash, Name: "mpeg_dash", Hosted: true},             // ISO/IEC 23009-1
	{ID: id.Grpc, Name: "grpc", Hosted: true},                      // gRPC over HTTP/2
	{ID: id.Doh, Name: "doh", Hosted: true},                        // RFC 8484
	{ID: id.Dot, Name: "dot", Hosted: true},                        // RFC 7858
	{ID: id.Doq, Name: "doq", Hosted: true},                        // RFC 9250
}
