package application

import (
	"bytes"
	"encoding/base64"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// httpMessage is a message's start line and what its headers tell of the
// protocol inside. All slices are views.
type httpMessage struct {
	httpStart
	fields [httpFields][]byte
	body   []byte // what follows the headers, as far as it is there
	whole  bool   // the headers are complete
}

// read takes in the message at the beginning of d and reports whether there is
// one.
func (m *httpMessage) read(d []byte) bool {
	line, rest, ok := textLine(skipEmptyLines(d))
	switch {
	case !ok:
		return false
	case !m.parse(line):
		m.whole = m.parseSimple(line, rest)
		return m.whole
	}
	for {
		if line, rest, ok = textLine(rest); !ok {
			return true
		}
		if len(line) == 0 {
			m.body, m.whole = rest, true
			return true
		}
		name, value := httpHeader(line)
		if f := httpFieldOf(name); f != httpNoField && m.fields[f] == nil {
			m.fields[f] = value
		}
	}
}

// readAsked takes in the request of HTTP/0.9 by whose answer the flow was
// recognised.
func (m *httpMessage) readAsked(p *dpi.Packet) bool {
	asked, n := p.First(p.Dir ^ 1)
	m.whole = n <= len(asked) && m.readSimple(asked)
	return m.whole
}

// inspectHTTP learns the host name and the protocols on top of HTTP from the
// first messages.
func inspectHTTP(p *dpi.Packet, d []byte) (done bool) {
	var m httpMessage
	if !m.read(d) && !m.read(p.Stream) && !m.readAsked(p) {
		return *p.Memo(id.Http) != 0
	}
	if !m.isRequest() {
		return inspectResponse(p, &m)
	}
	inspectTarget(p, &m)
	host, _ := splitHost(m.fields[httpHost])
	p.SetHost(host)
	if !m.whole {
		return false
	}
	for _, inside := range [...]dpi.ProtocolID{httpInside(&m), agentService(&m)} {
		if inside != dpi.Unknown {
			p.Push(inside)
		}
	}
	switch {
	case p.Flow.Is(id.HttpConnect):
		return inspectTunnel(p, m.body)
	case m.fields[httpUpgrade] != nil:
		return inspectUpgrade(p, &m)
	}
	return true
}

// inspectTarget learns from a request's target: requests to a proxy name the
// host there (RFC 9112 section 3.2).
func inspectTarget(p *dpi.Packet, m *httpMessage) {
	if string(m.method) == "CONNECT" {
		p.Push(id.HttpConnect)
		host, _ := splitHost(m.target)
		p.SetHost(host)
		return
	}
	for _, scheme := range [...]string{"http://", "https://", "ftp://"} {
		if hasPrefixFold(m.target, scheme) {
			p.Push(id.HttpProxy)
			authority := m.target[len(scheme):]
			if i := bytes.IndexAny(authority, "/?#"); i >= 0 {
				authority = authority[:i]
			}
			host, _ := splitHost(authority)
			p.SetHost(host)
		}
	}
}

// splitHost splits an authority (RFC 3986 section 3.2) into host, without the
// brackets of an IPv6 address, and port, empty if there is none. It returns
// nothing for what cannot be a host.
func splitHost(authority []byte) (host, port []byte) {
	if i := bytes.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	host = authority
	if i := bytes.LastIndexByte(authority, ':'); i >= 0 && bytes.IndexByte(authority[i:], ']') < 0 {
		host, port = authority[:i], authority[i+1:]
	}
	if n := len(host); n > 2 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	if !isHostName(host) {
		return nil, nil
	}
	return host, port
}

// inspectResponse learns from a response. If no request was seen before, one
// may still come and tell the host name.
func inspectResponse(p *dpi.Packet, m *httpMessage) (done bool) {
	if !m.whole {
		return false
	}
	if inside := mediaTypeProtocol(m.fields[httpContentType]); inside != dpi.Unknown {
		p.Push(inside)
	}
	_, n := p.First(p.Dir ^ 1)
	switch {
	case m.code == 101:
		inspectSwitch(p, m.fields[httpUpgrade])
	case p.Flow.Is(id.HttpConnect) && m.code/100 == 2:
		return inspectTunnel(p, m.body)
	}
	return n > 0
}

// inspectTunnel looks at what goes through a proxy that was asked to CONNECT.
func inspectTunnel(p *dpi.Packet, body []byte) (done bool) {
	if !p.Flow.Is(id.Ssl) {
		if IsTLS(body) != dpi.Yes {
			return len(body) > 16 && IsTLS(body) == dpi.No
		}
		p.Push(id.Ssl)
	}
	return InspectTLS(p, body)
}

// inspectUpgrade judges a request to change the protocol: WebSocket says so
// (RFC 6455 section 4.1); for others the answer is waited for.
func inspectUpgrade(p *dpi.Packet, m *httpMessage) (done bool) {
	if containsFold(m.fields[httpUpgrade], "websocket") {
		p.Push(id.Websocket)
		return true
	}
	_, answered := p.First(p.Dir ^ 1)
	return answered > 0
}

// inspectSwitch puts on top what a response says that the connection changes
// to, RFC 9110 section 7.8.
func inspectSwitch(p *dpi.Packet, upgrade []byte) {
	switch {
	case containsFold(upgrade, "websocket"):
		p.Push(id.Websocket)
	case hasPrefixFold(upgrade, "h2c"):
		p.Push(id.Http2)
	case hasPrefixFold(upgrade, "tls/"):
		p.Push(id.Ssl)
	}
}

// httpInside returns the protocol that a request carries, Unknown if it is
// plain web traffic.
func httpInside(m *httpMessage) dpi.ProtocolID {
	if inside := methodProtocol(m.method); inside != dpi.Unknown {
		return inside
	}
	if inside := mediaTypeProtocol(m.fields[httpContentType]); inside != dpi.Unknown {
		return inside
	}
	switch {
	case m.fields[httpSOAPAction] != nil:
		return id.Soap
	case isOCSPTarget(m.target):
		return id.Ocsp
	case hasPrefixFold(m.target, "/microsoft-server-activesync"):
		return id.HttpActivesync
	case bytes.HasPrefix(m.target, []byte("/dns-query?dns=")):
		return id.Doh
	case bytes.Contains(m.target, []byte("?info_hash=")) || bytes.Contains(m.target, []byte("&info_hash=")):
		return id.Bittorrent
	case isDASHTarget(m.target):
		return id.MpegDash
	case isJSONRPC(m.body):
		return id.JsonRpc
	}
	return dpi.Unknown
}

// methodProtocol returns the protocol that a method belongs to: WebDAV (RFC
// 4918, 3253, 3744, 5323) or RPC over HTTP ([MS-RPCH]).
func methodProtocol(method []byte) dpi.ProtocolID {
	switch string(method) {
	case "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "ACL", "REPORT", "CHECKOUT", "CHECKIN",
		"VERSION-CONTROL", "MKACTIVITY", "MKWORKSPACE", "MKCALENDAR", "BPROPFIND", "BPROPPATCH", "BCOPY", "BMOVE", "BDELETE":
		return id.Webdav
	case "RPC_IN_DATA", "RPC_OUT_DATA":
		return id.MsRpch
	}
	return dpi.Unknown
}

// mediaTypeProtocol returns the protocol whose messages are of a media type
// (IANA "Media Types").
func mediaTypeProtocol(value []byte) dpi.ProtocolID {
	if i := bytes.IndexByte(value, ';'); i >= 0 {
		value = bytes.TrimSpace(value[:i])
	}
	if !hasPrefixFold(value, "application/") {
		return dpi.Unknown
	}
	value = value[len("application/"):]
	switch {
	case equalFold(value, "ocsp-request"), equalFold(value, "ocsp-response"):
		return id.Ocsp
	case equalFold(value, "ipp"):
		return id.Ipp
	case equalFold(value, "soap+xml"):
		return id.Soap
	case equalFold(value, "dns-message"), equalFold(value, "dns-udpwireformat"):
		return id.Doh
	case equalFold(value, "json-rpc"), equalFold(value, "jsonrequest"):
		return id.JsonRpc
	case equalFold(value, "dash+xml"):
		return id.MpegDash
	case equalFold(value, "x-rtsp-tunnelled"): // Apple, "Tunnelling RTSP and RTP over HTTP"
		return id.Rtsp
	case equalFold(value, "x-mms-framed"): // [MS-WMSP] section 2.2.1.2
		return id.Mms
	case hasPrefixFold(value, "grpc"):
		return id.Grpc
	}
	return dpi.Unknown
}

// isOCSPTarget tells whether the last part of a target is an OCSP request in
// base64 (RFC 6960 appendix A.1): sequences in sequences, the innermost with the
// identifier of the hash.
func isOCSPTarget(target []byte) bool {
	target = target[bytes.LastIndexByte(target, '/')+1:]
	var der [18]byte
	if len(target) < 64 || target[0] != 'M' {
		return false
	}
	if _, err := base64.StdEncoding.Decode(der[:], target[:24]); err != nil {
		return false
	}
	b := der[:]
	for range 6 {
		if len(b) < 2 || b[0] != derSequence {
			return false
		}
		size := 0
		if b[1] > 0x80 {
			size = int(b[1] & 0x7f)
		}
		b = b[min(2+size, len(b)):]
	}
	return len(b) > 0 && b[0] == derOID
}

// isDASHTarget tells whether a target is a manifest or a segment of MPEG-DASH
// (ISO/IEC 23009-1) by its ending.
func isDASHTarget(target []byte) bool {
	if i := bytes.IndexByte(target, '?'); i >= 0 {
		target = target[:i]
	}
	return bytes.HasSuffix(target, []byte(".mpd")) || bytes.HasSuffix(target, []byte(".m4s"))
}

// isJSONRPC tells whether a body starts as a call of JSON-RPC 2.0, whose
// "jsonrpc" member may be at any place of the object.
func isJSONRPC(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) == 0 || body[0] != '{' && body[0] != '[' {
		return false
	}
	return bytes.Contains(body[:min(len(body), 256)], []byte(`"jsonrpc"`))
}
