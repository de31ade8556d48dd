package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mmt/dataplane"
)

// written are packets of two link types with comments of all lengths modulo 4.
var written = []struct {
	link    dataplane.LinkType
	time    int64
	wire    uint32
	data    string
	comment string
}{
	{dataplane.LinkEthernet, 1_700_000_000_123_456_789, 60, strings.Repeat("e", 60), ""},
	{dataplane.LinkRaw, 1_700_000_001_000_000_001, 1500, strings.Repeat("r", 21), "a"},
	{dataplane.LinkEthernet, 1_700_000_001_000_000_002, 14, strings.Repeat("x", 14), "rule 37 detected: \"é\""},
	{dataplane.LinkEthernet, 1_700_000_001_000_000_003, 17, strings.Repeat("y", 17), "abc"},
}

// writeNG writes the packets.
func writeNG(t *testing.T) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewNGWriter(&file, "mmt-probe", "why this file is")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range written {
		if err := w.WritePacket(p.time, p.wire, p.link, []byte(p.data), p.comment); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.WriteNote(written[3].time, "said later"); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestNGWriter reads back what was written.
func TestNGWriter(t *testing.T) {
	s, err := NewReader(bytes.NewReader(writeNG(t)), "written", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var b dataplane.Burst
	n := 0
	for {
		if err := s.Receive(&b); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, p := range b.Packets[:b.N] {
			want := written[n]
			if p.Link != want.link || p.Time != want.time || p.Len != want.wire || string(p.Data) != want.data {
				t.Errorf("packet %d: %+v, want %+v", n, p, want)
			}
			n++
		}
		s.Release(&b)
	}
	if n != len(written) {
		t.Errorf("%d packets, want %d", n, len(written))
	}
}

// TestNGWriterByOthers has the file read by the tools of Wireshark.
func TestNGWriterByOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "written.pcapng")
	if err := os.WriteFile(path, writeNG(t), 0o600); err != nil {
		t.Fatal(err)
	}
	for tool, want := range map[string][]string{
		"capinfos": {"Number of packets:   4", "why this file is", "mmt-probe", "Number of interfaces in file: 2"},
		"tshark":   {"rule 37 detected: \"é\""},
	} {
		program, err := exec.LookPath(tool)
		if err != nil {
			t.Logf("%s is not there: its part is skipped", tool)
			continue
		}
		args := []string{path}
		if tool == "tshark" {
			args = []string{"-r", path, "-T", "fields", "-e", "frame.comment"}
		}
		out, err := exec.Command(program, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", tool, err, out)
		}
		for _, part := range want {
			if !strings.Contains(string(out), part) {
				t.Errorf("%s does not show %q:\n%s", tool, part, out)
			}
		}
	}
}

func TestNGWriterTooLong(t *testing.T) {
	w, err := NewNGWriter(io.Discard, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WritePacket(0, 0, dataplane.LinkEthernet, make([]byte, maxPacket+1), ""); err == nil {
		t.Error("a packet that no trace can hold was written")
	}
	if err := w.WritePacket(0, 0, dataplane.LinkEthernet, nil, strings.Repeat("c", 1<<17)); err != nil {
		t.Error(err)
	}
}
