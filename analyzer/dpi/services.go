package dpi

// Services knows which service owns a host name or an address.
type Services interface {
	ByHost(host []byte) (ProtocolID, bool)
	ByAddr(addr *[16]byte) (ProtocolID, bool)
}

// nameCacheSize is how many addresses seen in DNS answers a handler remembers;
// a power of two.
const nameCacheSize = 1 << 14

// nameCache remembers which service an address was an answer for. A newer
// answer takes the place of an older one.
type nameCache struct {
	entries []nameEntry
}

type nameEntry struct {
	addr    [16]byte
	service ProtocolID
}

func (c *nameCache) at(addr *[16]byte) *nameEntry {
	hash := uint32(2166136261)
	for _, b := range addr {
		hash = (hash ^ uint32(b)) * 16777619
	}
	return &c.entries[(hash^hash>>15)&(nameCacheSize-1)]
}

// LearnName notes that a DNS answer gave addr for host, so that flows to addr
// that name no host can be told to belong to the host's service. It does nothing
// while the handler does not learn (Learns).
func (h *Handler) LearnName(addr *[16]byte, host []byte) {
	if h.services == nil || !h.Learns() {
		return
	}
	if id, ok := h.services.ByHost(host); ok {
		*h.knowledge.names.at(addr) = nameEntry{*addr, id}
	}
}

// serviceAt returns the service at an address: as the DNS answered, else by the
// ranges that services own.
func (h *Handler) serviceAt(addr *[16]byte) (ProtocolID, bool) {
	if e := h.knowledge.names.at(addr); e.service != 0 && e.addr == *addr {
		return e.service, true
	}
	return h.services.ByAddr(addr)
}

// nameService puts the service that the flow belongs to on top of its path: the
// owner of its host name, else of its server's, else of its client's address.
// Only protocols that serve services are named so: an address says who hosts,
// not what is spoken.
func (h *Handler) nameService(f *Flow) {
	if h.services == nil || f.nApp == 0 || !h.reg.protocols[f.Top()].Hosted {
		return
	}
	if f.Host != 0 {
		if id, ok := h.services.ByHost(h.Store.Bytes(f.Host)); ok {
			h.pushApp(f, id)
		}
		return
	}
	if id := h.serviceOf(f); id != Unknown {
		h.pushApp(f, id)
	}
}

// serviceOf returns the service that owns one of the flow's addresses, Unknown
// if none does.
func (h *Handler) serviceOf(f *Flow) ProtocolID {
	if h.services == nil {
		return Unknown
	}
	for _, side := range [...]int{1, 0} {
		if id, ok := h.serviceAt(&f.Addr[side]); ok {
			return id
		}
	}
	return Unknown
}

// pushApp adds id on top of the flow's path unless it is there already. A
// service stays above what is spoken, except where it is itself what was
// recognised.
func (h *Handler) pushApp(f *Flow, id ProtocolID) {
	if f.Is(id) || f.nApp == MaxAppPath || !h.reg.IsRegistered(id) {
		return
	}
	at := int(f.nApp)
	for at > 1 && !h.reg.protocols[id].Service && h.reg.protocols[f.app[at-1]].Service {
		at--
	}
	copy(f.app[at+1:], f.app[at:f.nApp])
	f.app[at] = id
	f.nApp++
	h.stats[id].Sessions++
	if c := h.reg.protocols[id].Class; c != 0 && at == int(f.nApp)-1 {
		f.class = c
	}
}

// SetHost notes the host name that the packet's flow is about. The first name
// stays.
func (p *Packet) SetHost(name []byte) {
	if p.Flow != nil && p.Flow.Host == 0 && len(name) > 0 {
		p.Flow.Host = p.h.Store.Put(name[:min(len(name), 255)])
	}
}

// Push puts protocol id on top of the path of the packet's flow: a protocol
// that runs over the one already recognised.
func (p *Packet) Push(id ProtocolID) {
	if p.Flow != nil {
		p.h.pushApp(p.Flow, id)
	}
}

// Become replaces the topmost protocol of the packet's flow: what looked like
// one protocol has turned out to be another.
func (p *Packet) Become(id ProtocolID) {
	f := p.Flow
	if f == nil || f.Is(id) || !p.h.reg.IsRegistered(id) {
		return
	}
	if f.nApp > 0 {
		f.nApp--
		p.h.stats[f.app[f.nApp]].Sessions--
	}
	p.h.pushApp(f, id)
}

// Service returns the service that a flow is about: the one on top of its path,
// else the owner of its host name, which for DNS is the name asked for. It is
// Unknown if there is none.
func (h *Handler) Service(f *Flow) ProtocolID {
	if top := f.Top(); h.isService(top) {
		return top
	}
	if f.Host == 0 || h.services == nil {
		return Unknown
	}
	id, _ := h.services.ByHost(h.Store.Bytes(f.Host))
	return id
}

// isService tells whether a protocol is a service rather than a protocol that
// packets speak.
func (h *Handler) isService(id ProtocolID) bool {
	return h.reg.IsRegistered(id) && h.reg.protocols[id].Service
}
