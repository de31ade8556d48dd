package application

import (
	"bytes"

	"golang.org/x/net/http2/hpack"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// HTTP2 is HTTP/2 in the clear (RFC 9113), between servers that know of each
// other (as in the core of 5G) or after an upgrade from HTTP/1.1.
var HTTP2 = dpi.Protocol{
	ID:     id.Http2,
	Name:   "http2",
	Hosted: true,
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "type", Type: dpi.U8, Pos: 3, Extract: http2Type},
		{ID: 2, Name: "header_method", Type: dpi.U8, Pos: 9, Extract: http2Of(http2Headers, dpi.U8, http2Frame.firstByte)},
		{ID: 3, Name: "header_length", Type: dpi.U32, Pos: 0, Extract: http2Of(http2Headers, dpi.U32, http2Frame.size)},
		{ID: 4, Name: "header_stream_id", Type: dpi.U32, Pos: 5, Extract: http2Of(http2Headers, dpi.U32, http2Frame.streamID)},
		{ID: 5, Name: "payload_stream_id", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: http2Of(http2Data, dpi.U32, http2Frame.streamID)},
		{ID: 16, Name: "payload_length", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: http2Of(http2Data, dpi.U32, http2Frame.size)},
		{ID: 17, Name: "payload_data", Type: dpi.Pointer, Pos: dpi.PositionNotKnown, Extract: http2PayloadData},
	},
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 96, Ports: []uint16{80, 8080, 50051}, Classify: classifyHTTP2}},
	Inspect:     inspectHTTP2,
}

// http2Preface is what a client sends first, RFC 9113 section 3.4.
const http2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// Frame types, RFC 9113 section 6.
const (
	http2Data         = 0
	http2Headers      = 1
	http2Settings     = 4
	http2Ping         = 6
	http2GoAway       = 7
	http2WindowUpdate = 8
	http2Continuation = 9
)

// Flags of HEADERS frames, RFC 9113 section 6.2.
const (
	http2EndHeaders = 0x04
	http2Padded     = 0x08
	http2Priority   = 0x20
)

// http2Frame is a frame; its payload may be cut.
type http2Frame struct {
	kind, flags byte
	stream      uint32
	length      int
	payload     []byte
}

const http2FrameHeader = 9

// next splits the first frame off d. ok is false if d does not start with one.
func (f *http2Frame) next(d []byte) (rest []byte, ok bool) {
	r := wireReader{b: d}
	f.length = int(r.uint(3))
	f.kind, f.flags, f.stream = byte(r.uint(1)), byte(r.uint(1)), uint32(r.uint(4))
	if r.bad || !f.valid() {
		return nil, false
	}
	f.payload = r.b[:min(f.length, len(r.b))]
	return r.b[len(f.payload):], true
}

// valid tells whether the header of f is one that a frame can have.
func (f *http2Frame) valid() bool {
	if f.stream>>31 != 0 || f.kind > http2Continuation || f.length > 1<<20 {
		return false
	}
	switch f.kind {
	case http2Settings:
		return f.stream == 0 && f.length%6 == 0
	case http2Ping:
		return f.stream == 0 && f.length == 8
	case http2GoAway:
		return f.stream == 0 && f.length >= 8
	case http2WindowUpdate:
		return f.length == 4
	}
	return f.stream != 0
}

func (f http2Frame) firstByte() (uint64, bool) {
	if len(f.payload) == 0 {
		return 0, false
	}
	return uint64(f.payload[0]), true
}

func (f http2Frame) size() (uint64, bool) { return uint64(f.length), true }

func (f http2Frame) streamID() (uint64, bool) { return uint64(f.stream), true }

// headerBlock returns the compressed headers of a HEADERS frame, nil if they go
// on in another frame or are cut.
func (f *http2Frame) headerBlock() []byte {
	if f.flags&http2EndHeaders == 0 || len(f.payload) < f.length {
		return nil
	}
	r := wireReader{b: f.payload}
	pad := 0
	if f.flags&http2Padded != 0 {
		pad = int(r.uint(1))
	}
	if f.flags&http2Priority != 0 {
		r.take(5)
	}
	return r.take(len(r.b) - pad)
}

// classifyHTTP2 looks for the client's preface, or for the settings that a
// server sends first.
func classifyHTTP2(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 0 {
		return dpi.No
	}
	if d[0] == 'P' {
		switch n := min(len(d), len(http2Preface)); {
		case string(d[:n]) != http2Preface[:n]:
			return dpi.No
		case n < 16:
			return dpi.More
		}
		return dpi.Yes
	}
	return http2ServerFirst(d)
}

// http2ServerFirst judges d as a SETTINGS frame with known settings (RFC 9113
// section 6.5.2), an empty one only if another frame follows.
func http2ServerFirst(d []byte) dpi.Verdict {
	const known = 16 // numbers of settings are below
	var f http2Frame
	if len(d) < http2FrameHeader || d[0] != 0 || d[3] != http2Settings || d[4] != 0 {
		return dpi.No
	}
	rest, ok := f.next(d)
	if !ok || f.length > 6*known || len(f.payload) < f.length {
		return dpi.No
	}
	for s := f.payload; len(s) > 0; s = s[6:] {
		if s[0] != 0 || s[1] == 0 || s[1] >= known {
			return dpi.No
		}
	}
	if len(rest) == 0 {
		if f.length == 0 {
			return dpi.More
		}
		return dpi.Yes
	}
	if _, ok = f.next(rest); !ok {
		return dpi.No
	}
	return dpi.Yes
}

// inspectHTTP2 learns from the first request's headers the host name and the
// protocol on top.
func inspectHTTP2(p *dpi.Packet, d []byte) (done bool) {
	d, client := bytes.CutPrefix(d, []byte(http2Preface))
	if !client {
		return false
	}
	var f http2Frame
	for len(d) > 0 {
		rest, ok := f.next(d)
		if !ok {
			return len(d) >= http2FrameHeader
		}
		if f.kind == http2Headers {
			return http2Request(p, f.headerBlock())
		}
		d = rest
	}
	return false
}

// http2Request reads the headers of the first request. It is done once a flow:
// the decoder allocates.
func http2Request(p *dpi.Packet, block []byte) (done bool) {
	if block == nil {
		return false
	}
	decoder := hpack.NewDecoder(4096, func(h hpack.HeaderField) {
		switch h.Name {
		case ":authority", "host":
			host, _ := splitHost([]byte(h.Value))
			p.SetHost(host)
		case "content-type":
			if inside := mediaTypeProtocol([]byte(h.Value)); inside != dpi.Unknown {
				p.Push(inside)
			}
		}
	})
	decoder.SetMaxStringLength(4096)
	_, _ = decoder.Write(block) // what came before an error is as good as any
	return true
}

// http2Frames calls yield for each frame of a packet that begins with one,
// until it returns false.
func http2Frames(d []byte, yield func(f *http2Frame) bool) {
	d = bytes.TrimPrefix(d, []byte(http2Preface))
	var f http2Frame
	for len(d) > 0 {
		rest, ok := f.next(d)
		if !ok || !yield(&f) {
			return
		}
		d = rest
	}
}

// http2Find returns the first frame of a type in a packet.
func http2Find(d []byte, kind byte) (found http2Frame, ok bool) {
	http2Frames(d, func(f *http2Frame) bool {
		if f.kind == kind {
			found, ok = *f, true
		}
		return !ok
	})
	return found, ok
}

// http2Type gives the type of the first frame in a packet.
func http2Type(p *dpi.Packet, layer int, v *dpi.Value) (has bool) {
	http2Frames(p.LayerBytes(layer), func(f *http2Frame) bool {
		has = v.SetU(dpi.U8, uint64(f.kind))
		return false
	})
	return has
}

// http2Of reads a number of the first frame of a type in a packet.
func http2Of(kind byte, t dpi.DataType, get func(http2Frame) (uint64, bool)) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		f, ok := http2Find(p.LayerBytes(layer), kind)
		if !ok {
			return false
		}
		n, ok := get(f)
		return ok && v.SetU(t, n)
	}
}

// http2PayloadData gives the payload of the first DATA frame in a packet.
func http2PayloadData(p *dpi.Packet, layer int, v *dpi.Value) bool {
	f, ok := http2Find(p.LayerBytes(layer), http2Data)
	return ok && len(f.payload) > 0 && v.SetBytes(dpi.Pointer, f.payload)
}
