package dpi

// Defragmenter puts fragmented IP datagrams together.
type Defragmenter interface {
	// Defragment is called when the innermost IP layer of p has been dissected
	// and is a fragment (Tuple.Part). When it completes its datagram, Defragment
	// puts the datagram's payload in place of the packet's (Packet.Replace),
	// makes the header tell of a whole datagram, and returns the header as it
	// was, valid until the next call: the layer is dissected again, then its
	// header becomes what it was.
	// Otherwise header is nil, and held tells whether the fragment waits for
	// others: then the path of the packet ends with the layer. A fragment that is
	// neither is dissected as if there were no Defragmenter.
	Defragment(p *Packet) (header []byte, held bool)
}

// defragment asks the Defragmenter about a fragment whose header is at offset
// off, where dissect found that id follows at next.
func (h *Handler) defragment(p *Packet, dissect NextFunc, off int, id ProtocolID, next int) (ProtocolID, int) {
	header, held := h.Options.Defragmenter.Defragment(p)
	switch {
	case held:
		return Stop, off
	case header == nil:
		return id, next
	}
	p.nTuples--
	n := p.nTuples
	id, next = dissect(p, off)
	copy(p.Data[off:], header)
	if p.nTuples > n {
		p.tuples[n].Part = true
	}
	return id, next
}
