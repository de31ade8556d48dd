package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// InspectTLS learns from d, the beginning of one direction of a TLS stream,
// what the handshake tells: the server's name (from the client's hello, else
// from the server's certificate), which becomes the flow's host name, and the
// protocol inside. It returns true when there is nothing more to learn.
//
// Protocols that start TLS within their stream (STARTTLS) push id.Ssl when
// IsTLS says Yes and then hand the stream from that place on to InspectTLS, as
// their own Inspect gets it, until it returns true.
func InspectTLS(p *dpi.Packet, d []byte) (done bool) {
	c := dpi.Context[tlsContext](p.Handler(), id.Ssl)
	if c == nil || isSSL2(d) {
		return true
	}
	messages, closed := tlsFlatten(c.buf[:], d)
	for len(messages) > 0 {
		kind, body, rest, whole, ok := tlsMessage(messages)
		if !ok {
			return false
		}
		switch kind {
		case tlsClientHello:
			done = c.clientHello(p, body, whole)
		case tlsServerHello:
			done = c.serverHello(p, body)
		case tlsCertificate:
			return c.certificate(p, body, whole)
		}
		messages = rest
	}
	return done || closed
}

// inspectTLSInside looks for TLS at the beginning of d, which follows what another
// protocol says first in the stream: a greeting, or the request to a proxy. It
// returns true when there is something else, or nothing more to learn.
func inspectTLSInside(p *dpi.Packet, d []byte) (done bool) {
	if len(d) == 0 {
		return false
	}
	switch IsTLS(d) {
	case dpi.More:
		return false
	case dpi.No:
		return true
	}
	p.Push(id.Ssl)
	return InspectTLS(p, d)
}

// clientHello learns from a client's hello. Without a name, or with one that
// may be made up, the server's certificate is waited for.
func (c *tlsContext) clientHello(p *dpi.Packet, body []byte, whole bool) (done bool) {
	var h tlsHello
	if !h.parseClient(body, false) {
		return whole
	}
	if len(h.name) > 0 {
		c.setHost(p, h.name)
	}
	if whole {
		tlsInside(p, &h)
	}
	return len(h.name) > 0 && whole && !isTorName(h.name, ".com")
}

// serverHello learns from a server's hello. From TLS 1.3 on the certificate is
// encrypted.
func (c *tlsContext) serverHello(p *dpi.Packet, body []byte) (done bool) {
	var h tlsHello
	if !h.parseServer(body) {
		return false
	}
	tlsInside(p, &h)
	return h.version >= tls13
}

// certificate learns from the first certificate of a list, RFC 5246 section
// 7.4.2.
func (c *tlsContext) certificate(p *dpi.Packet, body []byte, whole bool) (done bool) {
	r := wireReader{b: body}
	r.uint(3)
	n := int(r.uint(3))
	if n > len(r.b) && !whole {
		return false
	}
	var names certNames
	if !names.parse(r.take(min(n, len(r.b)))) {
		return true
	}
	switch {
	case isTorName(names.issuer, ".com") && isTorName(names.subject, ".net") && len(names.alt) == 0:
		p.Push(id.Tor)
	case string(names.subject) == "AnyDesk Client", string(names.issuer) == "AnyNet Root CA":
		p.Push(id.Anydesk)
	}
	// A client may send a certificate too: that one names the client.
	if first, _ := p.First(p.Dir); !tlsIsClient(first) {
		c.setHost(p, names.host())
	}
	return true
}

// tlsIsClient tells whether a direction that starts with d is the client's.
func tlsIsClient(d []byte) bool {
	return len(d) > tlsRecordHeader && d[0] == tlsHandshake && d[tlsRecordHeader] == tlsClientHello
}

// setHost notes the flow's host name and that this packet told it.
func (c *tlsContext) setHost(p *dpi.Packet, name []byte) {
	if p.Flow == nil || p.Flow.Host != 0 || len(name) == 0 {
		return
	}
	p.SetHost(bytes.TrimSuffix(name, []byte{'.'}))
	c.named = p.Index
}

// tlsInside puts the protocol inside TLS on top of the path where the hello or
// the port names it. A list of several protocols in a client's hello is an
// offer only.
func tlsInside(p *dpi.Packet, h *tlsHello) {
	if h.oneALPN {
		if inside := alpnProtocol(h.alpn); inside != dpi.Unknown {
			p.Push(inside)
			return
		}
	}
	for _, port := range [...]uint16{p.DstPort(), p.SrcPort()} {
		if inside := tlsPortProtocol(port); inside != dpi.Unknown && p.Flow.Top() == id.Ssl {
			p.Push(inside)
			return
		}
	}
}

// alpnProtocol returns what an application protocol of RFC 7301 (IANA "TLS ALPN
// Protocol IDs") is called here, Unknown if it says nothing more than that web
// traffic is inside.
func alpnProtocol(name []byte) dpi.ProtocolID {
	switch string(name) {
	case "dot":
		return id.Dot
	case "doq", "doq-i00", "doq-i02", "doq-i03", "doq-i11":
		return id.Doq
	case "imap":
		return id.Imaps
	case "pop3":
		return id.Pops
	case "ftp":
		return id.Ftps
	case "xmpp-client", "xmpp-server":
		return id.Jabber
	case "mqtt":
		return id.Mqtt
	case "stun.turn", "stun.nat-discovery":
		return id.Stun
	case "smb":
		return id.Smb
	case "irc":
		return id.Irc
	case "nntp", "nnsp":
		return id.Nntp
	case "coap":
		return id.Coap
	case "sip/2":
		return id.Sip
	}
	return dpi.Unknown
}

// tlsPortProtocol returns the protocol that a port of TLS is for, IANA "Service
// Name and Transport Protocol Port Number Registry". It is asked only where a
// handshake was seen.
func tlsPortProtocol(port uint16) dpi.ProtocolID {
	switch port {
	case 853:
		return id.Dot
	case 465:
		return id.Smtps
	case 990:
		return id.Ftps
	case 993:
		return id.Imaps
	case 995:
		return id.Pops
	}
	return dpi.Unknown
}

// isTorName tells names of the kind that Tor makes up for its TLS handshakes:
// "www.", 4 to 25 characters of base32, and the given suffix (Tor
// specification, tor-spec section 2).
func isTorName(name []byte, suffix string) bool {
	n := len(name) - len("www.") - len(suffix)
	if n < 4 || n > 25 || string(name[:4]) != "www." || string(name[4+n:]) != suffix {
		return false
	}
	for _, c := range name[4 : 4+n] {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}
