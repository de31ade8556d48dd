package probe_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mmt/bench/traffic"
)

// TestSameLines holds that a trace gives the same lines each time, whether it is
// mapped, unpacked, or comes by standard input.
func TestSameLines(t *testing.T) {
	dir := t.TempDir()
	trace := pcap(t, traffic.Generate(3, nil, 1))
	write(t, dir, "trace.pcap", trace)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(trace); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "trace.gz", packed.Bytes())
	want := reports(t, dir, nil, "-t", "trace.pcap")
	if len(want) < 100 {
		t.Fatalf("only %d lines", len(want))
	}
	for range 2 {
		same(t, "again", reports(t, dir, nil, "-t", "trace.pcap"), want)
	}
	want = withoutSource(want)
	same(t, "gzip", withoutSource(reports(t, dir, nil, "-t", "trace.gz")), want)
	same(t, "standard input", withoutSource(reports(t, dir, bytes.NewReader(trace), "-t", "-")), want)
	same(t, "gzip by standard input", withoutSource(reports(t, dir, &packed, "-t", "-")), want)
}

// fileOutput are the options that send reports to the folder out instead.
var fileOutput = []string{"-X", "file-output.enable=true", "-X", "file-output.output-dir=out", "-X", "session-report.output-channel={file}"}

// complete returns the lines of all complete files of a folder; each file must
// end with a line.
func complete(t *testing.T, dir string) (lines []string) {
	t.Helper()
	marks, err := filepath.Glob(filepath.Join(dir, "*.sem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range marks {
		text, err := os.ReadFile(strings.TrimSuffix(mark, ".sem"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasSuffix(text, []byte("\n")) {
			t.Errorf("%s ends with half a line: %.80q", mark, text[max(0, len(text)-80):])
		}
		lines = append(lines, sorted(string(text))...)
	}
	slices.Sort(lines)
	return lines
}

// TestCutTrace holds that of a trace that is cut, everything before the damage
// is reported: the same as of a trace of the packets before it.
func TestCutTrace(t *testing.T) {
	packets := traffic.Generate(3, []string{"dns", "web", "ftp", "l2"}, 1)
	whole := pcap(t, packets)
	for _, part := range []int{1, 2, 5, 9, 10} {
		size := len(whole)*part/10 - 1
		before := packetsBefore(t, packets, size)
		dir := t.TempDir()
		write(t, dir, "cut.pcap", whole[:size])
		write(t, dir, "trace.pcap", pcap(t, packets[:before]))
		if err := os.Mkdir(filepath.Join(dir, "out"), 0o755); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := run(t, dir, nil, append([]string{"-t", "cut.pcap"}, fileOutput...)...)
		if code != 2 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "cut.pcap") {
			t.Errorf("cut at byte %d: code %d, want 2 and one line: %s", size, code, stderr)
		}
		same(t, "cut trace", withoutSource(complete(t, filepath.Join(dir, "out"))), withoutSource(reports(t, dir, nil, "-t", "trace.pcap")))
	}
}

// packetsBefore returns how many whole packets the first size bytes of the trace
// hold.
func packetsBefore(t *testing.T, packets []traffic.Packet, size int) int {
	t.Helper()
	const fileHeader, recordHeader = 24, 16
	at := fileHeader
	for i, p := range packets {
		if at += recordHeader + len(p.Data); at > size {
			return i
		}
	}
	t.Fatalf("a trace of %d bytes is not cut at %d", at, size)
	return 0
}

// trickle is a long trace that comes slowly.
type trickle struct{ rest []byte }

func (s *trickle) Read(b []byte) (int, error) {
	time.Sleep(20 * time.Millisecond)
	n := copy(b[:min(len(b), 1<<15)], s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// TestKill kills the probe in the middle of a long run: files that are marked as
// complete hold whole lines that the trace gives, and the next run completes
// what the killed one left.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("short run: nothing is killed")
	}
	trace := pcap(t, traffic.Mixed(1, 6000))
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	possible := reports(t, dir, bytes.NewReader(trace), "-t", "-", "-X", "stats-period=1")
	for range 2 {
		cmd := command(t, dir, append([]string{"-t", "-", "-X", "stats-period=1", "-X", "output.cache-period=1", "-X", "output.cache-max=100"}, fileOutput...)...)
		input, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go feed(input, &trickle{trace})
		waitForMarks(t, out)
		time.Sleep(rand.N(700 * time.Millisecond))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the probe ended by itself before it could be killed")
		}
		checkLines(t, complete(t, out), possible)
	}
	reports(t, dir, bytes.NewReader(trace), append([]string{"-t", "-", "-X", "stats-period=1"}, fileOutput...)...)
	left, err := filepath.Glob(filepath.Join(out, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left {
		if _, err := os.Stat(file + ".sem"); err != nil {
			t.Errorf("%s was left without a mark", file)
		}
	}
	checkLines(t, complete(t, out), possible)
}

// feed writes a trace to a probe until either ends.
func feed(input io.WriteCloser, trace io.Reader) {
	io.Copy(input, trace) // fails when the probe is killed, as it is meant to be
	input.Close()
}

// waitForMarks waits until one more file of a folder is complete.
func waitForMarks(t *testing.T, dir string) {
	t.Helper()
	count := func() int {
		marks, _ := filepath.Glob(filepath.Join(dir, "*.sem"))
		return len(marks)
	}
	start := count()
	for deadline := time.Now().Add(30 * time.Second); count() == start; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the probe completes no files")
		}
	}
}

// checkLines holds that there are lines and that all are of the possible ones.
func checkLines(t *testing.T, lines, possible []string) {
	t.Helper()
	if len(lines) == 0 {
		t.Error("no line in a complete file")
	}
	for _, line := range lines {
		if _, found := slices.BinarySearch(possible, line); !found {
			t.Errorf("a line that the trace does not give: %q", line)
		}
	}
}
