package analyzer

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/dump"
	"mmt/dataplane"
)

// DumpPackets writes packets to trace files (manual section 3.1, dump-pcap).
type DumpPackets struct {
	To        *dump.Dump
	Protocols []dpi.ProtocolID // a packet with one of them in its path is written
}

// dumping is the part of a worker that writes packets. nil: it writes none.
type dumping struct {
	feed   *dump.Feed
	wanted [dpi.MaxProtocolID]bool
}

// dumpPackets makes the worker write packets.
func (w *Worker) dumpPackets() error {
	o := w.options.Dump
	if o == nil {
		return nil
	}
	d := &dumping{feed: o.To.Feed(int(w.options.Thread))}
	for _, protocol := range o.Protocols {
		d.wanted[protocol] = true
	}
	w.dump = d
	return w.handler.AddPacketHandler(dumpHandler, d.packet)
}

// packet is the packet handler.
func (d *dumping) packet(p *dpi.Packet) {
	for _, layer := range p.Layers()[1:] {
		if d.wanted[layer.Proto] {
			came := captured(p)
			d.feed.Packet(&came)
			return
		}
	}
}

// captured returns a packet as it came, which p need not be any more: where it is
// the last fragment of a datagram, p holds that.
func captured(p *dpi.Packet) dataplane.Packet {
	return dataplane.Packet{Data: p.Captured, Time: p.Time, Len: p.Len, Link: p.Link, Port: p.Port}
}

func (d *dumping) endBurst(now int64) {
	if d != nil {
		d.feed.Tick(now)
	}
}

func (d *dumping) close() {
	if d != nil {
		d.feed.Flush()
	}
}
