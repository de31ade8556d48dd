package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Jabber is the Extensible Messaging and Presence Protocol, RFC 6120: streams of
// XML, in which TLS may start (section 5). Huawei's push service, which uses a
// binary form on the same ports, counts as Jabber too.
var Jabber = dpi.Protocol{
	ID:   id.Jabber,
	Name: "jabber",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 90, Ports: []uint16{5222, 5269, 5298}, Classify: classifyJabber},
		{Parent: id.Tcp, Weight: 50, Ports: []uint16{5222, 5223}, Only: true, Classify: classifyBinaryPush},
	},
	Inspect: inspectJabber,
}

// maxJabber is how far into a stream its first element is looked for.
const maxJabber = 1024

func classifyJabber(_ *dpi.Packet, d []byte) dpi.Verdict {
	if d[0] != '<' {
		return dpi.No
	}
	if v := startsWithAny(d, "<stream:stream", "</stream:stream>", "<stream:features", "<stream:error", "<starttls xmlns=",
		"<auth xmlns=", "<proceed xmlns=", "<r xmlns='urn:xmpp:", "<a xmlns='urn:xmpp:"); v != dpi.No {
		return v
	}
	head := d[:min(len(d), maxJabber)]
	v := startsWithAny(head, "<?xml ", "<iq ", "<message ", "<presence ")
	if v != dpi.Yes {
		return v
	}
	if head[1] == '?' {
		return afterXMLDeclaration(head)
	}
	if hasAttribute(head, " type=") || hasAttribute(head, " to=") || hasAttribute(head, " from=") {
		return dpi.Yes
	}
	return moreUnless(len(head) == maxJabber)
}

// afterXMLDeclaration judges a document by its first element.
func afterXMLDeclaration(d []byte) dpi.Verdict {
	i := bytes.Index(d, []byte("?>"))
	if i < 0 {
		return moreUnless(len(d) == maxJabber)
	}
	d = bytes.TrimLeft(d[i+2:], " \r\n\t")
	if len(d) == 0 {
		return dpi.More
	}
	return startsWith(d, "<stream:stream")
}

// hasAttribute tells whether d has an attribute, given with the blank before
// and the equals sign behind it, whose value is in quotes.
func hasAttribute(d []byte, name string) bool {
	i := bytes.Index(d, []byte(name))
	if i < 0 || i+len(name) >= len(d) {
		return false
	}
	quote := d[i+len(name)]
	return quote == '\'' || quote == '"'
}

// attribute returns the value of an attribute of the first element that has
// it, nil if none does.
func attribute(d []byte, name string) []byte {
	if !hasAttribute(d, name) {
		return nil
	}
	d = d[bytes.Index(d, []byte(name))+len(name):]
	end := bytes.IndexByte(d[1:], d[0])
	if end < 0 {
		return nil
	}
	return d[1 : 1+end]
}

// inspectJabber notes the domain that the client wants to speak to, and waits
// for TLS.
func inspectJabber(p *dpi.Packet, d []byte) (done bool) {
	if d[0] != '<' {
		return true
	}
	if i := bytes.Index(d, []byte("<stream:stream")); i >= 0 {
		if name := attribute(d[i:], " to="); len(name) > 0 {
			p.SetHost(name)
			if string(name) == "gmail.com" {
				p.Push(id.Gtalk)
			}
		}
	}
	if i := bytes.Index(d, []byte(">\x16\x03")); i >= 0 {
		p.Push(id.Ssl)
		return InspectTLS(p, d[i+1:])
	}
	return startsWithAny(p.Stream, "<iq ", "<message ", "<presence ", "<auth ") == dpi.Yes
}

// classifyBinaryPush recognises messages of a type in one byte and their length
// in two: the client greets with type 0x25, the server with 0x26.
func classifyBinaryPush(p *dpi.Packet, _ []byte) dpi.Verdict {
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return clientLen > 3 && serverLen > 3 && client[0] == 0x25 && server[0] == 0x26 &&
			be16(client[1:]) == clientLen && be16(server[1:]) == serverLen
	})
}
