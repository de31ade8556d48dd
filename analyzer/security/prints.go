package security

import (
	"slices"

	"mmt/analyzer/dpi"
)

// Attributes that lie in the same few bytes of a header, such as the flags of TCP
// or version and fragmentation of IP, are looked up together: most packets have
// one of few values there, and what each of them finds in the index is kept.
//
// That needs values that follow from those bytes wherever they are there at all.
// A position alone does not promise it: attributes of other protocols are longer
// than their type, lie behind a length, or are read from the stream. And an
// attribute may be absent although its bytes are there, as those of a header that
// is cut behind them: of such a packet nothing is kept.

// prints finds lists by the bytes of a protocol's header that attributes of the
// index lie in.
type prints struct {
	offsets []int   // of the bytes, ascending, at most printBytes
	attrs   []int32 // attributes of the index that lie in them
	known   numberTable
	found   [][]int32 // lists by print
}

const (
	printBytes = 7
	maxPrints  = 4096
	printReach = 20 // bytes of a header that prints look at
)

// fixed tells whether the numbers of a protocol, where they have a position, are
// those of the bytes there.
func fixed(id dpi.ProtocolID) bool { return id == ipID || id == tcpID }

// inHeader returns which bytes of its protocol's header an attribute is read
// from: small numbers at a fixed place.
func inHeader(a *dpi.Attribute, layer int) (at, n int, ok bool) {
	if a == nil {
		return 0, 0, false
	}
	n = a.Len
	if n == 0 {
		n = a.Type.Size()
	}
	small := a.Type == dpi.U8 && n == 1 || a.Type == dpi.U16 && n == 2
	return a.Pos, n, layer == 0 && small && a.Scope == dpi.ScopePacket && a.Pos >= 0 && a.Pos+n <= printReach
}

// print returns the bytes as a number, ok is false if the header is too short.
func (f *prints) print(header []byte) (k uint64, ok bool) {
	if len(header) <= f.offsets[len(f.offsets)-1] {
		return 0, false
	}
	for _, at := range f.offsets {
		k = k<<8 | uint64(header[at])
	}
	return k, true
}

// makePrints finds, for each group of the index, the attributes that can be
// looked up together. Numbers of two bytes are among them only where they share a
// byte with one of one byte: others have too many values.
func (x *index) makePrints(s *Schema, attribute func(cell int32) *dpi.Attribute) {
	x.prints = make([]*prints, len(x.member))
	for g, members := range x.member {
		f := &prints{}
		used := map[int]bool{}
		take := func(size int) {
			for _, m := range members {
				cell := x.attrs[m.attr].cell
				at, n, ok := inHeader(attribute(cell), s.Attributes[cell].Layer)
				if !ok || !fixed(s.Attributes[cell].Protocol) || n != size || size == 2 && !used[at] && !used[at+1] {
					continue
				}
				for b := at; b < at+n; b++ {
					used[b] = true
				}
				f.attrs = append(f.attrs, m.attr)
			}
		}
		take(1)
		take(2)
		for at := range printReach {
			if used[at] {
				f.offsets = append(f.offsets, at)
			}
		}
		if len(f.attrs) > 1 && len(f.offsets) <= printBytes {
			x.prints[g] = f
		}
	}
	for g, members := range x.member {
		for i := range members {
			f := x.prints[g]
			members[i].printed = f != nil && slices.Contains(f.attrs, members[i].attr)
		}
	}
}

// searchPrint looks the attributes of a group that lie in the header up, by
// their bytes.
func (s *shard) searchPrint(f *prints, header []byte) {
	k, ok := f.print(header)
	if !ok {
		s.searchEach(f)
		return
	}
	i, ok := f.known.find(k)
	if !ok {
		if len(f.found) >= maxPrints || !s.complete(f) {
			s.searchEach(f)
			return
		}
		i = s.learn(f, k)
	}
	for _, l := range f.found[i] {
		s.tryList(l)
	}
}

// searchEach looks attributes up one by one.
func (s *shard) searchEach(f *prints) {
	for _, i := range f.attrs {
		s.searchAttr(&s.program.index.attrs[i])
	}
}

// complete tells whether the packet at hand has all attributes of a print.
func (s *shard) complete(f *prints) bool {
	for _, i := range f.attrs {
		if !s.cells.there(s.program.index.attrs[i].cell) {
			return false
		}
	}
	return true
}

// learn notes what the attributes of the packet at hand find.
func (s *shard) learn(f *prints, k uint64) int32 {
	var lists []int32
	for _, i := range f.attrs {
		t := &s.program.index.attrs[i]
		if c := s.cells.get(t.cell); c != nil {
			lists = t.listsOf(c.num, lists)
		}
	}
	i := int32(len(f.found))
	f.found = append(f.found, lists)
	f.known.put(k, i)
	return i
}
