package filter

// node is one node of the boolean tree: *logic, *negation, *prim or *relation.
type node interface{}

// logic is "left and right", or "left or right".
type logic struct {
	and         bool
	left, right node
}

type negation struct{ of node }

// direction is the src/dst qualifier.
type direction uint8

const (
	dirEither direction = iota // also "src or dst"
	dirSrc
	dirDst
	dirBoth // "src and dst"
)

// primKind names the primitives of the language after their words.
type primKind uint8

const (
	primAbbrev     primKind = iota // a protocol alone
	primHost4                      // v4 under mask
	primHost6                      // v6 under mask6
	primEther                      // mac
	primPort                       // lo..hi
	primProto                      // num
	primProtoChain                 // num
	primBroadcast
	primMulticast
	primOutbound
	primIfindex // num
	primVLAN    // num if hasNum
	primMPLS    // num if hasNum
	primPPPoED
	primPPPoES // num if hasNum
)

// prim is one primitive. Which fields count depends on kind.
type prim struct {
	kind      primKind
	pos       int    // byte offset in the expression, for messages
	proto     *proto // qualifier, nil if none
	dir       direction
	v4, mask  uint32
	v6, mask6 [4]uint32
	mac       [6]byte
	lo, hi    uint32
	num       uint32
	hasNum    bool
}

// relation compares two numbers: left cmp right, or its contrary.
type relation struct {
	pos         int
	cmp         cmpOp
	negate      bool
	left, right *arith
}

type arithKind uint8

const (
	arithConst arithKind = iota
	arithLen             // length on the wire
	arithLoad            // proto[left:size]
	arithOp              // left op right
)

// arith is an unsigned 32-bit number computed from a packet.
type arith struct {
	kind        arithKind
	pos         int
	k           uint32 // arithConst
	proto       *proto // arithLoad
	size        uint32 // arithLoad: 1, 2 or 4
	op          string // arithOp: one of + - * / % & | ^ << >>
	left, right *arith
	inParens    bool
}
