package dpi

import (
	"errors"
	"fmt"
	"slices"

	"mmt/dataplane"
)

// RootFunc tells the protocol of the first bytes of a packet of some link type
// and where it starts.
type RootFunc func(p *Packet) (ProtocolID, int)

// Registry holds the protocols that a set of handlers knows. Protocols are
// registered one by one; after Freeze it never changes and may be shared.
type Registry struct {
	protocols [MaxProtocolID]*entry
	byName    map[string]ProtocolID
	roots     map[dataplane.LinkType]RootFunc
	parents   [MaxProtocolID]*candidates
	frozen    bool
	heralds   *Heralds // once frozen
}

// entry is a registered protocol with what look-ups need.
type entry struct {
	Protocol
	byID   map[AttributeID]*Attribute
	byName map[string]*Attribute
	sorted []*Attribute // by identifier
}

// NewRegistry returns a registry that holds nothing yet.
func NewRegistry() *Registry {
	return &Registry{
		byName: map[string]ProtocolID{},
		roots:  map[dataplane.LinkType]RootFunc{},
	}
}

// Register adds a protocol. It fails if the identifier is not valid or not
// free, if the name is taken, or if two attributes share an identifier or name.
func (r *Registry) Register(p Protocol) error {
	switch {
	case r.frozen:
		return errors.New("dpi: the registry is frozen: register protocols before making handlers")
	case p.ID != Unknown && !p.ID.IsValid():
		return fmt.Errorf("dpi: protocol %q: identifier %d is not valid (1 to %d are)", p.Name, p.ID, MaxProtocolID-1)
	case r.protocols[p.ID] != nil:
		return fmt.Errorf("dpi: protocol %q: identifier %d is taken by %q", p.Name, p.ID, r.protocols[p.ID].Name)
	case p.Name == "":
		return fmt.Errorf("dpi: protocol %d has no name", p.ID)
	}
	if other, taken := r.byName[p.Name]; taken {
		return fmt.Errorf("dpi: protocol %d: name %q is taken by protocol %d", p.ID, p.Name, other)
	}
	e, err := newEntry(p)
	if err != nil {
		return err
	}
	r.protocols[p.ID] = e
	r.byName[p.Name] = p.ID
	return r.addClassifiers(p)
}

// newEntry indexes the attributes of p, the generic ones included.
func newEntry(p Protocol) (*entry, error) {
	e := &entry{Protocol: p, byID: map[AttributeID]*Attribute{}, byName: map[string]*Attribute{}}
	e.Attributes = slices.Concat(p.Attributes, genericAttributes)
	for i := range e.Attributes {
		a := &e.Attributes[i]
		if e.byID[a.ID] != nil {
			return nil, fmt.Errorf("dpi: protocol %q: attributes %q and %q share identifier %d", p.Name, e.byID[a.ID].Name, a.Name, a.ID)
		}
		e.byID[a.ID] = a
		e.sorted = append(e.sorted, a)
		if a.Len == 0 {
			a.Len = a.Type.Size()
		}
		if a.Extract == nil {
			a.Extract = extractAt(a.Type, a.Len, a.Pos)
		}
		if a.Extract == nil {
			return nil, fmt.Errorf("dpi: attribute %s.%s: type %s at position %d needs an extraction function", p.Name, a.Name, a.Type, a.Pos)
		}
		// A protocol's own attribute hides a generic one of the same name.
		if e.byName[a.Name] == nil {
			e.byName[a.Name] = a
		} else if i < len(p.Attributes) {
			return nil, fmt.Errorf("dpi: protocol %q has two attributes named %q", p.Name, a.Name)
		}
	}
	slices.SortFunc(e.sorted, func(a, b *Attribute) int { return int(a.ID) - int(b.ID) })
	return e, nil
}

// addClassifiers files the classifiers of p under their parents.
func (r *Registry) addClassifiers(p Protocol) error {
	for _, c := range p.Classifiers {
		if !c.Parent.IsValid() {
			return fmt.Errorf("dpi: protocol %q: a classifier over protocol %d, which is not a valid identifier", p.Name, c.Parent)
		}
		if c.Classify == nil {
			return fmt.Errorf("dpi: protocol %q: a classifier over protocol %d has no function", p.Name, c.Parent)
		}
		if c.As == 0 {
			c.As = p.ID
		}
		set := r.parents[c.Parent]
		if set == nil {
			set = &candidates{}
			r.parents[c.Parent] = set
		}
		set.list = append(set.list, c)
	}
	return nil
}

// SetRoot says how packets of a link type start.
func (r *Registry) SetRoot(link dataplane.LinkType, root RootFunc) { r.roots[link] = root }

// Freeze orders the classifiers, gathers the heralds and closes the registry. Calling it again does
// nothing.
func (r *Registry) Freeze() error {
	if r.frozen {
		return nil
	}
	for parent, set := range &r.parents {
		if set == nil {
			continue
		}
		if err := set.build(); err != nil {
			return fmt.Errorf("dpi: classifiers over protocol %q: %w", r.Name(ProtocolID(parent)), err)
		}
	}
	r.heralds = newHeralds(r)
	r.frozen = true
	return nil
}

// IsRegistered tells whether a protocol with this identifier is registered.
func (r *Registry) IsRegistered(id ProtocolID) bool {
	return id < MaxProtocolID && r.protocols[id] != nil
}

// IsFree tells whether id is valid and no protocol is registered with it.
func (r *Registry) IsFree(id ProtocolID) bool { return id.IsValid() && r.protocols[id] == nil }

// Name returns the name of a protocol, "" if it is not registered.
func (r *Registry) Name(id ProtocolID) string {
	if !r.IsRegistered(id) {
		return ""
	}
	return r.protocols[id].Name
}

// ID returns the identifier of a protocol by name; ok is false if no protocol
// has the name.
func (r *Registry) ID(name string) (id ProtocolID, ok bool) {
	id, ok = r.byName[name]
	return id, ok
}

// Class returns the application family of a protocol, 0 if it has none.
func (r *Registry) Class(id ProtocolID) Class {
	if !r.IsRegistered(id) {
		return 0
	}
	return r.protocols[id].Class
}

// Attribute returns an attribute by the identifiers of its protocol and itself,
// nil if there is none.
func (r *Registry) Attribute(protocol ProtocolID, id AttributeID) *Attribute {
	if !r.IsRegistered(protocol) {
		return nil
	}
	return r.protocols[protocol].byID[id]
}

// AttributeByName returns an attribute by name; nil if protocol or attribute is
// not known. Of a protocol's own attribute and a generic one with the same
// name it returns the protocol's own.
func (r *Registry) AttributeByName(protocol, attribute string) (ProtocolID, *Attribute) {
	id, ok := r.byName[protocol]
	if !ok {
		return 0, nil
	}
	return id, r.protocols[id].byName[attribute]
}

// Protocols calls yield for each registered protocol in the order of
// identifiers (the manual's iterate_through_protocols), until it returns false.
func (r *Registry) Protocols(yield func(*Protocol) bool) {
	for _, e := range &r.protocols {
		if e != nil && !yield(&e.Protocol) {
			return
		}
	}
}

// Attributes calls yield for each attribute of a protocol in the order of
// identifiers, until it returns false.
func (r *Registry) Attributes(id ProtocolID, yield func(*Attribute) bool) {
	if !r.IsRegistered(id) {
		return
	}
	for _, a := range r.protocols[id].sorted {
		if !yield(a) {
			return
		}
	}
}
