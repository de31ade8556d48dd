package session

import "bytes"

// blockSize is how many bytes a block holds: a full segment of Ethernet. With
// its header it is 1536 bytes.
const (
	blockSize   = 1524
	blockHeader = 12
)

// block holds bytes that wait for earlier ones.
type block struct {
	next uint32 // block further on, 0: none
	seq  uint32 // position of the first byte
	n    uint32 // bytes held
	data [blockSize]byte
}

func (b *block) end() uint32 { return b.seq + b.n }

// chain is a list of blocks in the order of their positions, which may have
// holes but no overlaps. Positions are those of a TCP stream or of an IP
// datagram; they may wrap around, and compare within 2 GiB of each other.
type chain struct {
	head, tail uint32
	bytes      int // held
	blocks     int
	since      int64 // time when the earliest hole was found, ns
}

// blocks is the memory of chains.
type blocks struct{ slab[block] }

// newBlocks returns room for at most limit bytes of memory.
func newBlocks(limit int) blocks {
	return blocks{slab[block]{limit: uint32(max(limit/(blockSize+blockHeader), 1))}}
}

// memory returns the bytes that are in use.
func (m *blocks) memory() uint64 { return uint64(m.used()) * (blockSize + blockHeader) }

// insert adds data at position seq of a chain. Where bytes are there already,
// they stay: the first copy wins. It returns how many bytes were new, and false
// if memory ended before all were stored.
func (m *blocks) insert(c *chain, seq uint32, data []byte) (fresh int, ok bool) {
	prev, cur := m.place(c, seq)
	for len(data) > 0 {
		room := len(data)
		if cur != 0 {
			b := m.at(cur)
			if covered := int32(b.end() - seq); int32(b.seq-seq) <= 0 {
				n := min(int(covered), len(data))
				seq, data = seq+uint32(n), data[n:]
				prev, cur = cur, b.next
				continue
			}
			room = min(room, int(b.seq-seq))
		}
		if prev = m.put(c, prev, seq, data[:room]); prev == 0 {
			return fresh, false
		}
		fresh += room
		seq, data = seq+uint32(room), data[room:]
	}
	return fresh, true
}

// place returns the block after which position seq belongs, 0 if before all,
// and the first block that ends beyond seq, 0 if none.
func (m *blocks) place(c *chain, seq uint32) (prev, cur uint32) {
	if c.tail != 0 && int32(m.at(c.tail).end()-seq) <= 0 {
		return c.tail, 0
	}
	for cur = c.head; cur != 0; cur = m.at(cur).next {
		if int32(m.at(cur).end()-seq) > 0 {
			break
		}
		prev = cur
	}
	return prev, cur
}

// put stores data, which overlaps nothing, behind block prev. It returns the
// last block that holds it, 0 if there is no memory.
func (m *blocks) put(c *chain, prev, seq uint32, data []byte) uint32 {
	c.bytes += len(data)
	if prev != 0 {
		if b := m.at(prev); b.end() == seq && b.n < blockSize {
			n := copy(b.data[b.n:], data)
			b.n += uint32(n)
			seq, data = seq+uint32(n), data[n:]
		}
	}
	for len(data) > 0 {
		i := m.take()
		if i == 0 {
			c.bytes -= len(data)
			return 0
		}
		b := m.at(i)
		b.seq, b.n = seq, uint32(copy(b.data[:], data))
		seq, data = b.end(), data[b.n:]
		m.link(c, prev, i)
		prev = i
	}
	return prev
}

// link puts block i behind block prev, or first if prev is 0.
func (m *blocks) link(c *chain, prev, i uint32) {
	b := m.at(i)
	if prev == 0 {
		b.next, c.head = c.head, i
	} else {
		before := m.at(prev)
		b.next, before.next = before.next, i
	}
	if b.next == 0 {
		c.tail = i
	}
	c.blocks++
}

// drain appends to dst what the chain holds from position next on without a
// hole, and frees it.
func (m *blocks) drain(c *chain, next uint32, dst []byte) []byte {
	for c.head != 0 {
		b := m.at(c.head)
		skip := int32(next - b.seq)
		if skip < 0 {
			break
		}
		if skip < int32(b.n) {
			dst = append(dst, b.data[skip:b.n]...)
			next = b.end()
		}
		m.dropHead(c)
	}
	return dst
}

// dropHead frees the first block of a chain.
func (m *blocks) dropHead(c *chain) {
	i := c.head
	b := m.at(i)
	c.head = b.next
	if c.head == 0 {
		c.tail = 0
	}
	c.bytes -= int(b.n)
	c.blocks--
	m.slab.put(i)
}

// clear frees all blocks of a chain.
func (m *blocks) clear(c *chain) {
	for c.head != 0 {
		m.dropHead(c)
	}
}

// holds tells whether the chain holds exactly data at position seq.
func (m *blocks) holds(c *chain, seq uint32, data []byte) bool {
	for cur := c.head; cur != 0 && len(data) > 0; cur = m.at(cur).next {
		b := m.at(cur)
		skip := int32(seq - b.seq)
		if skip < 0 || skip >= int32(b.n) {
			continue
		}
		n := min(len(data), int(b.n)-int(skip))
		if !bytes.Equal(b.data[skip:int(skip)+n], data[:n]) {
			return false
		}
		seq, data = seq+uint32(n), data[n:]
	}
	return len(data) == 0
}
