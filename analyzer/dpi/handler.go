package dpi

import (
	"errors"
	"fmt"
	"slices"

	"mmt/dataplane"
)

// Encapsulation chooses one of several IP layers of a packet, the option
// ip-encapsulation-index: First, Last, or n for the nth, counted from 1; a
// number beyond the last layer means the last.
type Encapsulation int

// The two named choices.
const (
	Last  Encapsulation = 0
	First Encapsulation = 1
)

// pick returns the index of the chosen one of n.
func (e Encapsulation) pick(n int) int {
	if e == Last || int(e) > n {
		return n - 1
	}
	return int(e) - 1
}

// Options of a Handler.
type Options struct {
	Encapsulation Encapsulation
	Services      Services     // nil: flows are not told apart by service
	Defragmenter  Defragmenter // nil: fragments stay what they are
	StoreLimit    int          // bytes of strings kept for flows, 0: 256 MiB
	ProbeID       uint32       // meta.probe_id
	SourceID      uint32       // meta.source_id
	Knowledge     *Knowledge   // what is known of other hosts; nil: the handler's own
	Learn         bool         // the handler adds to Knowledge; always, if that is its own
}

// defaultStoreLimit bounds the strings of flows where the options do not.
const defaultStoreLimit = 256 << 20

// PacketHandler is called for each packet after extraction.
type PacketHandler func(p *Packet)

type packetHandler struct {
	id   int
	call PacketHandler
}

// Handler dissects the packets of one thread (the manual's mmt_handler_t). It
// must not be used by two threads at a time.
type Handler struct {
	Store   *Store
	Options Options

	reg           *Registry
	sessions      SessionTable
	services      Services
	encapsulation Encapsulation
	roots         [512]RootFunc
	contexts      []any
	pools         []statePool
	works         pool[work]
	paths         *pathTable
	knowledge     *Knowledge
	learns        [MaxProtocolID]bool // protocols that may add to it
	heralds       *Heralds            // packets that they may do it with
	slots         [MaxProtocolID][]*Slot
	tracked       [MaxProtocolID]bool
	next          [MaxProtocolID]NextFunc    // of the registry, for quick access
	observers     [MaxProtocolID]ObserveFunc // likewise
	shims         [MaxProtocolID]bool        // likewise
	stats         [MaxProtocolID]ProtocolStats
	seen          []ProtocolID // with a packet in stats, in the order in which they came
	handlers      []packetHandler
	packet        Packet
	index         uint64     // packets so far
	current       ProtocolID // protocol whose code runs, for the blame of a panic
	panics        map[ProtocolID]uint64
	whole         []byte // reassembled datagram
	scratch       uint32
	warmth        byte // keeps the loads of warm from being optimised away
}

// NewHandler makes a handler on a registry, which it freezes. sessions may be
// nil: then packets have no flows and nothing above the transport is told.
func NewHandler(reg *Registry, sessions SessionTable, options Options) (*Handler, error) {
	if err := reg.Freeze(); err != nil {
		return nil, err
	}
	if options.StoreLimit == 0 {
		options.StoreLimit = defaultStoreLimit
	}
	h := &Handler{
		Store: NewStore(options.StoreLimit), Options: options,
		reg: reg, sessions: sessions, services: options.Services, encapsulation: options.Encapsulation,
		contexts: make([]any, MaxProtocolID), pools: make([]statePool, MaxProtocolID),
		paths: newPathTable(), panics: map[ProtocolID]uint64{},
		knowledge: options.Knowledge, heralds: reg.Heralds(),
	}
	if h.knowledge == nil {
		h.knowledge, h.Options.Learn = NewKnowledge(reg), true
	}
	for link, root := range reg.roots {
		if int(link) < len(h.roots) {
			h.roots[link] = root
		}
	}
	for _, e := range reg.protocols {
		if e != nil {
			h.adopt(e)
		}
	}
	return h, nil
}

// adopt prepares the handler for a protocol.
func (h *Handler) adopt(e *entry) {
	h.next[e.ID], h.observers[e.ID], h.shims[e.ID] = e.Next, e.Observe, e.Shim
	if e.Context != nil {
		h.contexts[e.ID] = e.Context()
	}
	if e.State != nil {
		h.pools[e.ID] = e.State.newPool()
	}
	h.tracked[e.ID] = e.Always
	h.learns[e.ID] = h.Options.Learn && len(e.Heralds) > 0
}

// Registry returns the registry that the handler works on.
func (h *Handler) Registry() *Registry { return h.reg }

// TrackProtocol makes the handler call the Track function of a protocol, if it
// has one, for whoever needs what it gathers of sessions.
func (h *Handler) TrackProtocol(id ProtocolID) { h.tracked[id] = true }

// Tracks tells whether the protocol's Track function is called.
func (h *Handler) Tracks(id ProtocolID) bool { return h.tracked[id] }

// AddPacketHandler registers a function to call for each packet, under a number
// that must be free (register_packet_handler).
func (h *Handler) AddPacketHandler(id int, f PacketHandler) error {
	if f == nil {
		return errors.New("dpi: packet handler without a function")
	}
	if h.HasPacketHandler(id) {
		return fmt.Errorf("dpi: packet handler %d is registered already", id)
	}
	h.handlers = append(h.handlers, packetHandler{id, f})
	return nil
}

// HasPacketHandler tells whether a packet handler is registered under id.
func (h *Handler) HasPacketHandler(id int) bool {
	return slices.ContainsFunc(h.handlers, func(p packetHandler) bool { return p.id == id })
}

// RemovePacketHandler takes the packet handler of id away and reports whether
// there was one.
func (h *Handler) RemovePacketHandler(id int) bool {
	n := len(h.handlers)
	h.handlers = slices.DeleteFunc(h.handlers, func(p packetHandler) bool { return p.id == id })
	return len(h.handlers) < n
}

// Packets returns the number of the latest packet: how many were processed so
// far, unless ProcessAt said otherwise.
func (h *Handler) Packets() uint64 { return h.index }

// Panics returns how many packets were given up because the code of a protocol
// panicked, by protocol. It is empty unless there is a bug.
func (h *Handler) Panics() map[ProtocolID]uint64 { return h.panics }

// Process takes packets through dissection, sessions, classification,
// extraction and handlers.
func (h *Handler) Process(packets []dataplane.Packet) {
	h.Warm(packets)
	for i := 0; i < len(packets); {
		i = h.processFrom(0, nil, packets, i)
	}
}

// ProcessAt is Process for packets of a stream of which other handlers see the
// rest: the number of each one in the whole stream is first and its place. Numbers
// must ascend. Who calls it for a few packets at a time calls Warm for many before.
func (h *Handler) ProcessAt(first uint64, places []uint8, packets []dataplane.Packet) {
	for i := 0; i < len(packets); {
		i = h.processFrom(first, places, packets, i)
	}
}

// Warm loads the first two cache lines of each packet. Asked for all at once,
// the loads overlap; one by one, each packet would wait for memory.
func (h *Handler) Warm(packets []dataplane.Packet) {
	var sum byte
	for i := range packets {
		if d := packets[i].Data; len(d) > 64 {
			sum += d[0] + d[64]
		}
	}
	h.warmth = sum
}

// processFrom processes packets from i on and returns where to go on; without
// places, their numbers follow that of the last one. A packet whose dissection
// panics is counted and skipped.
func (h *Handler) processFrom(first uint64, places []uint8, packets []dataplane.Packet, i int) (next int) {
	defer func() {
		if e := recover(); e != nil {
			h.panics[h.current]++
			if debugPanic {
				panic(e)
			}
			next = i + 1
		}
	}()
	for ; i < len(packets); i++ {
		if places != nil {
			h.index = first + uint64(places[i]) - 1
		}
		h.process(&packets[i])
	}
	return i
}

// process is the way of one packet.
func (h *Handler) process(in *dataplane.Packet) {
	p := &h.packet
	h.index++
	p.h, p.Index = h, h.index
	p.reset(in)
	if h.sessions != nil {
		h.sessions.See(p.Time)
	}
	h.dissect(p)
	if p.nTuples > 0 && h.sessions != nil {
		if p.Flow = h.sessions.Lookup(p); p.Flow != nil {
			h.follow(p)
		}
	}
	h.count(p)
	h.observe(p)
	h.extract(p)
	for i := range h.handlers {
		h.handlers[i].call(p)
	}
}

// dissect follows the headers from the link layer to the innermost transport.
func (h *Handler) dissect(p *Packet) {
	var root RootFunc
	if int(p.Link) < len(h.roots) {
		root = h.roots[p.Link]
	}
	if root == nil {
		p.push(Unknown, 0)
		return
	}
	id, off := root(p)
	for p.push(id, off) {
		next := h.next[id]
		if next == nil {
			return
		}
		h.current = id
		at, tuples := off, p.nTuples
		id, off = next(p, off)
		if p.nTuples > tuples && p.tuples[tuples].Part && h.Options.Defragmenter != nil {
			id, off = h.defragment(p, next, at, id, off)
		}
		switch id {
		case Stop:
			return
		case ByFlow:
			p.transport = p.n - 1
			if last := p.layers[p.transport]; h.shims[last.Proto] {
				p.transport--
				p.shim = off - int(last.Off)
			}
			p.Payload = p.Bytes(off)
			p.payloadOff = off
			return
		}
	}
}

// follow does what a packet of a flow needs: its path, classification, and the
// tracking of its protocols.
func (h *Handler) follow(p *Packet) {
	f := p.Flow
	if f.paths[p.Dir] == 0 || p.transport != 0 && !f.open[p.Dir] {
		h.setPath(p)
	}
	if p.transport == 0 || int(p.Tuple().Layer) != int(p.tuples[p.nTuples-1].Layer) {
		return
	}
	if len(p.Stream) > 0 {
		if f.phase != classified {
			h.classify(p, p.layers[p.transport].Proto)
		} else if f.nApp > 0 {
			h.track(p, p.Stream)
		}
	}
	if f.nApp == 0 {
		p.push(Unknown, p.payloadOff)
	}
	for _, id := range f.App() {
		p.push(id, p.payloadOff)
	}
	h.above(p)
}

// above follows what the topmost protocol of the flow carries in this packet,
// if it has a way to tell (Next).
func (h *Handler) above(p *Packet) {
	for {
		top := p.layers[p.n-1]
		next := h.next[top.Proto]
		if next == nil {
			return
		}
		h.current = top.Proto
		id, off := next(p, int(top.Off))
		if !id.IsValid() || !p.push(id, off) {
			return
		}
	}
}

// setPath notes the path of a flow in the direction of p: that of the first
// packet, or of the first packet that carries payload, where others have
// headers of their own (SCTP).
func (h *Handler) setPath(p *Packet) {
	f := p.Flow
	if f.paths[Up] == 0 && f.paths[Down] == 0 {
		h.stats[Meta].Sessions++
		f.class = h.reg.Class(p.layers[p.n-1].Proto)
	}
	old := f.paths[p.Dir]
	f.paths[p.Dir] = h.paths.intern(p.layers[:p.n])
	f.open[p.Dir] = p.transport != 0
	if p.Dir == Up {
		h.countSession(old, f.paths[Up])
	}
}

// track hands new payload to the protocols of the flow that are tracked.
func (h *Handler) track(p *Packet, d []byte) {
	f := p.Flow
	for i := 0; i < int(f.nApp); i++ {
		id := f.app[i]
		if track := h.reg.protocols[id].Track; track != nil && h.tracked[id] {
			h.current = id
			track(p, d)
		}
	}
}

// observe lets the protocols of the path that count packets see this one.
func (h *Handler) observe(p *Packet) {
	for i := range p.layers[:p.n] {
		if f := h.observers[p.layers[i].Proto]; f != nil {
			h.current = p.layers[i].Proto
			f(p, i)
		}
	}
}
