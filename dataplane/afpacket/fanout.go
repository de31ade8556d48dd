package afpacket

// instruction is one of classic BPF (linux/filter.h).
type instruction struct {
	code   uint16
	jt, jf uint8
	k      uint32
}

// Opcodes of classic BPF.
const (
	bpfLoad     = 0x20 // A = 4 bytes at k
	bpfLoadHalf = 0x28 // A = 2 bytes at k
	bpfLoadX    = 0x61 // X = M[k]
	bpfStore    = 0x02 // M[k] = A
	bpfXorX     = 0xac
	bpfAddX     = 0x0c
	bpfMul      = 0x24 // A *= k
	bpfShift    = 0x74 // A >>= k
	bpfJumpEq   = 0x15
	bpfReturn   = 0x06 // k
	bpfReturnA  = 0x16
)

// Where loads of the kernel's BPF go (linux/filter.h).
const (
	fromNetwork  = 0xfff00000 // + offset from the network header
	fromLink     = 0xffe00000 // + offset from the link layer
	skbProtocol  = 0xfffff000 // what the packet is, as an EtherType
	etherTypeIP4 = 0x0800
	etherTypeIP6 = 0x86dd
)

// spread is an odd number that mixes the bits of a hash (2^32 / golden ratio).
const spread = 0x9e3779b1

// limit lets packets through, cut to n bytes; 0 bytes: none.
func limit(n int) []instruction { return []instruction{{bpfReturn, 0, 0, uint32(n)}} }

// pair is two words that stand in the place of each other in packets of the
// two directions.
type pair struct{ a, b uint32 }

// byHosts returns the program of ByHosts: a hash that is the same for both
// directions, because of each pair of address words only the exclusive or goes
// in.
func byHosts() []instruction {
	ip4 := hashPairs([]pair{{fromNetwork + 12, fromNetwork + 16}}, bpfLoad)
	ip6 := hashPairs([]pair{
		{fromNetwork + 8, fromNetwork + 24}, {fromNetwork + 12, fromNetwork + 28},
		{fromNetwork + 16, fromNetwork + 32}, {fromNetwork + 20, fromNetwork + 36},
	}, bpfLoad)
	other := hashPairs([]pair{{fromLink, fromLink + 6}, {fromLink + 2, fromLink + 8}, {fromLink + 4, fromLink + 10}}, bpfLoadHalf)
	code := []instruction{
		{bpfLoad, 0, 0, skbProtocol},
		{bpfJumpEq, 0, uint8(len(ip4)), etherTypeIP4},
	}
	code = append(code, ip4...)
	code = append(code, instruction{bpfJumpEq, 0, uint8(len(ip6)), etherTypeIP6})
	code = append(code, ip6...)
	return append(code, other...)
}

// hashPairs returns a program that ends with the hash of some pairs of words.
func hashPairs(pairs []pair, load uint16) []instruction {
	const word, sum = 0, 1 // cells of scratch memory, which begins as zeros
	code := make([]instruction, 0, 8*len(pairs)+2)
	for i, p := range pairs {
		code = append(code,
			instruction{load, 0, 0, p.a}, instruction{bpfStore, 0, 0, word},
			instruction{load, 0, 0, p.b}, instruction{bpfLoadX, 0, 0, word}, instruction{bpfXorX, 0, 0, 0})
		if i > 0 {
			code = append(code, instruction{bpfLoadX, 0, 0, sum}, instruction{bpfAddX, 0, 0, 0})
		}
		code = append(code, instruction{bpfMul, 0, 0, spread}, instruction{bpfStore, 0, 0, sum})
	}
	// The high bits are the best mixed; the kernel takes the low ones.
	return append(code, instruction{bpfShift, 0, 0, 16}, instruction{bpfReturnA, 0, 0, 0})
}
