package application

import (
	"bytes"
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// RTSP is the Real-Time Streaming Protocol, RFC 2326 and 7826, mostly over TCP,
// with media in between where that was agreed on. The media that it announces
// elsewhere is recognised at the first packet.
var RTSP = dpi.Protocol{
	ID:   id.Rtsp,
	Name: "rtsp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 90, Ports: []uint16{554, 8554, 7070, 5000, 7000}, Classify: classifyRTSP},
		{Parent: id.Udp, Weight: 90, Ports: []uint16{554}, Classify: classifyRTSP},
	},
	Inspect: inspectRTSP,
	Track:   trackRTSP,
	Always:  true,
	Heralds: slices.Concat(rtspOpenings(ipUDP), rtspOpenings(ipTCP)),
}

// rtspOpenings describes messages that announce media, on any port, and session
// descriptions that did not fit in one segment with what is before them. Media
// that passes in the same connection tells nothing.
func rtspOpenings(l4 uint8) (list []dpi.Herald) {
	for _, text := range [...]string{"RTSP/1.0", "RTSP/2.0", "SETUP ", "ANNOUNCE", "v=0\r\n", "v=0\n"} {
		list = append(list, dpi.Opening(l4, text))
	}
	return list
}

// rtspFrame marks media between messages: a channel, the length in two bytes,
// the packet (RFC 2326 section 10.12).
const rtspFrame = '$'

// classifyRTSP judges a start line, or media in between for a stream that was
// joined in the middle.
func classifyRTSP(_ *dpi.Packet, d []byte) dpi.Verdict {
	d = skipEmptyLines(d)
	switch {
	case len(d) == 0:
		return dpi.More
	case d[0] == rtspFrame:
		return rtspFrames(d)
	case d[0] < 'A' || d[0] > 'Z':
		return dpi.No
	}
	if v := startsWithAny(d, "RTSP/1.0 ", "RTSP/2.0 "); v != dpi.No {
		return v
	}
	n := upperToken(d)
	switch {
	case n > sipMethodMax:
		return dpi.No
	case n == len(d):
		return dpi.More
	case d[n] != ' ' || n < 3:
		return dpi.No
	}
	return rtspTarget(d[n+1:])
}

// rtspTarget judges the target of a request: a URI of RTSP, or another one with
// RTSP's version behind it.
func rtspTarget(d []byte) dpi.Verdict {
	if v := startsWithAny(d, "rtsp://", "rtspu://", "rtsps://"); v != dpi.No {
		return v
	}
	if len(d) > 0 && d[0] != '*' && d[0] != '/' {
		return dpi.No
	}
	line, _, ok := textLine(d)
	if !ok {
		return moreUnless(len(d) > maxTextLine || !isPrintable(trimCR(d)))
	}
	return verdict(bytes.HasSuffix(line, []byte(" RTSP/1.0")) || bytes.HasSuffix(line, []byte(" RTSP/2.0")))
}

// rtspFrames judges a stream that starts with media in between: three frames of
// RTP or RTCP in a row.
func rtspFrames(d []byte) dpi.Verdict {
	const want, channels = 3, 32
	for range want {
		if len(d) < 5 {
			return dpi.More
		}
		n := be16(d[2:])
		if d[0] != rtspFrame || d[1] >= channels || n < 8 || d[4]>>6 != 2 {
			return dpi.No
		}
		if len(d) < 4+n {
			return dpi.More
		}
		d = d[4+n:]
	}
	return dpi.Yes
}

// inspectRTSP learns the server's name from the target of a request.
func inspectRTSP(p *dpi.Packet, d []byte) (done bool) {
	line, _, ok := textLine(skipEmptyLines(d))
	if !ok {
		return len(d) > maxTextLine
	}
	_, target := textWord(line)
	p.SetHost(uriHost(target))
	return true
}

// uriHost returns the host of a URI that has one behind "//", RFC 3986 section
// 3.2.
func uriHost(uri []byte) []byte {
	i := bytes.Index(uri, []byte("://"))
	if i < 0 {
		return nil
	}
	host := uri[i+3:]
	if end := bytes.IndexAny(host, "/? "); end >= 0 {
		host = host[:end]
	}
	host = host[bytes.LastIndexByte(host, '@')+1:]
	if i := bytes.LastIndexByte(host, ':'); i > bytes.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return host
}

// trackRTSP notes the media that messages announce: in session descriptions,
// and in the header Transport.
func trackRTSP(p *dpi.Packet, d []byte) {
	if len(d) == 0 || d[0] == rtspFrame || p.Flow == nil {
		return
	}
	announceSDP(p, d)
	client := rtspClient(p, d)
	for len(d) > 0 {
		line, rest, ok := textLine(d)
		if !ok {
			return
		}
		if hasPrefixFold(line, "transport:") {
			announceTransport(p, client, line[len("transport:"):])
		}
		d = rest
	}
}

// rtspClient returns the side that the client of message d is on, which need not
// have sent the first packet that was seen. What does not begin with a message
// leaves it open.
func rtspClient(p *dpi.Packet, d []byte) dpi.Direction {
	switch {
	case startsWith(d, "RTSP/") == dpi.Yes:
		return p.Dir ^ 1
	case startsWith(d, "SETUP ") == dpi.Yes:
		return p.Dir
	}
	return dpi.Up
}

// announceTransport notes the ports of a transport, RFC 2326 section 12.39.
// Those of the client are where it is, those of the server where it or another
// source is; a multicast has one for all.
func announceTransport(p *dpi.Packet, client dpi.Direction, value []byte) {
	f, h := p.Flow, p.Handler()
	value = trimBlanks(value)
	kind := mediaRTP
	switch {
	case hasPrefixFold(value, "rtp/savp"):
		kind = mediaSRTP
	case containsFold(value, "rdt"), hasPrefixFold(value, "x-pn-tng"):
		kind = mediaRDT
	}
	if destination, ok := parseAddr(rtspParameter(value, "destination=")); ok {
		announceRTP(h, &destination, rtspPort(value, ";port="), kind)
		announceRTP(h, &destination, rtspPort(value, "client_port="), kind)
	}
	if source, ok := parseAddr(rtspParameter(value, "source=")); ok {
		announceRTP(h, &source, rtspPort(value, "server_port="), kind)
	}
	announceRTP(h, &f.Addr[client], rtspPort(value, "client_port="), kind)
	announceRTP(h, &f.Addr[client^1], rtspPort(value, "server_port="), kind)
}

// rtspParameter returns the value of a parameter, up to the next semicolon.
func rtspParameter(value []byte, name string) []byte {
	i := bytes.Index(value, []byte(name))
	if i < 0 {
		return nil
	}
	value = value[i+len(name):]
	if end := bytes.IndexAny(value, ";,"); end >= 0 {
		value = value[:end]
	}
	return value
}

// rtspPort returns the first port of a range, 0 if there is none.
func rtspPort(value []byte, name string) uint16 {
	n := number(rtspParameter(value, name))
	if n > 0xffff {
		return 0
	}
	return uint16(n)
}
