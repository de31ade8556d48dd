package pcapfile

import (
	"encoding/binary"
	"math/bits"

	"mmt/dataplane"
)

// Block types of pcapng that matter here. Others are passed over.
const (
	blockSection   = 0x0a0d0d0a // the same in either byte order
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
)

const (
	byteOrderMagic = 0x1a2b3c4d
	minBlock       = 12        // type, length, length again
	maxBlock       = 16 << 20  // larger ones are taken for damage
	maxWhole       = 512 << 10 // blocks that are read in one piece
	maxInterfaces  = 1 << 16   // packets name theirs by 16 bits
)

// ng reads pcapng files. Numbers are in the byte order of the section that they
// stand in.
type ng struct {
	win        *window
	swap       bool
	interfaces []netInterface
	last       int64  // time of the last packet, for packets that have none
	trailer    uint32 // the length that must be repeated behind the block being passed over
}

// readFirstSection makes sure that a pcapng file begins as it should.
func (s *Source) readFirstSection() error {
	f := &ng{win: &s.win}
	s.format = f
	for {
		_, err := f.step(nil)
		if err == errShort {
			err = s.win.more()
			if err == nil {
				continue
			}
		}
		if err != nil {
			return s.explain(err)
		}
		return nil
	}
}

func (f *ng) u16(b []byte) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if f.swap {
		return bits.ReverseBytes16(v)
	}
	return v
}

func (f *ng) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if f.swap {
		return bits.ReverseBytes32(v)
	}
	return v
}

// next reads blocks up to the next packet.
func (f *ng) next(p *dataplane.Packet) error {
	for {
		if isPacket, err := f.step(p); isPacket || err != nil {
			return err
		}
	}
}

// step reads or begins to pass over one block.
func (f *ng) step(p *dataplane.Packet) (isPacket bool, err error) {
	if err := f.endSkip(); err != nil {
		return false, err
	}
	head := f.win.peek(minBlock)
	if head == nil {
		return false, errShort
	}
	kind, total, err := f.blockHead(head)
	if err != nil {
		return false, err
	}
	if !isRead(kind) {
		f.win.skip, f.win.inside, f.trailer = int(total)-4, true, total
		return false, nil
	}
	block := f.win.peek(int(total))
	if block == nil {
		return false, errShort
	}
	if isPacket, err = f.block(kind, block, p); err == nil {
		f.win.pos += len(block)
	}
	return isPacket, err
}

func isRead(kind uint32) bool {
	switch kind {
	case blockSection, blockInterface, blockPacket, blockSimple, blockEnhanced:
		return true
	}
	return false
}

// blockHead reads type and length, after having turned to the byte order of a
// new section.
func (f *ng) blockHead(head []byte) (kind, total uint32, err error) {
	kind = f.u32(head)
	least, most := uint32(minBlock), uint32(maxBlock)
	switch kind {
	case blockSection:
		least, most = 28, maxWhole
		err = f.byteOrder(head)
	case blockInterface:
		least, most = 20, maxWhole
	case blockPacket, blockEnhanced:
		least, most = 32, maxWhole
	case blockSimple:
		least, most = 16, maxWhole
	}
	total = f.u32(head[4:])
	if err == nil {
		err = checkLength(total, least, most)
	}
	return kind, total, err
}

func checkLength(total, least, most uint32) error {
	if total < least || total > most || total%4 != 0 {
		return damagef("block header says %d bytes", total)
	}
	return nil
}

// endSkip compares the length behind a block that was passed over.
func (f *ng) endSkip() error {
	if f.trailer == 0 {
		return nil
	}
	b := f.win.peek(4)
	if b == nil {
		return errShort
	}
	if got := f.u32(b); got != f.trailer {
		return damagef("block length %d before and %d behind the block differ", f.trailer, got)
	}
	f.win.pos += 4
	f.win.inside, f.trailer = false, 0
	return nil
}

// block reads one whole block.
func (f *ng) block(kind uint32, b []byte, p *dataplane.Packet) (isPacket bool, err error) {
	total, again := uint32(len(b)), f.u32(b[len(b)-4:])
	if total != again {
		return false, damagef("block length %d before and %d behind the block differ", total, again)
	}
	switch kind {
	case blockSection:
		return false, f.section(b)
	case blockInterface:
		return false, f.addInterface(b)
	case blockSimple:
		return true, f.simple(b, p)
	case blockPacket:
		return true, f.packet(b, p, uint32(f.u16(b[8:])))
	}
	return true, f.packet(b, p, f.u32(b[8:]))
}

// byteOrder turns to the byte order of the section that begins with b.
func (f *ng) byteOrder(b []byte) error {
	switch binary.LittleEndian.Uint32(b[8:]) {
	case byteOrderMagic:
		f.swap = false
	case bits.ReverseBytes32(byteOrderMagic):
		f.swap = true
	default:
		return damagef("section header without byte order magic: % x", b[8:12])
	}
	return nil
}

func (f *ng) section(b []byte) error {
	if major := f.u16(b[12:]); major != 1 {
		return damagef("version %d.%d of the pcapng format is not supported, only 1.x is", major, f.u16(b[14:]))
	}
	f.interfaces = f.interfaces[:0]
	return nil
}

// packet reads an enhanced or obsolete packet block; both have time, lengths
// and data at the same places.
func (f *ng) packet(b []byte, p *dataplane.Packet, id uint32) error {
	if id >= uint32(len(f.interfaces)) {
		return damagef("packet from interface %d of %d", id, len(f.interfaces))
	}
	captured, wire := f.u32(b[20:]), f.u32(b[24:])
	if captured > maxPacket || int(captured) > len(b)-32 {
		return damagef("packet of %d bytes in a block of %d", captured, len(b))
	}
	in := &f.interfaces[id]
	p.Data = b[28 : 28+captured : 28+captured]
	p.Time = in.time(uint64(f.u32(b[12:]))<<32 | uint64(f.u32(b[16:])))
	p.Len = max(captured, wire)
	p.Link = in.link
	p.Port = uint16(id)
	f.last = p.Time
	return nil
}

// simple reads a packet block without a time; it gets that of the packet before
// it, so that time does not jump. How much was captured is not written down but
// follows from the snapshot length.
func (f *ng) simple(b []byte, p *dataplane.Packet) error {
	if len(f.interfaces) == 0 {
		return damagef("packet without an interface")
	}
	in := &f.interfaces[0]
	wire := f.u32(b[8:])
	captured := min(wire, uint32(len(b)-16))
	if in.snap > 0 {
		captured = min(captured, in.snap)
	}
	if captured > maxPacket {
		return damagef("packet of %d bytes", captured)
	}
	*p = dataplane.Packet{Data: b[12 : 12+captured : 12+captured], Time: f.last, Len: wire, Link: in.link}
	return nil
}

// readOptions calls each for every option in b, up to the end mark.
func (f *ng) readOptions(b []byte, each func(code uint16, value []byte) error) error {
	for len(b) >= 4 {
		code, size := f.u16(b), int(f.u16(b[2:]))
		if code == 0 {
			return nil
		}
		if size > len(b)-4 {
			return damagef("option %d says %d bytes where %d are left", code, size, len(b)-4)
		}
		if err := each(code, b[4:4+size]); err != nil {
			return err
		}
		b = b[min(4+(size+3)&^3, len(b)):]
	}
	return nil
}
