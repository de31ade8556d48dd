package dpi

import (
	"encoding/binary"
	"math/bits"
)

// Blob is a handle of a byte string in a Store; 0 is the empty string.
type Blob uint32

const (
	blobHeader    = 2               // length of the string
	blobChunk     = 1 << 16         // bytes that a class grows by at least
	blobIndexBits = 27              // blobs of one class
	MaxBlob       = 1<<16 - 1 - 512 // longest string, bytes
)

// blobSizes are the sizes of blocks: two to each power of two, which leaves a
// sixth of a block unused on average.
var blobSizes = [...]int{
	16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1 << 10, 3 << 9, 2 << 10, 3 << 10,
	4 << 10, 6 << 10, 8 << 10, 12 << 10, 16 << 10, 24 << 10, 32 << 10, 48 << 10, 64 << 10,
}

// Store keeps byte strings of flows, such as host names, outside the garbage
// collector's sight: blocks of a few sizes, addressed by number. A store has one
// user and a limit; what does not fit is not stored, and counted.
type Store struct {
	classes [len(blobSizes)]blobClass
	limit   int
	used    int
	Refused uint64 // strings that were not stored because of the limit
}

// blobClass is the memory of one size.
type blobClass struct {
	chunks [][]byte
	free   []uint32
	next   uint32 // first block never used
}

// NewStore returns a store of at most limit bytes.
func NewStore(limit int) *Store { return &Store{limit: limit} }

// Used returns the bytes that the store has taken.
func (s *Store) Used() int { return s.used }

// classFor returns the smallest class whose blocks hold a string of n bytes:
// the larger of the two of its power of two, or the smaller if that will do.
func classFor(n int) int {
	n += blobHeader
	if n <= blobSizes[0] {
		return 0
	}
	class := 2 * (bits.Len(uint(n-1)) - 4)
	if n <= blobSizes[class-1] {
		return class - 1
	}
	return class
}

// chunkShifts says how many blocks of each class one chunk holds, a power of
// two: what makes about blobChunk bytes, at least four.
var chunkShifts = func() (shifts [len(blobSizes)]uint8) {
	for class, size := range blobSizes {
		shifts[class] = uint8(bits.Len(uint(max(blobChunk/size, 4))) - 1)
	}
	return shifts
}()

// block returns the memory of a handle.
func (s *Store) block(b Blob) []byte {
	class, index := int(b>>blobIndexBits)-1, int(b&(1<<blobIndexBits-1))
	shift, size := chunkShifts[class], blobSizes[class]
	off := (index & (1<<shift - 1)) * size
	return s.classes[class].chunks[index>>shift][off : off+size : off+size]
}

// alloc takes a block for n bytes, 0 if there is none to have.
func (s *Store) alloc(n int) Blob {
	class := classFor(n)
	c := &s.classes[class]
	handle := Blob(class+1) << blobIndexBits
	if k := len(c.free); k > 0 {
		index := c.free[k-1]
		c.free = c.free[:k-1]
		return handle | Blob(index)
	}
	per := 1 << chunkShifts[class]
	if int(c.next) == len(c.chunks)*per {
		size := per * blobSizes[class]
		if s.used+size > s.limit || c.next >= 1<<blobIndexBits-uint32(per) {
			s.Refused++
			return 0
		}
		s.used += size
		c.chunks = append(c.chunks, make([]byte, size))
	}
	c.next++
	return handle | Blob(c.next-1)
}

// Put stores a copy of data, cut at MaxBlob bytes. It returns 0 for empty data
// or when the store is full.
func (s *Store) Put(data []byte) Blob {
	if len(data) == 0 {
		return 0
	}
	data = data[:min(len(data), MaxBlob)]
	b := s.alloc(len(data))
	if b != 0 {
		m := s.block(b)
		binary.NativeEndian.PutUint16(m, uint16(len(data)))
		copy(m[blobHeader:], data)
	}
	return b
}

// Bytes returns the string of b; it is valid until b is freed or appended to.
func (s *Store) Bytes(b Blob) []byte {
	if b == 0 {
		return nil
	}
	m := s.block(b)
	return m[blobHeader : blobHeader+int(binary.NativeEndian.Uint16(m))]
}

// Append adds data to the string of b and returns the handle from now on. When
// the store is full or the string too long, b stays as it is and ok is false.
func (s *Store) Append(b Blob, data []byte) (_ Blob, ok bool) {
	if b == 0 {
		b = s.Put(data)
		return b, b != 0 || len(data) == 0
	}
	b, added := s.Extend(b, len(data))
	return b, copy(added, data) == len(data)
}

// Extend makes the string of b n bytes longer and returns the handle from now on
// and these bytes, for the caller to fill. When the store is full or the string
// too long, b stays as it is and there are no such bytes.
func (s *Store) Extend(b Blob, n int) (_ Blob, added []byte) {
	old := s.Bytes(b)
	total := len(old) + n
	if total > MaxBlob || total == 0 {
		return b, nil
	}
	if b == 0 || total+blobHeader > len(s.block(b)) {
		grown := s.alloc(total)
		if grown == 0 {
			return b, nil
		}
		copy(s.block(grown)[blobHeader:], old)
		s.Free(b)
		b = grown
	}
	m := s.block(b)
	binary.NativeEndian.PutUint16(m, uint16(total))
	return b, m[blobHeader+len(old) : blobHeader+total]
}

// Truncate cuts the string of b to its first n bytes; a shorter one stays as it
// is. The block keeps its size.
func (s *Store) Truncate(b Blob, n int) {
	if n < len(s.Bytes(b)) {
		binary.NativeEndian.PutUint16(s.block(b), uint16(n))
	}
}

// Set replaces the string of *b with a copy of data.
func (s *Store) Set(b *Blob, data []byte) {
	if len(data) > 0 && *b != 0 {
		if m := s.block(*b); len(data)+blobHeader <= len(m) {
			binary.NativeEndian.PutUint16(m, uint16(len(data)))
			copy(m[blobHeader:], data)
			return
		}
	}
	s.Free(*b)
	*b = s.Put(data)
}

// Free gives the block of b back. Freeing 0 does nothing.
func (s *Store) Free(b Blob) {
	if b == 0 {
		return
	}
	class := int(b>>blobIndexBits) - 1
	c := &s.classes[class]
	c.free = append(c.free, uint32(b&(1<<blobIndexBits-1)))
}
