package session

import (
	"encoding/binary"
	"math/bits"

	"mmt/analyzer/dpi"
)

// Limits of IP defragmentation besides the configured memory.
const (
	fragmentLife      = int64(30e9) // ns that a datagram is waited for (RFC 791: 15 s, RFC 8200: 60 s)
	maxDatagrams      = 4096        // that are waited for at a time
	maxDatagramBlocks = 128         // blocks of one datagram; only tiny fragments need more than 45
	portSlots         = 4096        // datagrams whose ports are remembered; a power of two
)

// fragments puts IP datagrams together and remembers the ports of fragmented
// ones. Of bytes that two fragments of an IPv4 datagram hold, those stay that
// came first; an IPv6 datagram with overlapping fragments is dropped (RFC 5722),
// but for copies of a fragment.
type fragments struct {
	blocks         blocks
	datagrams      slab[datagram]
	index          index
	oldest, newest uint32
	ports          []portSlot
	seed           uint64
	held           uint64 // the latest packet that waits for others
	header         []byte // of the datagram that is complete, as it was
	buffer         []byte // its payload
	stats          FragmentStats
}

// FragmentStats counts what IP defragmentation did.
type FragmentStats struct {
	Fragments uint64 // taken
	Datagrams uint64 // completed
	Expired   uint64 // datagrams that were not completed in time
	Evicted   uint64 // datagrams dropped for lack of memory
	Overlaps  uint64 // fragments with bytes that were there already
	Invalid   uint64 // fragments that cannot be of a datagram, or of one that was dropped
	Cut       uint64 // fragments that the capture cut
	Memory    uint64 // bytes of memory that wait now
}

func (s *FragmentStats) add(o *FragmentStats) {
	s.Fragments += o.Fragments
	s.Datagrams += o.Datagrams
	s.Expired += o.Expired
	s.Evicted += o.Evicted
	s.Overlaps += o.Overlaps
	s.Invalid += o.Invalid
	s.Cut += o.Cut
	s.Memory += o.Memory
}

// datagram is one that is waited for.
type datagram struct {
	key          uint64
	parts        chain
	started      int64 // by the table's clock, ns
	older, newer uint32
	total        int // length of the payload, -1 while not known
	bad          bool
}

// portSlot remembers the ports of a fragmented datagram.
type portSlot struct {
	key      uint64
	at       int64 // by the table's clock, ns
	src, dst uint16
	proto    uint8
}

func (f *fragments) init(config Config, seed uint64) {
	f.blocks = newBlocks(config.FragmentMemory)
	f.datagrams.limit = maxDatagrams
	f.seed = seed
}

// key hashes what identifies a datagram (RFC 791 section 3.2, RFC 8200 section
// 4.5). The seed makes collisions a matter of chance.
func (f *fragments) key(tuple *dpi.Tuple, id uint32) uint64 {
	k := uint64(id)
	if !tuple.V6 {
		k |= uint64(tuple.Proto) << 32
	}
	src, dst := hashEnd(&tuple.Src, 0, f.seed), hashEnd(&tuple.Dst, 1, f.seed)
	high, low := bits.Mul64(src+k, dst^f.seed|1)
	high2, low2 := bits.Mul64(dst+k, src^f.seed|1)
	return high ^ low ^ bits.RotateLeft64(high2^low2, 32)
}

// resolve gives a fragment the ports of its datagram, as far as they are known,
// and notes those of a first fragment. It returns false for a fragment that
// waits for others while they are not known.
func (f *fragments) resolve(p *dpi.Packet, tuple *dpi.Tuple, now int64) bool {
	var x fragment
	if !x.read(p, tuple) {
		return true
	}
	key := f.key(tuple, x.id)
	if tuple.Transport != 0 {
		f.note(key, portSlot{key, now, tuple.SrcPort, tuple.DstPort, tuple.Proto})
		return true
	}
	if !hasPorts(tuple.Proto) {
		return true
	}
	if f.ports != nil {
		if s := &f.ports[key%portSlots]; s.key == key && now-s.at <= fragmentLife {
			tuple.SrcPort, tuple.DstPort, tuple.Proto = s.src, s.dst, s.proto
			return true
		}
	}
	return f.held != p.Index
}

// note remembers the ports of a datagram.
func (f *fragments) note(key uint64, slot portSlot) {
	if f.ports == nil {
		f.ports = make([]portSlot, portSlots)
	}
	f.ports[key%portSlots] = slot
}

// Defragment takes the fragment that the packet's innermost IP layer is. When it
// completes its datagram, the datagram takes its place in the packet, with a
// header that says so, and the header as it was is returned, valid until the
// next call. Otherwise held tells whether the fragment waits for others; one that
// cannot be used does not.
func (t *Table) Defragment(p *dpi.Packet) (header []byte, held bool) {
	f := &t.fragments
	tuples := p.Tuples()
	tuple := &tuples[len(tuples)-1]
	now := t.clock.advance(p.Time)
	var x fragment
	if !x.read(p, tuple) || !f.accept(&x) {
		return nil, false
	}
	f.expire(now)
	key := f.key(tuple, x.id)
	if x.off == 0 && len(x.data) >= 4 && startsWithPorts(tuple.Proto) {
		f.note(key, portSlot{key, now, binary.BigEndian.Uint16(x.data), binary.BigEndian.Uint16(x.data[2:]), tuple.Proto})
	}
	i := f.datagramOf(key, now)
	if !f.add(f.datagrams.at(i), &x, tuple.V6) {
		f.held = p.Index
		return nil, true
	}
	f.stats.Datagrams++
	f.buffer = f.blocks.drain(&f.datagrams.at(i).parts, 0, f.buffer[:0])
	f.drop(i)
	f.put(p, &x, tuple.V6)
	return f.header, false
}

// accept counts a fragment and tells whether it can be used.
func (f *fragments) accept(x *fragment) bool {
	f.stats.Fragments++
	switch {
	case !x.whole:
		f.stats.Cut++
	case !x.isValid():
		f.stats.Invalid++
	default:
		return true
	}
	return false
}

// put makes the packet hold the completed datagram.
func (f *fragments) put(p *dpi.Packet, x *fragment, v6 bool) {
	f.header = append(f.header[:0], p.Data[x.ip:x.at]...)
	p.Replace(x.at, f.buffer)
	length := len(p.Data) - x.ip
	if v6 {
		binary.BigEndian.PutUint16(p.Data[x.ip+4:], uint16(length-ipv6Header))
		binary.BigEndian.PutUint16(p.Data[x.field:], 0)
		return
	}
	binary.BigEndian.PutUint16(p.Data[x.ip+2:], uint16(length))
	p.Data[x.field] &= 0x40
	p.Data[x.field+1] = 0
}

// datagramOf returns the datagram of a key and makes it if there is none.
func (f *fragments) datagramOf(key uint64, now int64) uint32 {
	if f.index.words == nil {
		f.index = newIndex(maxDatagrams)
	}
	hash := uint32(key)
	for i := hash & f.index.mask; f.index.words[i] != 0; i = (i + 1) & f.index.mask {
		if slot := uint32(f.index.words[i]); f.datagrams.at(slot).key == key {
			return slot
		}
	}
	i := f.datagrams.take()
	if i == 0 {
		f.evict()
		i = f.datagrams.take()
	}
	*f.datagrams.at(i) = datagram{key: key, started: now, older: f.newest, total: -1}
	if f.newest != 0 {
		f.datagrams.at(f.newest).newer = i
	} else {
		f.oldest = i
	}
	f.newest = i
	f.index.insert(hash, i)
	return i
}

// add adds a fragment to its datagram and tells whether that is complete.
func (f *fragments) add(d *datagram, x *fragment, v6 bool) bool {
	if d.bad || !d.fits(f, x) {
		f.stats.Invalid++
		return false
	}
	off := uint32(x.off)
	fresh, ok := f.blocks.insert(&d.parts, off, x.data)
	for !ok && f.datagrams.at(f.oldest) != d {
		f.evict()
		var more int
		more, ok = f.blocks.insert(&d.parts, off, x.data)
		fresh += more
	}
	if fresh < len(x.data) && ok {
		f.stats.Overlaps++
		d.bad = v6 && !(fresh == 0 && f.blocks.holds(&d.parts, off, x.data))
	}
	if !ok || d.parts.blocks > maxDatagramBlocks {
		f.stats.Evicted++
		d.bad = true
	}
	if d.bad {
		f.blocks.clear(&d.parts)
	}
	return d.parts.bytes == d.total
}

// fits tells whether a fragment lies within its datagram; a last fragment tells
// the datagram's length.
func (d *datagram) fits(f *fragments, x *fragment) bool {
	end := x.off + len(x.data)
	if d.total >= 0 {
		return end <= d.total && (x.more || end == d.total)
	}
	if !x.more {
		if d.parts.tail != 0 && int(f.blocks.at(d.parts.tail).end()) > end {
			return false
		}
		d.total = end
	}
	return true
}

// expire drops the datagrams that were waited for too long.
func (f *fragments) expire(now int64) {
	for f.oldest != 0 && now-f.datagrams.at(f.oldest).started >= fragmentLife {
		if !f.datagrams.at(f.oldest).bad {
			f.stats.Expired++
		}
		f.drop(f.oldest)
	}
}

// evict drops the oldest datagram to make room.
func (f *fragments) evict() {
	f.stats.Evicted++
	f.drop(f.oldest)
}

// drop forgets a datagram.
func (f *fragments) drop(i uint32) {
	d := f.datagrams.at(i)
	f.blocks.clear(&d.parts)
	f.index.remove(uint32(d.key), i)
	if d.older != 0 {
		f.datagrams.at(d.older).newer = d.newer
	} else {
		f.oldest = d.newer
	}
	if d.newer != 0 {
		f.datagrams.at(d.newer).older = d.older
	} else {
		f.newest = d.older
	}
	f.datagrams.put(i)
}
