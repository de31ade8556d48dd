package filter

import "encoding/binary"

// opcode is what one instruction does. Tests jump; the others go on at jt.
type opcode uint8

const (
	opTest8    opcode = iota // compare the byte at off, under mask, with k
	opTest16                 // the same for two bytes in network order
	opTest32                 // the same for four
	opPast8                  // as opTest8, off counted from the end of the IPv4 header at hdr
	opPast16                 // as opTest16
	opPast32                 // as opTest32
	opChain                  // does the header chain that starts at off hold protocol k
	opCmp                    // compare r[dst] with r[src]
	opConst                  // r[dst] = k
	opLen                    // r[dst] = length on the wire
	opLoad                   // r[dst] = size bytes at off + r[src]
	opLoadPast               // the same, off counted from the end of the IPv4 header at hdr
	opALU                    // r[dst] = r[dst] alu r[src]
)

type cmpOp uint8

const (
	cmpEQ cmpOp = iota
	cmpGT
	cmpGE
)

type aluOp uint8

const (
	aluAdd aluOp = iota
	aluSub
	aluMul
	aluDiv
	aluMod
	aluAnd
	aluOr
	aluXor
	aluLsh
	aluRsh
)

// registers bounds how deep an arithmetic expression may nest to the right.
const registers = 16

// Where a program ends.
const (
	pcReject int32 = iota
	pcAccept
	pcFirst // the first real instruction
)

// instr is one instruction. Jumps go to lower positions only.
type instr struct {
	op       opcode
	cmp      cmpOp
	alu      aluOp
	size     uint8
	dst, src uint8
	v6       bool   // opChain: the chain of an IPv6 header
	off, hdr uint32 // byte offsets in the packet
	mask, k  uint32
	jt, jf   int32
}

// Program is a compiled filter for one link type. It does not change when it
// runs and may be shared by goroutines.
type Program struct {
	code  []instr
	entry int32
}

// Match reports whether the filter lets a packet through. data are the captured
// bytes from the link layer on, wireLen the length of the packet on the wire
// ("len", "less" and "greater" mean the latter).
func (p *Program) Match(data []byte, wireLen uint32) bool {
	if p.entry < pcFirst {
		return p.entry == pcAccept
	}
	var r [registers]uint32
	pc := p.entry
	for pc >= pcFirst {
		in := &p.code[pc]
		var v uint32
		ok, hit := true, true
		switch in.op {
		case opTest8, opTest16, opTest32:
			v, ok = load(data, uint64(in.off), in.op-opTest8)
			hit = compare(in.cmp, v&in.mask, in.k)
		case opPast8, opPast16, opPast32:
			v, ok = loadPast(data, in, 0, in.op-opPast8)
			hit = compare(in.cmp, v&in.mask, in.k)
		case opChain:
			hit, ok = inChain(data, in)
		case opCmp:
			hit = compare(in.cmp, r[in.dst%registers], r[in.src%registers])
		case opConst:
			r[in.dst%registers] = in.k
		case opLen:
			r[in.dst%registers] = wireLen
		case opLoad:
			v, ok = load(data, uint64(in.off)+uint64(r[in.src%registers]), opcode(in.size))
			r[in.dst%registers] = v
		case opLoadPast:
			v, ok = loadPast(data, in, r[in.src%registers], opcode(in.size))
			r[in.dst%registers] = v
		case opALU:
			v, ok = compute(in.alu, r[in.dst%registers], r[in.src%registers])
			r[in.dst%registers] = v
		}
		switch {
		case !ok:
			return false
		case hit:
			pc = in.jt
		default:
			pc = in.jf
		}
	}
	return pc == pcAccept
}

// load reads 1<<width bytes in network order; ok is false where they were not
// captured.
func load(data []byte, off uint64, width opcode) (v uint32, ok bool) {
	n := uint64(len(data))
	switch width {
	case 0:
		if off < n {
			return uint32(data[off]), true
		}
	case 1:
		if off+2 <= n {
			return uint32(binary.BigEndian.Uint16(data[off:])), true
		}
	default:
		if off+4 <= n {
			return binary.BigEndian.Uint32(data[off:]), true
		}
	}
	return 0, false
}

// loadPast reads behind the IPv4 header at in.hdr, whose length its first byte
// tells in units of four bytes (RFC 791 section 3.1).
func loadPast(data []byte, in *instr, index uint32, width opcode) (v uint32, ok bool) {
	first, ok := load(data, uint64(in.hdr), 0)
	if !ok {
		return 0, false
	}
	return load(data, uint64(in.off)+uint64(index)+uint64(4*(first&0x0f)), width)
}

func compare(op cmpOp, a, b uint32) bool {
	switch op {
	case cmpEQ:
		return a == b
	case cmpGT:
		return a > b
	}
	return a >= b
}

// compute does one operation on unsigned 32-bit numbers; ok is false for a
// division by zero. Shifts by more than 31 bits give zero.
func compute(op aluOp, a, b uint32) (v uint32, ok bool) {
	switch op {
	case aluAdd:
		return a + b, true
	case aluSub:
		return a - b, true
	case aluMul:
		return a * b, true
	case aluAnd:
		return a & b, true
	case aluOr:
		return a | b, true
	case aluXor:
		return a ^ b, true
	case aluLsh:
		return a << b, true
	case aluRsh:
		return a >> b, true
	}
	if b == 0 {
		return 0, false
	}
	if op == aluDiv {
		return a / b, true
	}
	return a % b, true
}

// inChain walks the extension headers behind the IP header at in.hdr and
// reports whether one of them, or the payload, is protocol in.k. Each step goes
// at least eight bytes further, so the end of the packet ends the walk.
func inChain(data []byte, in *instr) (hit, ok bool) {
	next, at, ok := chainStart(data, in)
	for ok && next != in.k && followed(next, in.v6) {
		var size uint32
		if size, ok = load(data, at+1, 0); !ok {
			break
		}
		step := 8 * (uint64(size) + 1)
		if next == protoAH {
			step = 4 * (uint64(size) + 2) // RFC 4302 section 2.2 counts 32-bit words less two
		}
		next, ok = load(data, at, 0)
		at += step
	}
	return next == in.k, ok
}

// chainStart returns the first protocol number behind an IP header, and where
// its header begins.
func chainStart(data []byte, in *instr) (next uint32, at uint64, ok bool) {
	hdr := uint64(in.hdr)
	if in.v6 {
		next, ok = load(data, hdr+6, 0)
		return next, hdr + 40, ok
	}
	first, _ := load(data, hdr, 0)
	next, ok = load(data, hdr+9, 0)
	return next, hdr + uint64(4*(first&0x0f)), ok
}

// followed tells the headers that a chain leads through: the authentication
// header, and over IPv6 hop-by-hop options, routing, fragment and destination
// options (RFC 8200 section 4.1). The fragment header's second byte is zero,
// which is right for its eight bytes.
func followed(next uint32, v6 bool) bool {
	switch next {
	case protoAH:
		return true
	case 0, 43, protoFrag, 60:
		return v6
	}
	return false
}
