package hosts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// build makes the index of patterns.
func (x *nameIndex) build(patterns map[string]owner) error {
	x.nodes = make([]nameNode, firstNode)
	x.slots = make([]uint32, 1<<10)
	globs := map[uint32][]pattern{}
	apps := map[pattern]uint32{}
	for _, text := range sortedKeys(patterns) {
		p := parsePattern(text)
		node := x.nodeOf(p)
		if p.glob != "" {
			globs[node] = append(globs[node], p)
			apps[p] = patterns[text].app
			continue
		}
		x.nodes[node].app = patterns[text].app
		if patterns[text].alias {
			x.nodes[node].flags |= isAlias
		}
	}
	return x.addGlobs(globs, apps)
}

// nodeOf returns the node of p's suffix, and makes it and those on the way.
func (x *nameIndex) nodeOf(p pattern) uint32 {
	node := uint32(root)
	if p.ending {
		node = anyRoot
	}
	suffix := []byte(p.suffix)
	for end := len(suffix); end > 0; {
		start, hash := hashLabel(suffix, end)
		label := suffix[start:end]
		next := x.child(node, hash, label)
		if next == noNode {
			next = x.addNode(node, edgeHash(node, hash), label)
		}
		node, end = next, start-1
	}
	return node
}

// addNode makes the node that the edge of that hash leads to.
func (x *nameIndex) addNode(parent, hash uint32, label []byte) uint32 {
	number := uint32(len(x.nodes))
	x.nodes = append(x.nodes, nameNode{
		parent: parent, hash: hash, label: uint32(len(x.text)), length: uint8(len(label)),
	})
	x.nodes[parent].flags |= hasChildren
	x.text = append(x.text, label...)
	if len(x.nodes)*2 > len(x.slots) {
		x.grow()
	} else {
		x.place(number)
	}
	return number
}

// grow doubles the hash table.
func (x *nameIndex) grow() {
	x.slots = make([]uint32, 2*len(x.slots))
	for number := firstNode; number < len(x.nodes); number++ {
		x.place(uint32(number))
	}
}

// place puts a node into the first free slot from its hash on.
func (x *nameIndex) place(number uint32) {
	mask := uint32(len(x.slots) - 1)
	i := x.nodes[number].hash & mask
	for x.slots[i] != noNode {
		i = (i + 1) & mask
	}
	x.slots[i] = number
}

// addGlobs gives nodes their globs, those that ask for more letters first.
func (x *nameIndex) addGlobs(globs map[uint32][]pattern, apps map[pattern]uint32) error {
	for node, list := range globs {
		if len(list) >= 1<<16 {
			return fmt.Errorf("hosts: %d patterns of first labels under %q: at most %d", len(list), list[0].suffix, 1<<16-1)
		}
		slices.SortFunc(list, func(a, b pattern) int {
			return cmp.Or(len(b.glob)-len(a.glob), strings.Compare(a.glob, b.glob))
		})
		n := &x.nodes[node]
		n.globs, n.nGlobs = uint32(len(x.globs)), uint16(len(list))
		for _, p := range list {
			head, tail, star := strings.Cut(p.glob, "*")
			g := glob{at: uint32(len(x.text)), app: apps[p], head: uint8(len(head)), tail: uint8(len(tail)), exact: !star}
			if head == "" {
				n.firsts = ^uint32(0)
			} else {
				g.first = head[0]
				n.firsts |= firstBit(g.first)
			}
			x.globs = append(x.globs, g)
			x.text = append(x.text, head+tail...)
		}
	}
	return nil
}
