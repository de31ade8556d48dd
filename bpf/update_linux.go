package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
)

// Update puts other rules in force. Every packet sees either all old or all new
// rules, and none passes unseen between them. When Update returns, no packet
// sees the old rules any more. On an error the old rules stay.
func (p *Prefilter) Update(r *Rules) error {
	t, err := compile(r)
	if err != nil {
		return fmt.Errorf("prefilter: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.install(t, 1-p.slot); err != nil {
		return fmt.Errorf("prefilter: rules not changed: %w", err)
	}
	if err := p.objs.Active.Set(1 - p.slot); err != nil {
		return fmt.Errorf("prefilter: rules not changed: %w", err)
	}
	old := p.slot
	p.slot = 1 - p.slot
	return errors.Join(p.grace.wait(), drop(p.objs.Prefixes4, old), drop(p.objs.Prefixes6, old))
}

// install fills the slot that no packet looks at.
func (p *Prefilter) install(t *tables, slot uint32) error {
	if err := installTrie(p.objs.Prefixes4, slot, p.trie4, t.prefix4, trieKey4); err != nil {
		return err
	}
	if err := installTrie(p.objs.Prefixes6, slot, p.trie6, t.prefix6, trieKey6); err != nil {
		return err
	}
	return p.objs.Settings.Put(slot, &t.settings)
}

// drop frees the trie of a slot, if there is one.
func drop(outer *ebpf.Map, slot uint32) error {
	if err := outer.Delete(slot); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
		return err
	}
	return nil
}

// key4 and key6 are struct prefix4 and prefix6 of c/tables.h.
type (
	key4 struct {
		Bits uint32
		Addr [4]byte
	}
	key6 struct {
		Bits uint32
		Addr [16]byte
	}
)

func trieKey4(p prefixBits) key4 {
	return key4{uint32(p.prefix.Bits()), p.prefix.Addr().As4()}
}

func trieKey6(p prefixBits) key6 {
	return key6{uint32(p.prefix.Bits()), p.prefix.Addr().As16()}
}

// installTrie makes a trie of prefixes and puts it into a slot.
func installTrie[K any](outer *ebpf.Map, slot uint32, inner *ebpf.MapSpec, list []prefixBits, key func(prefixBits) K) error {
	if len(list) == 0 {
		return nil
	}
	spec := inner.Copy()
	spec.MaxEntries = uint32(len(list))
	trie, err := ebpf.NewMap(spec)
	if err != nil {
		return fmt.Errorf("table of %d prefixes: %w", len(list), err)
	}
	defer trie.Close() // the slot keeps it
	keys, values := make([]K, len(list)), make([]uint32, len(list))
	for i, p := range list {
		keys[i], values[i] = key(p), uint32(p.value())
	}
	if err := fillTrie(trie, keys, values); err != nil {
		return fmt.Errorf("table of %d prefixes of %d bytes: %w", len(list), binary.Size(keys), err)
	}
	return outer.Put(slot, trie)
}

// fillTrie writes all keys at once where the kernel can.
func fillTrie[K any](trie *ebpf.Map, keys []K, values []uint32) error {
	_, err := trie.BatchUpdate(keys, values, nil)
	if !errors.Is(err, ebpf.ErrNotSupported) {
		return err
	}
	for i := range keys {
		if err := trie.Put(&keys[i], values[i]); err != nil {
			return err
		}
	}
	return nil
}
