package security

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// contents finds which of many strings a text contains, with or without regard
// to the case of letters, in one pass. Of each string, the four bytes that fewest
// others have stand for it; where they occur in the text, the whole string is
// compared. A text ends at its first NUL, as strings of C do.
type contents struct {
	number   map[sought]int32 // of the strings
	patterns []pattern
	epoch    uint64   // packet whose text was searched last
	seen     []uint64 // by string: the last packet whose text contained it

	built int                   // strings that the search is prepared for
	short []int32               // strings of less than gramSize bytes
	bits  [gramBits / 64]uint64 // which four bytes stand for any
	grams numberTable           // bucket by the four bytes
	list  [][]int32             // strings by bucket
}

// sought is a string to find.
type sought struct {
	text string
	fold bool // without regard to case
}

const (
	gramSize = 4
	gramBits = 1 << 16 // of the bitmap that most positions of a text stop at
)

// pattern is a string to find; at is where in it the bytes that stand for it
// are.
type pattern struct {
	text   []byte
	folded []byte // in small letters
	fold   bool
	at     int
	list   int32 // of classes that it finds, -1 if none
}

func newContents() *contents { return &contents{number: map[sought]int32{}} }

// pattern returns the number of a string, a new one if needed.
func (c *contents) pattern(text string, fold bool) int32 {
	folded := appendFolded(nil, []byte(text))
	if strings.ToUpper(string(folded)) == string(folded) {
		fold = false // there are no letters
	}
	k := sought{text, fold}
	i, ok := c.number[k]
	if !ok {
		i = int32(len(c.patterns))
		c.number[k] = i
		c.patterns = append(c.patterns, pattern{text: []byte(text), folded: folded, fold: fold, list: -1})
		c.seen = append(c.seen, 0)
	}
	return i
}

// listFor returns the list of a string, a new one if needed.
func (c *contents) listFor(text string, fold bool, newList func() int32) int32 {
	p := &c.patterns[c.pattern(text, fold)]
	if p.list < 0 {
		p.list = newList()
	}
	return p.list
}

// build prepares the search, if there are new strings.
func (c *contents) build() {
	if c.built == len(c.patterns) {
		return
	}
	c.built, c.short, c.bits, c.grams, c.list = len(c.patterns), nil, [gramBits / 64]uint64{}, numberTable{}, nil
	users := map[uint32]int{}
	for i := range c.patterns {
		for at := 0; at+gramSize <= len(c.patterns[i].folded); at++ {
			users[gramAt(c.patterns[i].folded, at)]++
		}
	}
	for i := range c.patterns {
		c.add(int32(i), users)
	}
}

func (c *contents) add(i int32, users map[uint32]int) {
	p := &c.patterns[i]
	if len(p.text) < gramSize {
		c.short = append(c.short, i)
		return
	}
	p.at = 0
	for at := 1; at+gramSize <= len(p.text); at++ {
		if users[gramAt(p.folded, at)] < users[gramAt(p.folded, p.at)] {
			p.at = at
		}
	}
	g := gramAt(p.folded, p.at)
	bit := gramBit(g)
	c.bits[bit/64] |= 1 << (bit % 64)
	b, ok := c.grams.find(uint64(g))
	if !ok {
		b = int32(len(c.list))
		c.list = append(c.list, nil)
		c.grams.put(uint64(g), b)
	}
	c.list[b] = append(c.list[b], i)
}

func gramAt(text []byte, i int) uint32 { return binary.LittleEndian.Uint32(text[i:]) }

// gramBit is the place of four bytes in the bitmap.
func gramBit(g uint32) uint32 { return g * 0x9e3779b1 >> 16 }

// find appends the list of each string that the text of a packet contains.
func (c *contents) find(text []byte, epoch uint64, found []int32) []int32 {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	c.epoch = epoch
	for _, i := range c.short {
		if c.patterns[i].within(text) {
			found = c.note(i, found)
		}
	}
	g := uint32(0)
	for i, b := range text {
		g = g>>8 | uint32(small[b])<<24
		if bit := gramBit(g); c.bits[bit/64]&(1<<(bit%64)) != 0 && i >= gramSize-1 {
			found = c.verify(text, i-gramSize+1, g, found)
		}
	}
	return found
}

// verify compares the strings that four bytes of the text stand for.
func (c *contents) verify(text []byte, at int, g uint32, found []int32) []int32 {
	b, ok := c.grams.find(uint64(g))
	if !ok {
		return found
	}
	for _, i := range c.list[b] {
		if p := &c.patterns[i]; p.at <= at && p.begins(text[at-p.at:]) {
			found = c.note(i, found)
		}
	}
	return found
}

// note notes that the text contains a string.
func (c *contents) note(i int32, found []int32) []int32 {
	if c.seen[i] == c.epoch {
		return found
	}
	c.seen[i] = c.epoch
	if l := c.patterns[i].list; l >= 0 {
		found = append(found, l)
	}
	return found
}

// begins tells whether text begins with the string.
func (p *pattern) begins(text []byte) bool {
	if !p.fold || len(text) < len(p.text) {
		return bytes.HasPrefix(text, p.text)
	}
	for i, b := range p.folded {
		if small[text[i]] != b {
			return false
		}
	}
	return true
}

// within tells whether text contains the string.
func (p *pattern) within(text []byte) bool {
	if !p.fold {
		return bytes.Contains(text, p.text)
	}
	for i := 0; i+len(p.text) <= len(text); i++ {
		if p.begins(text[i:]) {
			return true
		}
	}
	return false
}

// small turns the letters A to Z into a to z.
var small = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()

// appendFolded appends text with the letters A to Z in lower case.
func appendFolded(dst, text []byte) []byte {
	for _, b := range text {
		dst = append(dst, small[b])
	}
	return dst
}
