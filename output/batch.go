package output

// A batch that used much memory once gives it back when it is used little.
const (
	largeBatch  = 8 << 20 // bytes
	littleUsage = 4       // less than one fourth
)

// Batch is a list of lines in one piece of memory, which is used again.
type Batch struct {
	buf  []byte
	ends []int // where in buf each line ends, after its line end
}

// Add appends a line, given without line end.
func (b *Batch) Add(line []byte) {
	b.buf = append(b.buf, line...)
	b.buf = append(b.buf, '\n')
	b.ends = append(b.ends, len(b.buf))
}

// addLines appends lines from to to-1 of other.
func (b *Batch) addLines(other *Batch, from, to int) {
	shift := len(b.buf) - other.end(from)
	b.buf = append(b.buf, other.buf[other.end(from):other.end(to)]...)
	for _, end := range other.ends[from:to] {
		b.ends = append(b.ends, end+shift)
	}
}

// Len is the number of lines.
func (b *Batch) Len() int { return len(b.ends) }

// Bytes returns all lines, each with a line end. Valid until the next change.
func (b *Batch) Bytes() []byte { return b.buf }

// Line returns line i, from 0, without line end. Valid until the next change.
func (b *Batch) Line(i int) []byte { return b.buf[b.end(i) : b.ends[i]-1] }

// end returns the length in bytes of the first n lines.
func (b *Batch) end(n int) int {
	if n == 0 {
		return 0
	}
	return b.ends[n-1]
}

// linesIn returns how many lines are wholly in the first n bytes.
func (b *Batch) linesIn(n int) int {
	lines := 0
	for lines < len(b.ends) && b.ends[lines] <= n {
		lines++
	}
	return lines
}

// drop removes the first n lines.
func (b *Batch) drop(n int) {
	if n == len(b.ends) {
		b.reset()
		return
	}
	start := b.end(n)
	b.buf = b.buf[:copy(b.buf, b.buf[start:])]
	b.ends = b.ends[:copy(b.ends, b.ends[n:])]
	for i := range b.ends {
		b.ends[i] -= start
	}
}

func (b *Batch) reset() {
	if cap(b.buf) > largeBatch && len(b.buf) < cap(b.buf)/littleUsage {
		*b = Batch{}
	}
	b.buf, b.ends = b.buf[:0], b.ends[:0]
}
