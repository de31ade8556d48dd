package dpi

import (
	"fmt"
	"slices"
)

// maxCandidates is how many classifiers one parent can have.
const maxCandidates = 512

// candidateSet is a set of classifiers of one parent by their place in the
// order of asking.
type candidateSet [maxCandidates / 64]uint64

func (s *candidateSet) add(i int) { s[i>>6] |= 1 << (i & 63) }

func (s *candidateSet) has(i int) bool { return s[i>>6]&(1<<(i&63)) != 0 }

// candidates holds the classifiers of one parent in the order in which they
// are asked.
type candidates struct {
	list   []Classifier
	byPort map[uint16][]uint16 // indices into list
	always candidateSet        // those not limited to ports
	// ports says with one bit whether byPort has an entry, which spares most
	// flows the map.
	ports [65536 / 64]uint64
}

// build sorts the list by weight, keeping the order of registration among
// equals, and makes the index by port.
func (c *candidates) build() error {
	if len(c.list) > maxCandidates {
		return fmt.Errorf("%d classifiers are more than %d", len(c.list), maxCandidates)
	}
	slices.SortStableFunc(c.list, func(a, b Classifier) int { return b.Weight - a.Weight })
	c.byPort = map[uint16][]uint16{}
	for i := range c.list {
		for _, port := range c.list[i].Ports {
			c.byPort[port] = append(c.byPort[port], uint16(i))
			c.ports[port>>6] |= 1 << (port & 63)
		}
		if !c.list[i].Only {
			c.always.add(i)
		}
	}
	return nil
}

// forPort returns the classifiers that are asked first on a port.
func (c *candidates) forPort(port uint16) []uint16 {
	if c.ports[port>>6]&(1<<(port&63)) == 0 {
		return nil
	}
	return c.byPort[port]
}
