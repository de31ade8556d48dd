package dpi

import "math/bits"

// Limits of classification: after these many packets with payload, or when the
// beginning of a stream is longer than this, a flow stays what it is.
const (
	maxAsked   = 16       // packets with payload before candidates give up
	maxInspect = 32       // packets with payload before Inspect gives up
	maxHead    = 16 << 10 // bytes kept of the beginning of one direction
	maxFirst   = 64       // bytes kept of the first payload of each direction
)

// work is the memory of a flow's classification; it exists only until the flow
// is classified.
type work struct {
	excluded candidateSet
	head     [2]Blob // beginning of each direction of a stream
	first    [2][maxFirst]byte
	firstLen [2]uint16 // length of the first payload, may exceed maxFirst
	asked    [2]uint8  // packets with payload by direction
	memo     [4]uint32 // notes of classifiers between packets
	memoOf   [4]ProtocolID
	set      ProtocolID // the parent whose candidates are asked
}

// Asked returns how many packets with payload the packet's flow has had in
// direction d while it was being classified, this one included.
func (p *Packet) Asked(d Direction) int {
	if w := p.workOf(); w != nil {
		return int(w.asked[d])
	}
	return 0
}

// First returns the beginning of the first payload of direction d (at most 64
// bytes) and that payload's whole length. It is there only during
// classification; both are zero while the direction had no payload.
func (p *Packet) First(d Direction) ([]byte, int) {
	w := p.workOf()
	if w == nil {
		return nil, 0
	}
	n := int(w.firstLen[d])
	return w.first[d][:min(n, maxFirst)], n
}

// Memo returns a place for 32 bits that a classifier of protocol id may keep
// between the packets of the flow, zero at first. It returns a place that is
// forgotten at once if too many protocols keep one.
func (p *Packet) Memo(id ProtocolID) *uint32 {
	w := p.workOf()
	if w == nil {
		return &p.h.scratch
	}
	for i := range w.memoOf {
		if w.memoOf[i] == id || w.memoOf[i] == 0 {
			w.memoOf[i] = id
			return &w.memo[i]
		}
	}
	p.h.scratch = 0
	return &p.h.scratch
}

func (p *Packet) workOf() *work {
	if p.Flow == nil || p.Flow.work == 0 {
		return nil
	}
	return p.h.works.at(p.Flow.work)
}

// classify asks the candidates, or the Inspect function of the protocol that
// was found, about the new payload of p.
func (h *Handler) classify(p *Packet, parent ProtocolID) {
	f := p.Flow
	if f.work == 0 {
		if set := h.reg.parents[parent]; set == nil {
			h.finish(f)
			return
		}
		index, w := h.works.take()
		f.work, w.set = index, parent
	}
	w := h.works.at(f.work)
	d := h.gather(p, w)
	fresh := d // what Track has not been given yet
	if f.phase == classifying {
		if h.ask(p, w, d); f.phase == inspecting {
			h.trackOther(p, w)
		}
	} else {
		fresh = p.Stream
	}
	if f.phase == inspecting {
		h.inspect(p, w, d)
		h.track(p, fresh)
	}
	if f.phase == classified {
		h.finish(f)
		return
	}
	h.keep(p, w, d)
}

// gather counts the packet and returns what classifiers get to see: the
// beginning of the stream, or the datagram.
func (h *Handler) gather(p *Packet, w *work) []byte {
	if w.asked[p.Dir] == 0 {
		w.firstLen[p.Dir] = uint16(min(len(p.Stream), 0xffff))
		copy(w.first[p.Dir][:], p.Stream)
	}
	if w.asked[p.Dir] < 255 {
		w.asked[p.Dir]++
	}
	if w.head[p.Dir] == 0 {
		return p.Stream
	}
	b := h.Store.Bytes(w.head[p.Dir])
	room := p.Stream[:min(len(p.Stream), max(maxHead-len(b), 0))]
	w.head[p.Dir], _ = h.Store.Append(w.head[p.Dir], room)
	return h.Store.Bytes(w.head[p.Dir])
}

// trackOther hands the beginning of the other direction, which passed before
// the flow was recognised, to the protocols that are tracked.
func (h *Handler) trackOther(p *Packet, w *work) {
	other := p.Dir ^ 1
	if d := h.Store.Bytes(w.head[other]); len(d) > 0 {
		p.Dir = other
		h.track(p, d)
		p.Dir = other ^ 1
	}
}

// keep stores the first piece of a stream that is not classified yet.
func (h *Handler) keep(p *Packet, w *work, d []byte) {
	if w.head[p.Dir] == 0 && h.reg.protocols[w.set].Stream {
		w.head[p.Dir] = h.Store.Put(d[:min(len(d), maxHead)])
	}
}

// ask puts the question to the candidates of the flow's ports, then to all.
func (h *Handler) ask(p *Packet, w *work, d []byte) {
	set := h.reg.parents[w.set]
	src, dst := p.SrcPort(), p.DstPort()
	open := h.askPort(p, w, set, dst, d)
	if src != dst {
		open = h.askPort(p, w, set, src, d) || open
	}
	open = h.askAll(p, w, set, d) || open
	if p.Flow.phase == classifying && (!open || int(w.asked[0])+int(w.asked[1]) >= maxAsked) {
		p.Flow.phase = classified
	}
}

// askPort asks the candidates of a port. It returns whether one of them wants to
// be asked again.
func (h *Handler) askPort(p *Packet, w *work, set *candidates, port uint16, d []byte) (open bool) {
	for _, i := range set.forPort(port) {
		if p.Flow.phase == classifying && !w.excluded.has(int(i)) {
			open = h.askOne(p, w, set, int(i), d) || open
		}
	}
	return open
}

// askAll asks the candidates of any port that have not said No, 64 of which are
// passed over at once when none is left. It returns whether one of them wants to
// be asked again.
func (h *Handler) askAll(p *Packet, w *work, set *candidates, d []byte) (open bool) {
	for word := range w.excluded {
		for left := set.always[word] &^ w.excluded[word]; left != 0; left &= left - 1 {
			if p.Flow.phase != classifying {
				return open
			}
			open = h.askOne(p, w, set, word<<6|bits.TrailingZeros64(left), d) || open
		}
	}
	return open
}

// askOne asks candidate i and returns whether it wants to be asked again.
func (h *Handler) askOne(p *Packet, w *work, set *candidates, i int, d []byte) (again bool) {
	c := &set.list[i]
	h.current = c.As
	switch c.Classify(p, d) {
	case No:
		w.excluded.add(i)
	case More:
		return true
	case Yes:
		h.recognise(p, c.As)
	}
	return false
}

// recognise makes id the protocol of the packet's flow.
func (h *Handler) recognise(p *Packet, id ProtocolID) {
	p.Flow.phase = inspecting
	h.pushApp(p.Flow, id)
}

// inspect lets the flow's protocols look at the payload until they are done.
func (h *Handler) inspect(p *Packet, w *work, d []byte) {
	f := p.Flow
	done := true
	for i := 0; i < int(f.nApp); i++ {
		if e := h.reg.protocols[f.app[i]]; e != nil && e.Inspect != nil {
			h.current = e.ID
			done = e.Inspect(p, d) && done
		}
	}
	if done || int(w.asked[0])+int(w.asked[1]) >= maxInspect {
		f.phase = classified
	}
}

// finish ends the classification of a flow and frees its memory. A flow that
// nothing recognised may still be known by its addresses.
func (h *Handler) finish(f *Flow) {
	f.phase = classified
	if f.work != 0 {
		w := h.works.at(f.work)
		h.Store.Free(w.head[0])
		h.Store.Free(w.head[1])
		h.works.put(f.work)
		f.work = 0
	}
	h.nameService(f)
}
