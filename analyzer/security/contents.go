package security

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// contents finds which of many strings a text contains. Of each string, the
// four bytes that fewest others have stand for it; where they occur in the text,
// the whole string is compared. A text ends at its first NUL, as strings of C do.
type contents struct {
	patterns map[string]int32 // list by pattern
	short    []pattern        // of less than gramSize bytes
	seen     [gramBits / 64]uint64
	grams    numberTable // bucket by the four bytes
	buckets  [][]pattern
	built    int // patterns that the search is prepared for
}

const (
	gramSize = 4
	gramBits = 1 << 16 // of the bitmap that most positions of a text stop at
)

// pattern is a string to find; at is where in it the bytes that stand for it
// are.
type pattern struct {
	text []byte
	at   int
	list int32
}

func newContents() *contents { return &contents{patterns: map[string]int32{}} }

// listFor returns the list of a pattern, a new one if needed.
func (c *contents) listFor(text string, newList func() int32) int32 {
	l, ok := c.patterns[text]
	if !ok {
		l = newList()
		c.patterns[text] = l
	}
	return l
}

// build prepares the search, if there are new patterns.
func (c *contents) build() {
	if c.built == len(c.patterns) {
		return
	}
	*c = contents{patterns: c.patterns, built: len(c.patterns)}
	texts := make([]string, 0, len(c.patterns))
	for text := range c.patterns {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	users := map[uint32]int{}
	for _, text := range texts {
		for i := 0; i+gramSize <= len(text); i++ {
			users[gramAt([]byte(text), i)]++
		}
	}
	for _, text := range texts {
		c.add(pattern{text: []byte(text), list: c.patterns[text]}, users)
	}
}

func (c *contents) add(p pattern, users map[uint32]int) {
	if len(p.text) < gramSize {
		c.short = append(c.short, p)
		return
	}
	for i := 1; i+gramSize <= len(p.text); i++ {
		if users[gramAt(p.text, i)] < users[gramAt(p.text, p.at)] {
			p.at = i
		}
	}
	g := gramAt(p.text, p.at)
	bit := gramBit(g)
	c.seen[bit/64] |= 1 << (bit % 64)
	b, ok := c.grams.find(uint64(g))
	if !ok {
		b = int32(len(c.buckets))
		c.buckets = append(c.buckets, nil)
		c.grams.put(uint64(g), b)
	}
	c.buckets[b] = append(c.buckets[b], p)
}

func gramAt(text []byte, i int) uint32 { return binary.LittleEndian.Uint32(text[i:]) }

// gramBit is the place of four bytes in the bitmap.
func gramBit(g uint32) uint32 { return g * 0x9e3779b1 >> 16 }

// find appends the list of each pattern that text contains, possibly more than
// once.
func (c *contents) find(text []byte, found []int32) []int32 {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	for i := range c.short {
		if bytes.Contains(text, c.short[i].text) {
			found = append(found, c.short[i].list)
		}
	}
	for i := 0; i+gramSize <= len(text); i++ {
		g := gramAt(text, i)
		if bit := gramBit(g); c.seen[bit/64]&(1<<(bit%64)) != 0 {
			found = c.verify(text, i, g, found)
		}
	}
	return found
}

// verify compares the patterns that four bytes of the text stand for.
func (c *contents) verify(text []byte, i int, g uint32, found []int32) []int32 {
	b, ok := c.grams.find(uint64(g))
	if !ok {
		return found
	}
	for j := range c.buckets[b] {
		p := &c.buckets[b][j]
		if p.at <= i && bytes.HasPrefix(text[i-p.at:], p.text) {
			found = append(found, p.list)
		}
	}
	return found
}

// appendFolded appends text with the letters A to Z in lower case.
func appendFolded(dst, text []byte) []byte {
	for _, b := range text {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		dst = append(dst, b)
	}
	return dst
}
