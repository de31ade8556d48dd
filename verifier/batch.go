package verifier

import (
	"mmt/analyzer/security"
	"mmt/verifier/wire"
)

// batchSize is how many bytes of messages are read in one go, at least.
const batchSize = 64 << 10

// batch is a piece of what a probe has sent. It is used again and again.
type batch struct {
	buf        []byte // messages one after the other, and the start of the next
	used       int    // bytes of whole messages
	messages   []message
	attributes []security.Attribute // of all messages; their values point into buf
	waiting    int                  // messages that have not been verified
}

// message is a message of a batch.
type message struct {
	time       int64 // ns since 1970
	first, end int   // of its attributes
}

func newBatch(maxMessage int) *batch { return &batch{buf: make([]byte, 0, max(batchSize, maxMessage))} }

// start empties the batch and puts the start of a message into it.
func (b *batch) start(rest []byte) {
	b.buf = append(b.buf[:0], rest...)
	b.used, b.waiting = 0, 0
	b.messages, b.attributes = b.messages[:0], b.attributes[:0]
}

// room is where more bytes can be read to. There always is some: a message that
// is whole is not left in the buffer, and one that would not fit is an error.
func (b *batch) room() []byte { return b.buf[len(b.buf):cap(b.buf)] }

// rest is the start of a message of which more is to come.
func (b *batch) rest() []byte { return b.buf[b.used:] }

// decode reads all messages that are whole. Those before an error hold.
func (b *batch) decode(d *wire.Decoder) error {
	for {
		rest := b.rest()
		n, err := d.Length(rest)
		if err != nil {
			return err
		}
		if n == 0 || n > len(rest) {
			return nil
		}
		first := len(b.attributes)
		t, list, err := d.Decode(rest[:n], b.attributes)
		if err != nil {
			return err
		}
		b.attributes = list
		b.messages = append(b.messages, message{time: t, first: first, end: len(list)})
		b.used += n
	}
}

// of returns the attributes of a message.
func (b *batch) of(m *message) []security.Attribute { return b.attributes[m.first:m.end] }
