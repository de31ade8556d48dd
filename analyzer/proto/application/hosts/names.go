package hosts

import (
	"bytes"
	"math/bits"
)

// nameIndex is a trie of labels from the right, its edges in one hash table: no
// pointers, two cache lines a label. Node root holds patterns that end as
// written, node anyRoot those that end in a public ending (example.*).
type nameIndex struct {
	slots []uint32 // by edge hash: node number, 0 for none; a power of two long
	nodes []nameNode
	globs []glob
	text  []byte // labels of nodes and parts of globs
}

const (
	noNode = iota // number 0 means "no node"
	root
	anyRoot
	firstNode
)

type nameNode struct {
	parent uint32
	hash   uint32
	label  uint32 // offset in text
	app    uint32 // 0 if no pattern ends here
	globs  uint32 // first of its globs
	firsts uint32 // firstBit of the first bytes of its globs, 0 if it has none
	nGlobs uint16
	length uint8 // of the label
	flags  uint8
}

const (
	hasChildren = 1 << iota
	isAlias
)

// glob is a pattern of a first label: head*tail, or head alone if exact.
type glob struct {
	at         uint32 // head, then tail, in text
	app        uint32
	head, tail uint8
	exact      bool
	first      byte // of head, 0 if it has none
}

var dot = []byte{'.'}

// match is the most specific pattern found so far: where in the name its suffix
// starts, less is better.
type match struct {
	start int
	app   uint32
	alias bool
}

func (x *nameIndex) lookup(host []byte) uint32 {
	m := x.longest(host)
	if m.alias && m.start > 1 {
		if inner := x.longest(host[:m.start-1]); inner.app != 0 {
			return inner.app
		}
	}
	if m.app == 0 {
		return x.firstLabel(host)
	}
	return m.app
}

// longest returns the longest match among patterns with a suffix. It reads the
// labels from the right and goes down from root and, once the public ending is
// behind, from anyRoot at the same time.
func (x *nameIndex) longest(host []byte) match {
	if len(host) == 0 || len(host) > 255 {
		return match{}
	}
	var exact, open match
	ending := beforeEnding(host)
	inExact, inOpen := uint32(root), uint32(noNode)
	for end := len(host); ; {
		if end == ending {
			inOpen = anyRoot
		}
		start, hash := hashLabel(host, end)
		if inExact != noNode {
			inExact = x.step(inExact, hash, host, start, end, &exact)
		}
		if inOpen != noNode {
			inOpen = x.step(inOpen, hash, host, start, end, &open)
		}
		end = start - 1
		if end < 0 || inExact == noNode && inOpen == noNode && end < ending {
			break
		}
	}
	if open.app != 0 && (exact.app == 0 || open.start < exact.start) {
		return open
	}
	return exact
}

// step goes from node along the label host[start:end]. It notes in m what
// matches there and returns where to go on, noNode if nothing is below.
func (x *nameIndex) step(node uint32, hash uint64, host []byte, start, end int, m *match) uint32 {
	node = x.child(node, hash, host[start:end])
	if node == noNode {
		return noNode
	}
	n := &x.nodes[node]
	if n.app != 0 {
		*m = match{start, n.app, n.flags&isAlias != 0}
	}
	if start > 0 && n.firsts&firstBit(host[0]) != 0 {
		if app := x.glob(n, host); app != 0 {
			*m = match{start, app, false}
		}
	}
	if n.flags&hasChildren == 0 {
		return noNode
	}
	return node
}

// firstLabel tries the patterns without a suffix.
func (x *nameIndex) firstLabel(host []byte) uint32 {
	n := &x.nodes[root]
	if len(host) == 0 || len(host) > 255 || n.firsts&firstBit(host[0]) == 0 || bytes.Count(host, dot) < 2 {
		return 0
	}
	return x.glob(n, host)
}

// glob returns the application of the first glob of n that the first label of
// host matches.
func (x *nameIndex) glob(n *nameNode, host []byte) uint32 {
	length := bytes.IndexByte(host, '.')
	if length < 1 {
		return 0
	}
	label, first := host[:length], lower(host[0])
	globs := x.globs[n.globs : n.globs+uint32(n.nGlobs)]
	for i := range globs {
		g := &globs[i]
		if g.first != first && g.first != 0 {
			continue
		}
		head, tail := int(g.head), int(g.tail)
		if len(label) < head+tail || g.exact && len(label) != head {
			continue
		}
		text := x.text[g.at : int(g.at)+head+tail]
		if equalFold(text[:head], label[:head]) && equalFold(text[head:], label[len(label)-tail:]) {
			return g.app
		}
	}
	return 0
}

// child returns the node that a label with that hash leads to from node.
func (x *nameIndex) child(node uint32, hash uint64, label []byte) uint32 {
	edge := edgeHash(node, hash)
	mask := uint32(len(x.slots) - 1)
	for i := edge & mask; ; i = (i + 1) & mask {
		next := x.slots[i]
		if next == noNode {
			return noNode
		}
		n := &x.nodes[next]
		if n.hash == edge && n.parent == node && int(n.length) == len(label) &&
			equalFold(x.text[n.label:int(n.label)+len(label)], label) {
			return next
		}
	}
}

// hashLabel hashes the label of host that ends before end and returns where it
// starts. Upper case hashes as lower. The mixing is left to edgeHash: a multiply
// a byte would take longer than all the rest.
func hashLabel(host []byte, end int) (start int, hash uint64) {
	for start = end; start > 0 && host[start-1] != '.'; start-- {
		hash = bits.RotateLeft64(hash, 5) ^ uint64(host[start-1]|0x20)
	}
	return start, hash
}

// edgeHash hashes the way from a node along a label.
func edgeHash(node uint32, label uint64) uint32 {
	h := (label ^ uint64(node)<<32) * 0x9e3779b97f4a7c15
	return uint32(h>>32) ^ uint32(h>>52)
}

func lower(c byte) byte {
	if c-'A' < 26 {
		return c | 0x20
	}
	return c
}

// firstBit is a bit for a byte, the same for both cases of a letter.
func firstBit(c byte) uint32 { return 1 << (c & 31) }

// equalFold tells whether b is a in any case; a is in lower case and as long.
func equalFold(a, b []byte) bool {
	if bytes.Equal(a, b) { // nearly always, where it is called
		return true
	}
	for i := range a {
		if a[i] != lower(b[i]) {
			return false
		}
	}
	return true
}

// trim removes a port and a dot at the end.
func trim(host []byte) []byte {
	end := len(host)
	for end > 0 && host[end-1]-'0' < 10 {
		end--
	}
	if end > 0 && host[end-1] == ':' {
		host = host[:end-1]
	}
	if n := len(host); n > 0 && host[n-1] == '.' {
		host = host[:n-1]
	}
	return host
}

// beforeEnding returns where the dot before the public ending of host is: before
// the last label, or before a second-level label as in co.uk; -1 if host is one
// label.
func beforeEnding(host []byte) int {
	dot := lastDot(host, len(host))
	if dot > 0 && len(host)-dot-1 == 2 {
		if second := lastDot(host, dot); second > 0 && isSecondLevel(host[second+1:dot]) {
			return second
		}
	}
	return dot
}

func lastDot(host []byte, end int) int {
	for i := end - 1; i >= 0; i-- {
		if host[i] == '.' {
			return i
		}
	}
	return -1
}

func isSecondLevel(label []byte) bool {
	switch len(label) {
	case 2:
		two := [2]byte{lower(label[0]), lower(label[1])}
		return two == [2]byte{'c', 'o'} || two == [2]byte{'o', 'r'} || two == [2]byte{'n', 'e'}
	case 3:
		three := [3]byte{lower(label[0]), lower(label[1]), lower(label[2])}
		return three == [3]byte{'c', 'o', 'm'} || three == [3]byte{'n', 'e', 't'} || three == [3]byte{'o', 'r', 'g'}
	}
	return false
}
