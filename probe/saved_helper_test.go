package probe

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// wire makes a trace of connections between 10.0.0.1 and 10.0.0.2.
type wire struct {
	packets []dataplane.Packet
	clock   int64
}

// link is a TCP connection of a wire.
type link struct {
	w    *wire
	port [2]uint16 // client, server
	seq  [2]uint32
}

// dial opens a connection.
func (w *wire) dial(client, server uint16) *link {
	l := &link{w: w, port: [2]uint16{client, server}, seq: [2]uint32{1000, 9000}}
	l.segment(0, 0x02, nil)
	l.seq[0]++
	l.segment(1, 0x12, nil)
	l.seq[1]++
	l.segment(0, 0x10, nil)
	return l
}

// segment sends one segment of a side, with its flags.
func (l *link) segment(side int, flags byte, data []byte) {
	b := make([]byte, 54, 54+len(data))
	copy(b, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00\x45")
	binary.BigEndian.PutUint16(b[16:], uint16(40+len(data)))
	b[22], b[23] = 64, 6
	copy(b[26:], []byte{10, 0, 0, byte(1 + side), 10, 0, 0, byte(2 - side)})
	binary.BigEndian.PutUint16(b[34:], l.port[side])
	binary.BigEndian.PutUint16(b[36:], l.port[side^1])
	binary.BigEndian.PutUint32(b[38:], l.seq[side])
	binary.BigEndian.PutUint32(b[42:], l.seq[side^1])
	b[46], b[47] = 0x50, flags
	binary.BigEndian.PutUint16(b[48:], 0xffff)
	b = append(b, data...)
	l.w.clock += 1e6
	l.w.packets = append(l.w.packets, dataplane.Packet{Data: b, Len: uint32(len(b)), Time: 1_700_000_000_000_000_000 + l.w.clock, Link: dataplane.LinkEthernet})
}

// send sends data of a side in segments of 1000 bytes.
func (l *link) send(side int, data string) {
	for rest := []byte(data); len(rest) > 0; {
		n := min(len(rest), 1000)
		l.segment(side, 0x18, rest[:n])
		l.seq[side] += uint32(n)
		rest = rest[n:]
	}
	l.segment(side^1, 0x10, nil)
}

// lose is send of one segment that nobody sees.
func (l *link) lose(side int, n int) { l.seq[side] += uint32(n) }

// close ends the connection.
func (l *link) close() {
	for side := range 2 {
		l.segment(side, 0x11, nil)
		l.seq[side]++
	}
	l.segment(0, 0x10, nil)
}

// file writes the trace.
func (w *wire) file(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	out, err := pcapfile.NewWriter(&b, dataplane.LinkEthernet, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range w.packets {
		if err := out.WritePacket(p.Time, p.Len, p.Data); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "trace.pcap")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// contents returns the files of a folder by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, entry := range list {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[entry.Name()] = string(data)
	}
	return all
}
