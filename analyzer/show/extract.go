package show

import (
	"bufio"
	"errors"
	"io"
	"strconv"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

// extractor prints the attributes of packets.
type extractor struct {
	w    *bufio.Writer
	h    *dpi.Handler
	line []byte
}

// Extract prints every attribute of every layer of every packet of src: a line
// for the packet with its number, time, length and path, and an indented line
// for each attribute that it has.
func Extract(out io.Writer, src dataplane.Source) error {
	reg, services, err := proto.Load()
	if err != nil {
		return err
	}
	x := &extractor{w: bufio.NewWriter(out)}
	table := session.NewTable(session.Config{Ended: func(s *session.Session) { x.h.EndFlow(&s.Flow) }})
	if x.h, err = dpi.NewHandler(reg, table, dpi.Options{Services: services}); err != nil {
		return err
	}
	for p := range reg.Protocols {
		if p.Track != nil {
			x.h.TrackProtocol(p.ID)
		}
	}
	if err := x.h.AddPacketHandler(1, x.packet); err != nil {
		return err
	}
	err = Run(src, func(b *dataplane.Burst) {
		for i := range b.N {
			table.Advance(b.Packets[i].Time)
			x.h.Process(b.Packets[i : i+1])
		}
	})
	table.Close()
	return errors.Join(err, x.w.Flush())
}

// packet prints one packet.
func (x *extractor) packet(p *dpi.Packet) {
	b := strconv.AppendUint(append(x.line[:0], "packet "...), p.Index, 10)
	b = dpi.AppendTime(append(b, ' '), p.Time)
	b = strconv.AppendUint(append(b, " length "...), uint64(p.Len), 10)
	b = append(b, ' ')
	for i, l := range p.Layers()[1:] {
		if i > 0 {
			b = append(b, '.')
		}
		b = append(b, x.h.Registry().Name(l.Proto)...)
	}
	x.w.Write(append(b, '\n'))
	x.line = b
	for layer := range p.Layers() {
		x.layer(p, layer)
	}
}

// layer prints the attributes of one layer.
func (x *extractor) layer(p *dpi.Packet, layer int) {
	reg := x.h.Registry()
	id := p.Layers()[layer].Proto
	reg.Attributes(id, func(a *dpi.Attribute) bool {
		var v dpi.Value
		if !a.Extract(p, layer, &v) {
			return true
		}
		b := append(append(x.line[:0], "  "...), reg.Name(id)...)
		b = append(append(append(b, '.'), a.Name...), " = "...)
		x.line = append(x.value(b, &v), '\n')
		x.w.Write(x.line)
		return true
	})
}

// value appends a value; a path by the names of its protocols.
func (x *extractor) value(b []byte, v *dpi.Value) []byte {
	if v.Type != dpi.ProtoPath {
		return v.AppendText(b)
	}
	for i, id := range x.h.Path(dpi.PathID(v.N)) {
		if i > 0 {
			b = append(b, '.')
		}
		b = append(b, x.h.Registry().Name(id)...)
	}
	return b
}
