package ipfix

// MaxMessage is how long messages are at most, in bytes: with the headers of IPv6
// and UDP they fit into what a usual network carries in one piece.
const MaxMessage = 1420

const (
	version       = 10
	messageHeader = 16
	setHeader     = 4
)

// Messages makes the messages of one observation domain, one after the other. It
// is not for several goroutines at once.
type Messages struct {
	Domain   uint32
	sequence uint32 // data records sent so far, modulo 2^32
	records  uint32 // in the message at hand
	set      int    // where its open set begins, 0: none is open
	buf      []byte
}

// Reset begins to count records anew, as each TCP connection does (RFC 7011
// section 3.1).
func (m *Messages) Reset() { m.sequence = 0 }

// Begin begins a message at a time, in seconds since 1970.
func (m *Messages) Begin(now uint32) {
	m.buf = order.AppendUint16(m.buf[:0], version)
	m.buf = order.AppendUint16(m.buf, 0) // the length, when it is known
	m.buf = order.AppendUint32(m.buf, now)
	m.buf = order.AppendUint32(m.buf, m.sequence)
	m.buf = order.AppendUint32(m.buf, m.Domain)
	m.records, m.set = 0, 0
}

// Templates makes a message with the templates of all records.
func (m *Messages) Templates(now uint32) []byte {
	m.Begin(now)
	m.buf = appendTemplates(m.buf)
	return m.Message()
}

// IsRecord tells whether b is what Flow.Append makes.
func IsRecord(b []byte) bool {
	return len(b) >= 2 && lengths[order.Uint16(b)] == len(b)-2
}

// Add adds a record of which IsRecord is true, and reports whether there was room
// in the message.
func (m *Messages) Add(record []byte) bool {
	id := order.Uint16(record)
	opens := m.set == 0 || order.Uint16(m.buf[m.set:]) != id
	size := len(record) - 2
	if opens {
		size += setHeader
	}
	if len(m.buf)+size > MaxMessage {
		return false
	}
	if opens {
		m.closeSet()
		m.set = len(m.buf)
		m.buf = order.AppendUint16(m.buf, id)
		m.buf = order.AppendUint16(m.buf, 0)
	}
	m.buf = append(m.buf, record[2:]...)
	m.records++
	return true
}

// closeSet notes the length of the set that is open.
func (m *Messages) closeSet() {
	if m.set != 0 {
		order.PutUint16(m.buf[m.set+2:], uint16(len(m.buf)-m.set))
	}
}

// Message returns the message at hand, complete; it is valid until the next
// Begin.
func (m *Messages) Message() []byte {
	m.closeSet()
	order.PutUint16(m.buf[2:], uint16(len(m.buf)))
	return m.buf
}

// Sent counts the records of the message at hand: it has been sent.
func (m *Messages) Sent() { m.sequence += m.records }
