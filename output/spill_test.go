package output

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func openTestSpill(t *testing.T, dir string, limit int64) *spill {
	t.Helper()
	s, err := openSpill(dir, limit)
	noError(t, err)
	t.Cleanup(s.close)
	return s
}

// spillLines appends lines named from to to-1, per in a record.
func spillLines(t *testing.T, s *spill, from, to, per int) {
	t.Helper()
	for ; from < to; from += per {
		b := &Batch{}
		for i := range per {
			b.Add(fmt.Appendf(nil, "line %d", from+i))
		}
		if ok, err := s.append(b); !ok || err != nil {
			t.Fatalf("append: %v, %v", ok, err)
		}
	}
}

// readSpill reads and acknowledges everything.
func readSpill(t *testing.T, s *spill) (got []string) {
	t.Helper()
	var b Batch
	for {
		lost, err := s.read(&b)
		if lost > 0 || err != nil {
			t.Logf("%d lost: %v", lost, err)
		}
		if b.Len() == 0 {
			return got
		}
		got = append(got, lines(&b)...)
		noError(t, s.ack(b.Len()))
	}
}

func spillFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"+segmentSuffix))
	noError(t, err)
	return files
}

func TestSpillKeepsOrder(t *testing.T) {
	dir := t.TempDir()
	s := openTestSpill(t, dir, 1<<20)
	spillLines(t, s, 10, 100, 5)
	noError(t, s.prepend(batchOf("line 5", "line 6", "line 7", "line 8", "line 9")))
	noError(t, s.prepend(batchOf("line 0", "line 1", "line 2", "line 3", "line 4")))
	if n := s.lines.Load(); n != 100 {
		t.Errorf("%d lines on disk", n)
	}
	checkLines(t, readSpill(t, s), 100)
	if !s.empty() || s.used.Load() != 0 || s.lines.Load() != 0 || len(spillFiles(t, dir)) != 0 {
		t.Errorf("not empty: %d bytes, %d lines, files %v", s.used.Load(), s.lines.Load(), spillFiles(t, dir))
	}
}

func TestSpillSurvives(t *testing.T) {
	dir := t.TempDir()
	s := openTestSpill(t, dir, 8<<10) // segments of 1 kB
	spillLines(t, s, 0, 304, 8)
	var b Batch
	var got []string
	for range 20 {
		if _, err := s.read(&b); err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b.Line(0)), string(b.Line(1)))
		noError(t, s.ack(2)) // of eight: the run ends in the middle of a record
		left := s.lines.Load()
		s.close()
		s = openTestSpill(t, dir, 8<<10)
		if n := s.lines.Load(); n != left || n != int64(304-len(got)) {
			t.Fatalf("%d lines after a restart, before %d", n, left)
		}
	}
	got = append(got, readSpill(t, s)...)
	checkLines(t, got, 304)
}

func TestSpillFull(t *testing.T) {
	s := openTestSpill(t, t.TempDir(), 1000)
	b := batchOf(strings.Repeat("x", 383)) // 400 bytes with header and line end
	for i, want := range []bool{true, true, false} {
		if ok, err := s.append(b); ok != want || err != nil {
			t.Fatalf("append %d: %v, %v", i, ok, err)
		}
	}
	if got := readSpill(t, s); len(got) != 2 {
		t.Errorf("%d lines", len(got))
	}
	if ok, _ := s.append(b); !ok {
		t.Error("full although empty")
	}
}

func TestSpillOfAnother(t *testing.T) {
	dir := t.TempDir()
	openTestSpill(t, dir, 1000)
	if _, err := openSpill(dir, 1000); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("second opening: %v", err)
	}
	if _, err := openSpill("/proc/nowhere", 1000); err == nil || !strings.Contains(err.Error(), `spill-dir "/proc/nowhere"`) {
		t.Errorf("impossible folder: %v", err)
	}
}

// TestSpillDamage flips each byte of a segment of three, and cuts it everywhere:
// what is read is always a part of what was written, in order, and what is
// missing is counted.
func TestSpillDamage(t *testing.T) {
	template := t.TempDir()
	s := openTestSpill(t, template, 2000)
	spillLines(t, s, 0, 60, 3)
	s.close()
	files := spillFiles(t, template)
	if len(files) < 3 {
		t.Fatalf("segments %v", files)
	}
	whole, err := os.ReadFile(files[1])
	noError(t, err)
	for at := range whole {
		flipped := slices.Clone(whole)
		flipped[at] ^= 0x41
		checkDamaged(t, files, flipped, fmt.Sprintf("byte %d changed", at))
		if at > 0 {
			checkDamaged(t, files, whole[:at], fmt.Sprintf("cut to %d", at))
		}
	}
}

// checkDamaged reads segments of which the second was replaced.
func checkDamaged(t *testing.T, files []string, second []byte, what string) {
	t.Helper()
	dir := t.TempDir()
	for i, file := range files {
		content, err := os.ReadFile(file)
		noError(t, err)
		if i == 1 {
			content = second
		}
		noError(t, os.WriteFile(filepath.Join(dir, filepath.Base(file)), content, 0o644))
	}
	s, err := openSpill(dir, 2000)
	noError(t, err)
	defer s.close()
	var b Batch
	last, count := -1, 0
	for {
		s.read(&b)
		if b.Len() == 0 {
			break
		}
		for _, line := range lines(&b) {
			var n int
			if _, err := fmt.Sscanf(line, "line %d", &n); err != nil || n <= last {
				t.Fatalf("%s: read %q after %d", what, line, last)
			}
			last = n
			count++
		}
		noError(t, s.ack(b.Len()))
	}
	complete := count == 60
	if last != 59 || s.lines.Load() != 0 || s.used.Load() != 0 {
		t.Errorf("%s: last line %d, %d lines of %d bytes left", what, last, s.lines.Load(), s.used.Load())
	}
	// A cut between two records leaves no trace of what is missing.
	if damaged := s.damaged.Load(); complete == (damaged == 1) && !strings.HasPrefix(what, "cut") {
		t.Errorf("%s: %d damaged, %d lines", what, damaged, count)
	}
}

func TestSpillPositionDamaged(t *testing.T) {
	for _, mark := range []string{"", "short", strings.Repeat("\xff", positionSize)} {
		dir := t.TempDir()
		s := openTestSpill(t, dir, 2000)
		spillLines(t, s, 0, 30, 3)
		var b Batch
		s.read(&b)
		noError(t, s.ack(1))
		s.close()
		noError(t, os.WriteFile(filepath.Join(dir, positionFile), []byte(mark), 0o644))
		s = openTestSpill(t, dir, 2000)
		checkLines(t, readSpill(t, s), 30)
	}
}

func FuzzSegment(f *testing.F) {
	two := appendRecord(appendRecord(nil, batchOf("a", "", "ccc")), batchOf("d"))
	f.Add(two)
	f.Add(two[:len(two)-1])
	f.Add([]byte(recordMagic))
	f.Fuzz(func(t *testing.T, content []byte) {
		var b Batch
		r := strings.NewReader(string(content))
		for offset := int64(0); offset < int64(len(content)); {
			info, err := readRecord(r, offset, int64(len(content)), &b)
			if err != nil {
				if b.Len() != 0 || len(b.Bytes()) != 0 {
					t.Fatal("a damaged record gave lines")
				}
				return
			}
			if b.Len() != info.lines || len(b.Bytes()) != info.size || info.end(offset) > int64(len(content)) {
				t.Fatalf("%d lines of %d bytes, header %+v", b.Len(), len(b.Bytes()), info)
			}
			offset = info.end(offset)
		}
	})
}
