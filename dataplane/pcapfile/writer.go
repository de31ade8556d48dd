package pcapfile

import (
	"encoding/binary"
	"fmt"
	"io"

	"mmt/dataplane"
)

// Writer writes a classic pcap file of version 2.4 for packets of one link
// type. It is not for several goroutines at once.
type Writer struct {
	w     io.Writer
	order binary.AppendByteOrder
	unit  int64 // nanoseconds
	buf   []byte
}

// NewWriter writes the file header to w, in little-endian order. Times are kept
// to the nanosecond or, for readers that know no other, to the microsecond. It
// does not buffer: give it a bufio.Writer for speed.
func NewWriter(w io.Writer, link dataplane.LinkType, nanosecond bool) (*Writer, error) {
	return newWriter(w, link, nanosecond, binary.LittleEndian)
}

func newWriter(w io.Writer, link dataplane.LinkType, nanosecond bool, order binary.AppendByteOrder) (*Writer, error) {
	t := &Writer{w: w, order: order, unit: 1000}
	magic := uint32(magicMicro)
	if nanosecond {
		t.unit, magic = 1, magicNano
	}
	head := order.AppendUint32(nil, magic)
	head = order.AppendUint16(order.AppendUint16(head, 2), 4)
	head = append(head, 0, 0, 0, 0, 0, 0, 0, 0) // time zone and accuracy, never used
	head = order.AppendUint32(order.AppendUint32(head, maxPacket), uint32(link))
	if _, err := w.Write(head); err != nil {
		return nil, fmt.Errorf("trace header: %w", err)
	}
	return t, nil
}

// WritePacket writes one record in one call to the writer below. time is in
// nanoseconds since 1970, wireLen the length on the wire, at least len(data).
// What the format cannot hold is an error: times before 1970 or after 2106, and
// more than 262144 bytes.
func (t *Writer) WritePacket(time int64, wireLen uint32, data []byte) error {
	if len(data) > maxPacket {
		return fmt.Errorf("packet of %d bytes: a trace holds %d at most", len(data), maxPacket)
	}
	if time < 0 || time/1e9 > 1<<32-1 {
		return fmt.Errorf("packet time of %d ns: a trace holds only times from 1970 to 2106", time)
	}
	b := t.order.AppendUint32(t.buf[:0], uint32(time/1e9))
	b = t.order.AppendUint32(b, uint32(time%1e9/t.unit))
	b = t.order.AppendUint32(b, uint32(len(data)))
	b = t.order.AppendUint32(b, max(wireLen, uint32(len(data))))
	t.buf = append(b, data...)
	_, err := t.w.Write(t.buf)
	return err
}
