package wire

import (
	"fmt"
	"net"

	"mmt/analyzer/security"
)

// flushSize is how many bytes of messages are sent in one go.
const flushSize = 32 << 10

// Writer sends messages to a verifier. It is not for several goroutines at once.
type Writer struct {
	address  string
	conn     net.Conn
	encoder  *Encoder
	messages uint64
	err      error // of the connection, which is then of no use any more
}

// Dial connects to the verifier at an address that ParseAddress takes. Messages
// get at most max bytes; 0 stands for DefaultMaxMessage.
func Dial(address string, max int) (*Writer, error) {
	network, addr, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial(network, addr)
	if err != nil {
		return nil, fmt.Errorf("no verifier at %s: %w (start mmt_sec_server -p %s first)", address, err, address)
	}
	return &Writer{address: address, conn: conn, encoder: NewEncoder(max)}, nil
}

// Send sends the attributes of a packet, t ns after 1970; what has no room in a
// message is left out. Messages wait until there are enough of them, or Flush.
func (w *Writer) Send(t int64, attributes []security.Attribute) error {
	w.encoder.Begin(t)
	for i := range attributes {
		w.encoder.Add(attributes[i].Key, &attributes[i].Value)
	}
	w.encoder.End()
	w.messages++
	if len(w.encoder.Bytes()) >= flushSize {
		return w.Flush()
	}
	return w.err
}

// Flush sends what waits. An error stays: nothing is sent after it.
func (w *Writer) Flush() error {
	if b := w.encoder.Bytes(); w.err == nil && len(b) > 0 {
		if _, err := w.conn.Write(b); err != nil {
			w.err = fmt.Errorf("the verifier at %s takes no more messages: %w (its log may say why)", w.address, err)
		}
	}
	w.encoder.Reset()
	return w.err
}

// Close sends what waits and ends the connection.
func (w *Writer) Close() error {
	err := w.Flush()
	if closeErr := w.conn.Close(); err == nil {
		err = closeErr
	}
	return err
}

// Stats returns how many messages Send was given and how many attributes had no
// room in them.
func (w *Writer) Stats() (messages, leftOut uint64) { return w.messages, w.encoder.LeftOut() }
