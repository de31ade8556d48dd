package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// httpAttributes returns the attributes of HTTP. Their values are those of the
// messages in a packet, the first where several messages have one. While HTTP
// is tracked (Handler.TrackProtocol) they are found wherever segments split
// them, on the packet that completes them; else only in packets that begin with
// a message.
func httpAttributes() []dpi.Attribute {
	list := []dpi.Attribute{
		{ID: 17, Name: "xcdn_seen", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: httpXCDNSeen},
		{ID: 18, Name: "msg_start", Type: dpi.U32, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeEvent,
			Extract: httpEvent(func(s *httpSeen) uint32 { return s.started })},
		{ID: 19, Name: "header", Type: dpi.GenericHeaderLine, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeEvent,
			Extract: httpBytes(dpi.GenericHeaderLine, func(s *httpSeen) []byte { return s.line })},
		{ID: 20, Name: "headers_end", Type: dpi.U32, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeEvent,
			Extract: httpEvent(func(s *httpSeen) uint32 { return s.headersEnd })},
		{ID: 21, Name: "data", Type: dpi.HeaderLine, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeEvent,
			Extract: httpBytes(dpi.HeaderLine, func(s *httpSeen) []byte { return s.data })},
		{ID: 22, Name: "msg_end", Type: dpi.U32, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeEvent,
			Extract: httpEvent(func(s *httpSeen) uint32 { return s.end })},
	}
	for i, name := range [...]string{
		"method", "response", "host", "uri", "referer", "content_type", "user_agent", "upgrade", "connection", "accept",
		"transfer_encoding", "content_encoding", "cookie", "x_session_type", "content_len", "server",
	} {
		field := httpField(i + 1)
		list = append(list, dpi.Attribute{ID: dpi.AttributeID(field), Name: name, Type: dpi.HeaderLine, Pos: dpi.PositionNotKnown,
			Extract: httpBytes(dpi.HeaderLine, func(s *httpSeen) []byte { return s.fields[field] })})
	}
	return list
}

// httpSeen is what the messages of one packet tell. The events count messages:
// they hold the number of the message within its direction, 0 for what did not
// happen in the packet.
type httpSeen struct {
	packet     uint64
	fields     [httpFields][]byte
	line       []byte // the first header line
	data       []byte // the first piece of body
	started    uint32
	headersEnd uint32
	end        uint32
}

// begin makes s tell of packet p.
func (s *httpSeen) begin(p *dpi.Packet) {
	if s.packet != p.Index {
		*s = httpSeen{packet: p.Index}
	}
}

// start notes the start line of the nth message of its direction.
func (s *httpSeen) start(start *httpStart, n uint32) {
	s.started = n
	s.set(httpMethod, start.method)
	s.set(httpURI, start.target)
	s.set(httpResponse, start.status)
}

// header notes a header line.
func (s *httpSeen) header(line []byte, field httpField, value []byte) {
	if s.line == nil {
		s.line = line
	}
	s.set(field, value)
}

func (s *httpSeen) set(field httpField, value []byte) {
	if field != httpNoField && s.fields[field] == nil {
		s.fields[field] = value
	}
}

// httpSeenIn returns what the messages of the packet tell.
func httpSeenIn(p *dpi.Packet, layer int) *httpSeen {
	c := dpi.Context[HTTPContext](p.Handler(), id.Http)
	if c == nil {
		return nil
	}
	if c.seen.packet != p.Index {
		c.seen.begin(p)
		if !p.Handler().Tracks(id.Http) {
			c.seen.read(p.LayerBytes(layer))
		}
	}
	return &c.seen
}

// read takes in the message that a packet begins with.
func (s *httpSeen) read(d []byte) {
	var m httpMessage
	if httpToken(d) > maxHTTPMethod || !m.read(d) {
		return
	}
	s.fields = m.fields
	s.start(&m.httpStart, 1)
	if m.whole {
		s.headersEnd = 1
	}
	if len(m.body) > 0 {
		s.data = m.body
	}
	_, rest, _ := textLine(skipEmptyLines(d))
	if line, _, ok := textLine(rest); ok && len(line) > 0 {
		s.line = line
	}
}

func httpBytes(t dpi.DataType, get func(*httpSeen) []byte) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		s := httpSeenIn(p, layer)
		if s == nil {
			return false
		}
		b := get(s)
		return b != nil && v.SetBytes(t, b)
	}
}

func httpEvent(get func(*httpSeen) uint32) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		s := httpSeenIn(p, layer)
		if s == nil {
			return false
		}
		n := get(s)
		return n > 0 && v.SetU(dpi.U32, uint64(n))
	}
}

// httpXCDNSeen is 1 on packets with an X-CDN header.
func httpXCDNSeen(p *dpi.Packet, layer int, v *dpi.Value) bool {
	s := httpSeenIn(p, layer)
	return s != nil && s.fields[httpXCDN] != nil && v.SetU(dpi.U8, 1)
}
