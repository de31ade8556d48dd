package security

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/rand/v2"

	"mmt/analyzer/dpi"
)

// member is a waiting instance. Instances of one rule that are in the same
// state and remember the same values are members of one group: a packet is
// compared with the group once.
type member struct {
	seq          uint64 // order in which instances came into their states
	lo, hi       int64  // its first window, microseconds
	group        uint32
	family       uint32
	newer, older uint32 // within the group
	fprev, fnext uint32 // within the family
	past         uint32 // its latest event
	windows      uint32 // all its windows if there is more to them than lo and hi, else 0
	queue        [2]neighbours
}

// neighbours are a member's neighbours in a queue.
type neighbours struct{ prev, next uint32 }

// span is a window of an instance.
type span struct{ lo, hi, nlo, nhi int64 }

// spans are all windows of an instance.
type spans struct {
	due [2]int64 // when the first of those that it waits in is over, by clock
	of  [maxWindows]span
}

// group is the members of one rule and state that remember the same values.
type group struct {
	hash   uint64
	next   uint32 // of the same place of the table of groups
	newest uint32 // member, 0 if there is none
	run    int32  // rule
	values dpi.Blob
	links  uint32 // to the waits of its state
	state  int16
	listed bool // among those that may have become empty
}

// link says that a group waits for an event.
type link struct {
	group      uint32
	wait       int32
	key        uint32
	prev, next uint32 // of the same key
	sibling    uint32 // of the same group
}

// joinKey holds the groups of a class that wait for the same values.
type joinKey struct {
	hash  uint64
	class int32
	next  uint32 // of the same place of the table of keys
	links uint32
}

// family is all instances that came from one packet.
type family struct {
	first uint32 // member
	run   int32  // rule; once its verdict has come, -1 less it
}

// dead tells whether the family's verdict has come.
func (f *family) dead() bool { return f.run < 0 }

// past is an event of an instance's history; what happened before it is shared
// with the instances that have the same beginning.
type past struct {
	time   int64  // ns since 1970
	number uint64 // of the packet, and in the lowest byte the event
	parent uint32
	refs   uint32
}

func (p *past) event() int { return int(p.number & 0xff) }

func (p *past) counter() uint64 { return p.number >> 8 }

// table finds records by hash: chains that start in a power of two of places.
type table struct {
	heads []uint32
	n     int
}

func (t *table) place(hash uint64) *uint32 {
	return &t.heads[hash&uint64(len(t.heads)-1)]
}

// full tells whether the table should be made larger before one more is put in.
func (t *table) full() bool { return t.n >= len(t.heads) }

// store keeps what instances are made of.
type store struct {
	members  pool[member]
	windows  pool[spans]
	groups   pool[group]
	links    pool[link]
	keys     pool[joinKey]
	families pool[family]
	pasts    pool[past]
	values   *dpi.Store

	groupTable table
	keyTable   table
	seed       maphash.Seed
	salt       uint64 // like seed, so that nobody can choose values that collide
}

// valuesLimit bounds the memory of remembered values, bytes.
const valuesLimit = 1 << 30

func (s *store) init() {
	s.values = dpi.NewStore(valuesLimit)
	s.groupTable.heads = make([]uint32, 64)
	s.keyTable.heads = make([]uint32, 64)
	s.seed, s.salt = maphash.MakeSeed(), rand.Uint64()
}

// remember notes an event of an instance.
func (s *store) remember(parent uint32, event int, time int64, counter uint64) uint32 {
	i := s.pasts.take()
	*s.pasts.at(i) = past{time: time, number: counter<<8 | uint64(event), parent: parent, refs: 1}
	if parent != 0 {
		s.pasts.at(parent).refs++
	}
	return i
}

// forget takes one reference to a history back.
func (s *store) forget(i uint32) {
	for i != 0 {
		p := s.pasts.at(i)
		if p.refs--; p.refs > 0 {
			return
		}
		parent := p.parent
		s.pasts.put(i)
		i = parent
	}
}

// findGroup returns the group of a rule and state that remembers values, 0 if
// there is none.
func (s *store) findGroup(hash uint64, run, state int32, values []byte) uint32 {
	for i := *s.groupTable.place(hash); i != 0; {
		g := s.groups.at(i)
		if g.hash == hash && g.run == run && int32(g.state) == state && bytes.Equal(s.values.Bytes(g.values), values) {
			return i
		}
		i = g.next
	}
	return 0
}

// hashBytes hashes a value; addresses, the most common, are their own hash.
func (s *store) hashBytes(b []byte) uint64 {
	if len(b) == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return maphash.Bytes(s.seed, b)
}

// hashGroup mixes what makes a group.
func (s *store) hashGroup(run, state int32, values []byte) uint64 {
	return maphash.Bytes(s.seed, values) ^ uint64(run)<<32 ^ uint64(state)<<16
}

// addGroup makes a group; ok is false if its values have no place.
func (s *store) addGroup(hash uint64, run, state int32, values []byte) (i uint32, ok bool) {
	blob := s.values.Put(values)
	if blob == 0 && len(values) > 0 {
		return 0, false
	}
	if s.groupTable.full() {
		s.growGroups()
	}
	i = s.groups.take()
	head := s.groupTable.place(hash)
	*s.groups.at(i) = group{hash: hash, next: *head, run: run, state: int16(state), values: blob}
	*head = i
	s.groupTable.n++
	return i, true
}

// growGroups doubles the table of groups.
func (s *store) growGroups() {
	old := s.groupTable.heads
	s.groupTable.heads = make([]uint32, 2*len(old))
	for _, i := range old {
		for i != 0 {
			g := s.groups.at(i)
			next := g.next
			head := s.groupTable.place(g.hash)
			g.next, *head = *head, i
			i = next
		}
	}
}

// dropGroup gives up a group that has no member left.
func (s *store) dropGroup(i uint32) {
	g := s.groups.at(i)
	at := s.groupTable.place(g.hash)
	for *at != i {
		at = &s.groups.at(*at).next
	}
	*at = g.next
	s.groupTable.n--
	s.values.Free(g.values)
	s.groups.put(i)
}

// findKey returns the key of a class and hash, 0 if nobody waits for it.
func (s *store) findKey(class int32, hash uint64) uint32 {
	for i := *s.keyTable.place(hash); i != 0; {
		k := s.keys.at(i)
		if k.hash == hash && k.class == class {
			return i
		}
		i = k.next
	}
	return 0
}

// addLink makes a group wait for a key.
func (s *store) addLink(g uint32, wait, class int32, hash uint64) {
	key := s.findKey(class, hash)
	if key == 0 {
		if s.keyTable.full() {
			s.growKeys()
		}
		key = s.keys.take()
		head := s.keyTable.place(hash)
		*s.keys.at(key) = joinKey{hash: hash, class: class, next: *head}
		*head = key
		s.keyTable.n++
	}
	i := s.links.take()
	k, gr := s.keys.at(key), s.groups.at(g)
	*s.links.at(i) = link{group: g, wait: wait, key: key, next: k.links, sibling: gr.links}
	if k.links != 0 {
		s.links.at(k.links).prev = i
	}
	k.links, gr.links = i, i
}

// dropLink takes a link away and returns its class.
func (s *store) dropLink(i uint32) (class int32) {
	l := *s.links.at(i)
	k := s.keys.at(l.key)
	class = k.class
	if l.prev != 0 {
		s.links.at(l.prev).next = l.next
	} else {
		k.links = l.next
	}
	if l.next != 0 {
		s.links.at(l.next).prev = l.prev
	}
	if k.links == 0 {
		s.dropKey(l.key)
	}
	s.links.put(i)
	return class
}

func (s *store) dropKey(i uint32) {
	at := s.keyTable.place(s.keys.at(i).hash)
	for *at != i {
		at = &s.keys.at(*at).next
	}
	*at = s.keys.at(i).next
	s.keyTable.n--
	s.keys.put(i)
}

// growKeys doubles the table of keys.
func (s *store) growKeys() {
	old := s.keyTable.heads
	s.keyTable.heads = make([]uint32, 2*len(old))
	for _, i := range old {
		for i != 0 {
			k := s.keys.at(i)
			next := k.next
			head := s.keyTable.place(k.hash)
			k.next, *head = *head, i
			i = next
		}
	}
}

// joinGroup puts a member into a group, at its place by age.
func (s *store) joinGroup(i, to uint32) {
	m, g := s.members.at(i), s.groups.at(to)
	newer, older := uint32(0), g.newest
	for older != 0 && s.members.at(older).seq > m.seq {
		newer, older = older, s.members.at(older).older
	}
	m.group, m.newer, m.older = to, newer, older
	if older != 0 {
		s.members.at(older).newer = i
	}
	if newer != 0 {
		s.members.at(newer).older = i
	} else {
		g.newest = i
	}
}

// leaveGroup takes a member out of its group and reports whether the group is
// empty now.
func (s *store) leaveGroup(i uint32) (empty bool) {
	m := s.members.at(i)
	g := s.groups.at(m.group)
	if m.newer != 0 {
		s.members.at(m.newer).older = m.older
	} else {
		g.newest = m.older
	}
	if m.older != 0 {
		s.members.at(m.older).newer = m.newer
	}
	return g.newest == 0
}

// joinFamily adds a member to a family.
func (s *store) joinFamily(i, f uint32) {
	m, fam := s.members.at(i), s.families.at(f)
	m.family, m.fprev, m.fnext = f, 0, fam.first
	if fam.first != 0 {
		s.members.at(fam.first).fprev = i
	}
	fam.first = i
}

// leaveFamily takes a member out of its family, which ends with its last, unless
// sweep is to end it.
func (s *store) leaveFamily(i uint32) {
	m := s.members.at(i)
	fam := s.families.at(m.family)
	if m.fprev != 0 {
		s.members.at(m.fprev).fnext = m.fnext
	} else {
		fam.first = m.fnext
	}
	if m.fnext != 0 {
		s.members.at(m.fnext).fprev = m.fprev
	}
	if fam.first == 0 && !fam.dead() {
		s.families.put(m.family)
	}
}
