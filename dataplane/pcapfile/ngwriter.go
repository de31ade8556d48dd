package pcapfile

import (
	"encoding/binary"
	"fmt"
	"io"

	"mmt/dataplane"
)

// Options of pcapng blocks, draft-ietf-opsawg-pcapng sections 3.5, 4.1 and 4.2.
const (
	optEnd      = 0
	optComment  = 1
	optUserAppl = 4 // of a section
)

// blockStatistics is the type of an Interface Statistics Block.
const blockStatistics = 5

// maxComment bounds the text of a comment, bytes: the length of an option has 16
// bits.
const maxComment = 1<<16 - 4

// NGWriter writes a pcapng file of one section in little-endian order, with an
// interface for each link type and times in nanoseconds. It is not for several
// goroutines at once.
type NGWriter struct {
	w     io.Writer
	links []dataplane.LinkType // by interface
	buf   []byte
}

// NewNGWriter writes the section header to w: who writes the file, and a comment,
// empty for none. It does not buffer: give it a bufio.Writer for speed.
func NewNGWriter(w io.Writer, program, comment string) (*NGWriter, error) {
	t := &NGWriter{w: w}
	t.begin(blockSection)
	t.u32(byteOrderMagic)
	t.buf = binary.LittleEndian.AppendUint16(t.buf, 1)
	t.buf = binary.LittleEndian.AppendUint16(t.buf, 0)
	t.buf = binary.LittleEndian.AppendUint64(t.buf, ^uint64(0)) // its length is not told
	t.option(optUserAppl, program)
	t.option(optComment, comment)
	return t, t.end()
}

// WritePacket writes one packet in one call to the writer below, after the
// description of its interface if it is the first with its link type. time is in
// nanoseconds since 1970, wireLen the length on the wire, at least len(data); an
// empty comment is none. What is longer than a comment can be is cut. Packets of
// more than 262144 bytes are an error.
func (t *NGWriter) WritePacket(time int64, wireLen uint32, link dataplane.LinkType, data []byte, comment string) error {
	if len(data) > maxPacket {
		return fmt.Errorf("packet of %d bytes: a trace holds %d at most", len(data), maxPacket)
	}
	number, err := t.interfaceOf(link)
	if err != nil {
		return err
	}
	t.begin(blockEnhanced)
	t.u32(uint32(number))
	t.u32(uint32(uint64(time) >> 32))
	t.u32(uint32(uint64(time)))
	t.u32(uint32(len(data)))
	t.u32(max(wireLen, uint32(len(data))))
	t.buf = append(t.buf, data...)
	t.pad()
	t.option(optComment, comment)
	return t.end()
}

// WriteNote writes a comment on no packet, of a time in nanoseconds since 1970: it
// stands in statistics of the first interface that hold nothing else.
func (t *NGWriter) WriteNote(time int64, comment string) error {
	if len(t.links) == 0 {
		if _, err := t.interfaceOf(dataplane.LinkEthernet); err != nil {
			return err
		}
	}
	t.begin(blockStatistics)
	t.u32(0)
	t.u32(uint32(uint64(time) >> 32))
	t.u32(uint32(uint64(time)))
	t.option(optComment, comment)
	return t.end()
}

// interfaceOf returns the interface of a link type, and describes it the first
// time.
func (t *NGWriter) interfaceOf(link dataplane.LinkType) (int, error) {
	for number, known := range t.links {
		if known == link {
			return number, nil
		}
	}
	t.begin(blockInterface)
	t.u32(uint32(link)) // 16 bits, then two bytes that are zero
	t.u32(0)            // packets are of any length
	t.option(optResolution, "\x09")
	t.links = append(t.links, link)
	return len(t.links) - 1, t.end()
}

// begin begins a block, whose length is to come.
func (t *NGWriter) begin(kind uint32) {
	t.buf = t.buf[:0]
	t.u32(kind)
	t.u32(0)
}

func (t *NGWriter) u32(v uint32) { t.buf = binary.LittleEndian.AppendUint32(t.buf, v) }

// pad fills up to a multiple of 32 bits.
func (t *NGWriter) pad() {
	for len(t.buf)%4 != 0 {
		t.buf = append(t.buf, 0)
	}
}

// option appends an option, none if it has no value.
func (t *NGWriter) option(code uint16, value string) {
	if value == "" {
		return
	}
	value = value[:min(len(value), maxComment)]
	t.buf = binary.LittleEndian.AppendUint16(t.buf, code)
	t.buf = binary.LittleEndian.AppendUint16(t.buf, uint16(len(value)))
	t.buf = append(t.buf, value...)
	t.pad()
}

// end ends the options and the block, and writes it.
func (t *NGWriter) end() error {
	t.u32(optEnd)
	t.u32(uint32(len(t.buf) + 4))
	binary.LittleEndian.PutUint32(t.buf[4:], uint32(len(t.buf)))
	_, err := t.w.Write(t.buf)
	return err
}
