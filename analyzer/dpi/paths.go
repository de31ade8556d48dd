package dpi

import "slices"

// PathID is the number of an interned protocol path, from 1.
type PathID uint32

// pathTable gives equal paths equal numbers. The paths of a link are few, so
// the table only grows. A few of those asked for last are found without the
// map.
type pathTable struct {
	paths  [][]ProtocolID
	index  map[pathKey]PathID
	recent [recentPaths]struct {
		key pathKey
		id  PathID
	}
}

// pathKey holds the length of a path and its protocols.
type pathKey [MaxLayers]ProtocolID

// recentPaths is the size of the cache of paths; a power of two.
const recentPaths = 32

func newPathTable() *pathTable {
	return &pathTable{index: map[pathKey]PathID{}}
}

// intern returns the number of the path of layers, the meta protocol left out.
func (t *pathTable) intern(layers []Layer) PathID {
	var key pathKey
	key[0] = ProtocolID(len(layers))
	slot := uint32(len(layers))
	for i, l := range layers[1:] {
		key[i+1] = l.Proto
		slot = slot*31 + uint32(l.Proto)
	}
	last := &t.recent[slot%recentPaths]
	if last.key != key {
		last.key, last.id = key, t.find(key, len(layers)-1)
	}
	return last.id
}

// find returns the number of the path of a key, n protocols long.
func (t *pathTable) find(key pathKey, n int) PathID {
	if id, ok := t.index[key]; ok {
		return id
	}
	t.paths = append(t.paths, slices.Clone(key[1:n+1]))
	id := PathID(len(t.paths))
	t.index[key] = id
	return id
}

// Path returns the protocols of an interned path, outermost first; nil for 0.
// The slice must not be changed.
func (h *Handler) Path(id PathID) []ProtocolID {
	if id == 0 || int(id) > len(h.paths.paths) {
		return nil
	}
	return h.paths.paths[id-1]
}

// PathOf returns the number of the packet's whole path.
func (h *Handler) PathOf(p *Packet) PathID { return h.paths.intern(p.layers[:p.n]) }

// PathTo returns the number of the packet's path up to and including a layer.
func (h *Handler) PathTo(p *Packet, layer int) PathID { return h.paths.intern(p.layers[:layer+1]) }

// AppendFlowPath appends the protocols of a flow in direction d, from the link
// layer to the application; nothing if the flow had no packet in d.
func (h *Handler) AppendFlowPath(dst []ProtocolID, f *Flow, d Direction) []ProtocolID {
	link := h.Path(f.paths[d])
	if link == nil {
		return dst
	}
	dst = append(dst, link...)
	if f.open[d] && f.nApp == 0 {
		return append(dst, h.beforePayload(f))
	}
	return append(dst, f.app[:f.nApp]...)
}

// beforePayload returns what stands above the transport of a flow that was not
// recognised: as long as it had no payload, the service at its address.
func (h *Handler) beforePayload(f *Flow) ProtocolID {
	if f.Data[Up]+f.Data[Down] > 0 {
		return Unknown
	}
	return h.serviceOf(f)
}
