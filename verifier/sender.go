package verifier

import (
	"context"
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/verifier/wire"
)

// Send sends, of each packet of the trace, the attributes that rules read to a
// verifier. Packets without any are sent, too: they make time pass and count in
// windows of packets, so that one probe brings the verdicts that the trace itself
// would. The Result holds also with an error.
func (t *Trace) Send(ctx context.Context, rules []*rule.Rule, w *wire.Writer) (*Result, error) {
	return t.run(ctx, &sender{w: w, attributes: attributesOf(rules)})
}

// sender sends the attributes of packets.
type sender struct {
	w          *wire.Writer
	h          *dpi.Handler
	attributes []rule.Attribute
	extract    []*dpi.Attribute
	of         map[dpi.ProtocolID][]int // attributes by protocol
	list       []security.Attribute
	paths      []byte // of the packet at hand
	err        error
}

func (s *sender) attach(h *dpi.Handler) error {
	s.h, s.of = h, map[dpi.ProtocolID][]int{}
	for i := range s.attributes {
		a := &s.attributes[i]
		s.extract = append(s.extract, h.Registry().Attribute(a.Protocol, a.ID))
		s.of[a.Protocol] = append(s.of[a.Protocol], i)
		h.TrackProtocol(a.Protocol)
	}
	return h.AddPacketHandler(handlerID, s.packet)
}

// packet sends what the packet has of the attributes.
func (s *sender) packet(p *dpi.Packet) {
	s.list, s.paths = s.list[:0], s.paths[:0]
	for i, layer := range p.Layers() {
		if p.Find(layer.Proto, 1) != i {
			continue // seen already
		}
		for _, k := range s.of[layer.Proto] {
			s.read(p, k)
		}
	}
	if s.err == nil {
		s.err = s.w.Send(p.Time, s.list)
	}
}

// read adds an attribute if the packet has it. Flags that are 0 count as absent.
func (s *sender) read(p *dpi.Packet, i int) {
	a := &s.attributes[i]
	layer := p.LayerOf(a.Protocol, a.Layer)
	if layer < 0 || s.extract[i] == nil {
		return
	}
	var v dpi.Value
	if !s.extract[i].Extract(p, layer, &v) || a.Flag && v.N == 0 {
		return
	}
	if v.Type == dpi.ProtoPath && v.B == nil {
		v.B = s.path(dpi.PathID(v.N))
	}
	s.list = append(s.list, security.Attribute{Key: keyOf(a), Value: v})
}

// path returns the protocols of a path, meta first, 16 bits each in network order: its number
// means nothing outside this handler.
func (s *sender) path(id dpi.PathID) []byte {
	start := len(s.paths)
	s.paths = binary.BigEndian.AppendUint16(s.paths, uint16(dpi.Meta))
	for _, protocol := range s.h.Path(id) {
		s.paths = binary.BigEndian.AppendUint16(s.paths, uint16(protocol))
	}
	return s.paths[start:]
}

func (s *sender) burst() error {
	if s.err != nil {
		return s.err
	}
	return s.w.Flush()
}

func (s *sender) close(r *Result) error {
	err := s.w.Close()
	r.Messages, r.LeftOut = s.w.Stats()
	if s.err != nil {
		return nil // told already
	}
	return err
}
