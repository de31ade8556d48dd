package pcapfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"strings"

	"mmt/dataplane"
)

// Magic numbers of classic traces, as a little-endian reader sees those written
// by a little-endian machine.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // Linux patches of the nineties: longer record headers
)

const fileHeadLen = 24

// classic reads pcap files. All numbers are 32 bits in the byte order of the
// machine that wrote the file.
type classic struct {
	win       *window
	swap      bool // big-endian
	headLen   int  // of a record
	perUnit   int64
	link      dataplane.LinkType
	oldMinor  bool // before version 2.3, the two lengths stood the other way round
	mayBeSwap bool // in version 2.3, they stood either way
}

// readHead tells the format by its first bytes and reads the file header.
func (s *Source) readHead() error {
	head, err := s.need(4)
	if err != nil && err != io.EOF {
		return s.explain(err)
	}
	if err == io.EOF {
		return notATrace(s.name, s.win.buf)
	}
	magic := binary.LittleEndian.Uint32(head)
	swap := false
	switch bits.ReverseBytes32(magic) {
	case magicMicro, magicNano, magicModified:
		magic, swap = bits.ReverseBytes32(magic), true
	}
	switch magic {
	case magicMicro, magicNano, magicModified:
		return s.readClassicHead(magic, swap)
	case blockSection:
		return s.readFirstSection()
	}
	return notATrace(s.name, s.win.buf)
}

// need waits for the first n bytes of the trace.
func (s *Source) need(n int) ([]byte, error) {
	for {
		if head := s.win.peek(n); head != nil {
			return head, nil
		}
		if err := s.win.more(); err != nil {
			return nil, err
		}
	}
}

func (s *Source) readClassicHead(magic uint32, swap bool) error {
	head, err := s.need(fileHeadLen)
	if err != nil {
		return s.explain(err)
	}
	f := &classic{win: &s.win, swap: swap, headLen: 16, perUnit: 1000}
	switch magic {
	case magicNano:
		f.perUnit = 1
	case magicModified:
		f.headLen = 24
	}
	version := f.u32(head[4:])
	major, minor := version&0xffff, version>>16
	if swap {
		major, minor = minor, major
	}
	if major != 2 {
		return fmt.Errorf("%s: version %d.%d of the pcap format is not supported, only 2.x is: convert it with tcpdump -r old -w new",
			s.name, major, minor)
	}
	f.oldMinor, f.mayBeSwap = minor < 3, minor == 3
	// The upper half tells about frame check sequences at the end of packets.
	f.link = dataplane.LinkType(f.u32(head[20:]) & 0xffff)
	s.format = f
	s.win.pos += fileHeadLen
	return nil
}

func (f *classic) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if f.swap {
		return bits.ReverseBytes32(v)
	}
	return v
}

func (f *classic) next(p *dataplane.Packet) error {
	head := f.win.peek(f.headLen)
	if head == nil {
		return errShort
	}
	captured, wire := f.u32(head[8:]), f.u32(head[12:])
	if f.oldMinor || f.mayBeSwap && captured > wire {
		captured, wire = wire, captured
	}
	if captured > maxPacket {
		return damagef("record header says %d bytes", captured)
	}
	record := f.win.peek(f.headLen + int(captured))
	if record == nil {
		return errShort
	}
	p.Data = record[f.headLen:]
	p.Time = int64(f.u32(head))*1e9 + int64(f.u32(head[4:]))*f.perUnit
	p.Len = max(captured, wire)
	p.Link = f.link
	p.Port = 0
	f.win.pos += len(record)
	return nil
}

// otherFormats are files that people take for traces, by their first bytes.
var otherFormats = []struct{ begin, what string }{
	{"\x28\xb5\x2f\xfd", "packed with zstd: unpack it first with unzstd"},
	{"\xfd7zXZ\x00", "packed with xz: unpack it first with unxz"},
	{"BZh", "packed with bzip2: unpack it first with bunzip2"},
	{"\x04\x22\x4d\x18", "packed with lz4: unpack it first with unlz4"},
	{"PK\x03\x04", "a zip archive: unpack it first with unzip"},
	{"snoop\x00", "a snoop trace: convert it first with editcap"},
	{"GMBU", "a Network Monitor trace: convert it first with editcap"},
	{"XCP\x00", "a Sniffer trace: convert it first with editcap"},
}

func notATrace(name string, begin []byte) error {
	if len(begin) == 0 {
		return fmt.Errorf("%s: empty, not a trace", name)
	}
	for _, o := range otherFormats {
		if bytes.HasPrefix(begin, []byte(o.begin)) {
			return fmt.Errorf("%s: not a pcap or pcapng trace but %s", name, o.what)
		}
	}
	begin = begin[:min(len(begin), 8)]
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '.'
		}
		return r
	}, string(begin))
	return fmt.Errorf("%s: not a pcap or pcapng trace: it begins with % x (%q)", name, begin, text)
}
