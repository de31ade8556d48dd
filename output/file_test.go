package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// testClock starts at 1552302610.832958, the manual's example, and advances
// one second a look.
func testClock() func() time.Time {
	at := time.UnixMicro(1552302610832958 - 1e6)
	return func() time.Time {
		at = at.Add(time.Second)
		return at
	}
}

func openFiles(t *testing.T, o FileOptions) *Files {
	t.Helper()
	if o.Name == "" {
		o.Name = "data.csv"
	}
	if o.Clock == nil {
		o.Clock = testClock()
	}
	f, err := OpenFiles(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// listDir returns the names in dir, sorted.
func listDir(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func checkDirHas(t *testing.T, dir string, want ...string) {
	t.Helper()
	if got := listDir(t, dir); !slices.Equal(got, want) {
		t.Errorf("folder has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func readFile(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mustWrite(t *testing.T, c *FileChannel, text ...string) {
	t.Helper()
	if n, err := c.Write(batchOf(text...), 0); n != len(text) || err != nil {
		t.Fatalf("%d lines taken, %v", n, err)
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func TestSampleFiles(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, FileOptions{Dir: dir, Sample: true})
	c := f.Channel(0)
	noError(t, c.Flush(0))
	checkDirHas(t, dir) // no file without lines
	mustWrite(t, c, "a", "b")
	mustWrite(t, c, "c")
	checkDirHas(t, dir, "1552302610.832958_0_data.csv")
	noError(t, c.Flush(0))
	noError(t, c.Flush(0))
	mustWrite(t, c, "d")
	noError(t, c.Close())
	f.Close()
	checkDirHas(t, dir,
		"1552302610.832958_0_data.csv", "1552302610.832958_0_data.csv.sem",
		"1552302611.832958_0_data.csv", "1552302611.832958_0_data.csv.sem")
	if got := readFile(t, dir, "1552302610.832958_0_data.csv"); got != "a\nb\nc\n" {
		t.Errorf("first file %q", got)
	}
	if got := readFile(t, dir, "1552302611.832958_0_data.csv"); got != "d\n" {
		t.Errorf("second file %q", got)
	}
	if got := readFile(t, dir, "1552302610.832958_0_data.csv.sem"); got != "" {
		t.Errorf("the .sem has %q", got)
	}
}

func TestSingleFile(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, FileOptions{Dir: dir, Retain: 1})
	a, b := f.Channel(1), f.Channel(2)
	for range 3 {
		mustWrite(t, a, "a")
		mustWrite(t, b, "b")
		noError(t, a.Flush(0))
		noError(t, b.Flush(0))
	}
	checkDirHas(t, dir, "1552302610.832958_1_data.csv", "1552302611.832958_2_data.csv")
	noError(t, a.Close())
	noError(t, b.Close())
	f.Close()
	checkDirHas(t, dir, "1552302610.832958_1_data.csv", "1552302610.832958_1_data.csv.sem",
		"1552302611.832958_2_data.csv", "1552302611.832958_2_data.csv.sem")
	if got := readFile(t, dir, "1552302611.832958_2_data.csv"); got != "b\nb\nb\n" {
		t.Errorf("file %q", got)
	}
}

// TestNamesInUse: two runs with the same clock, and a .sem without its file.
func TestNamesInUse(t *testing.T) {
	dir := t.TempDir()
	still := func() time.Time { return time.Unix(100, 0) }
	put(t, dir, "100.000000_1_data.csv", "old\n")
	put(t, dir, "100.000001_1_data.csv.sem", "")
	f := openFiles(t, FileOptions{Dir: dir, Sample: true, Clock: still})
	c := f.Channel(1)
	mustWrite(t, c, "new")
	noError(t, c.Close())
	f.Close()
	if got := readFile(t, dir, "100.000002_1_data.csv"); got != "new\n" {
		t.Errorf("new file %q", got)
	}
	if got := readFile(t, dir, "100.000000_1_data.csv"); got != "old\n" {
		t.Errorf("old file %q", got)
	}
}

func TestRetain(t *testing.T) {
	dir := t.TempDir()
	foreign := []string{"data.csv", "1.000000_0_data.csv.bak", "1.000000_0_other.csv", "1.0_0_data.csv", "x_0_data.csv", "01.000000_0_data.csv"}
	for _, name := range foreign {
		put(t, dir, name, "keep me\n")
	}
	for _, old := range []string{"2.000000_1_data.csv", "1.000000_9_data.csv", "3.000000_1_data.csv", "4.000000_1_data.csv", "5.000000_1_data.csv"} {
		put(t, dir, old, "old\n")
		put(t, dir, old+".sem", "")
	}
	f := openFiles(t, FileOptions{Dir: dir, Sample: true, Retain: 4, Threads: 2})
	own := func() []string {
		return slices.DeleteFunc(listDir(t, dir), func(s string) bool { return slices.Contains(foreign, s) })
	}
	if want := []string{"2.000000_1_data.csv", "2.000000_1_data.csv.sem", "3.000000_1_data.csv", "3.000000_1_data.csv.sem",
		"4.000000_1_data.csv", "4.000000_1_data.csv.sem", "5.000000_1_data.csv", "5.000000_1_data.csv.sem"}; !slices.Equal(own(), want) {
		t.Errorf("after the start: %q", own())
	}
	a, b := f.Channel(1), f.Channel(2)
	for range 3 {
		mustWrite(t, a, "a")
		noError(t, a.Flush(0))
	}
	mustWrite(t, b, "b")
	mustWrite(t, a, "last")
	noError(t, a.Close())
	noError(t, b.Close())
	f.Close()
	if want := []string{
		"1552302611.832958_1_data.csv", "1552302611.832958_1_data.csv.sem", "1552302612.832958_1_data.csv", "1552302612.832958_1_data.csv.sem",
		"1552302613.832958_2_data.csv", "1552302613.832958_2_data.csv.sem", "1552302614.832958_1_data.csv", "1552302614.832958_1_data.csv.sem",
	}; !slices.Equal(own(), want) {
		t.Errorf("at the end: %q", own())
	}
	for _, name := range foreign {
		if got := readFile(t, dir, name); got != "keep me\n" {
			t.Errorf("%s is now %q", name, got)
		}
	}
}

// TestRetainSparesOpenFile: a slow thread's file is the oldest, and stays.
func TestRetainSparesOpenFile(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, FileOptions{Dir: dir, Sample: true, Retain: 3, Threads: 1})
	slow, fast := f.Channel(0), f.Channel(1)
	mustWrite(t, slow, "slow")
	for range 6 {
		mustWrite(t, fast, "fast")
		noError(t, fast.Flush(0))
	}
	noError(t, fast.Close())
	checkDirHas(t, dir, "1552302610.832958_0_data.csv",
		"1552302615.832958_1_data.csv", "1552302615.832958_1_data.csv.sem", "1552302616.832958_1_data.csv", "1552302616.832958_1_data.csv.sem")
	noError(t, slow.Close())
	f.Close()
}

// TestRetainFollows: what was being written when another Files took over counts.
func TestRetainFollows(t *testing.T) {
	dir := t.TempDir()
	before := openFiles(t, FileOptions{Dir: dir, Sample: true, Retain: 3, Threads: 1})
	a, b := before.Channel(0), before.Channel(1)
	mustWrite(t, a, "open")
	mustWrite(t, b, "open")
	after := openFiles(t, FileOptions{Dir: dir, Sample: true, Retain: 3, Threads: 1})
	noError(t, a.Close())
	noError(t, b.Close())
	before.Close()
	after.Follow(before)
	c := after.Channel(1)
	for range 2 {
		mustWrite(t, c, "new")
		noError(t, c.Flush(0))
	}
	noError(t, c.Close())
	after.Close()
	checkDirHas(t, dir, "1552302610.832958_1_data.csv", "1552302610.832958_1_data.csv.sem",
		"1552302611.832958_1_data.csv", "1552302611.832958_1_data.csv.sem", "1552302612.832958_1_data.csv", "1552302612.832958_1_data.csv.sem")
}

func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "file", "")
	for _, c := range []struct {
		o    FileOptions
		want []string
	}{
		{FileOptions{Dir: dir + "/none", Name: "d.csv"}, []string{"output-dir", "none", "mkdir -p"}},
		{FileOptions{Dir: dir + "/file", Name: "d.csv"}, []string{"output-dir", "not a folder"}},
		{FileOptions{Dir: "/proc/self", Name: "d.csv"}, []string{"output-dir", "/proc/self", "right to write"}},
		{FileOptions{Dir: dir}, []string{"output-file", `like "data.csv"`}},
		{FileOptions{Dir: dir, Name: "a/b"}, []string{"output-file", `"a/b"`}},
		{FileOptions{Dir: dir, Name: "a.sem"}, []string{"output-file", ".sem"}},
		{FileOptions{Dir: dir, Name: "d.csv", Sample: true, Retain: 5, Threads: 4}, []string{"retain-files 5", "thread-nb + 1 = 5"}},
	} {
		_, err := OpenFiles(c.o)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: error %v does not say %q", c.o, err, want)
			}
		}
	}
	checkDirHas(t, dir, "file")
}

// TestFolderGoes: the folder disappears and comes back while the probe runs.
func TestFolderGoes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	noError(t, os.Mkdir(dir, 0o755))
	f := openFiles(t, FileOptions{Dir: dir, Sample: true})
	c := f.Channel(1)
	w := NewWriter(Options{})
	w.Enable(ToFile, c)
	write(w, 0, 3)
	w.slots[0].deliver(0)
	noError(t, os.RemoveAll(dir))
	write(w, 3, 5)
	w.Flush(1) // into a file that is gone
	write(w, 5, 7)
	w.Flush(2)
	if s := w.Stats()[0]; !errors.Is(s.Err, fs.ErrNotExist) {
		t.Errorf("error %v", s.Err)
	}
	f.completer.drain(c)
	checkStats(t, w, 0, 2, 5)
	noError(t, os.Mkdir(dir, 0o755))
	w.Flush(3)
	noError(t, w.Close(4))
	checkStats(t, w, 2, 0, 5)
	f.Close()
	names := listDir(t, dir)
	if len(names) != 2 || readFile(t, dir, names[0]) != "line 5\nline 6\n" || names[1] != names[0]+".sem" {
		t.Errorf("folder has %q", names)
	}
}

// TestSingleFileDeleted: somebody deletes the file; the next period has a new one.
func TestSingleFileDeleted(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, FileOptions{Dir: dir})
	c := f.Channel(1)
	mustWrite(t, c, "a", "b")
	noError(t, os.Remove(c.cur.Name()))
	first := c.Flush(0)
	mustWrite(t, c, "c")
	if err := errors.Join(first, c.Close()); !errors.Is(err, errFileGone) || c.Lost() != 2 {
		t.Errorf("close: %v, %d lost", err, c.Lost())
	}
	f.Close()
	checkDirHas(t, dir, "1552302611.832958_1_data.csv", "1552302611.832958_1_data.csv.sem")
}

// TestFileMoved: a file moved away is somebody's, not lost.
func TestFileMoved(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, FileOptions{Dir: dir, Sample: true})
	c := f.Channel(1)
	mustWrite(t, c, "a")
	noError(t, os.Rename(c.cur.Name(), filepath.Join(dir, "moved")))
	if err := c.Close(); !errors.Is(err, errFileGone) || c.Lost() != 0 {
		t.Errorf("close: %v, %d lost", err, c.Lost())
	}
	f.Close()
	checkDirHas(t, dir, "moved")
}

// blockSem makes the .sem of c's current file impossible, and returns its name.
func blockSem(t *testing.T, c *FileChannel) string {
	t.Helper()
	sem := c.cur.Name() + semSuffix
	noError(t, os.Mkdir(sem, 0o755))
	return sem
}

func TestSemIsTriedAgain(t *testing.T) {
	f := openFiles(t, FileOptions{Dir: t.TempDir(), Sample: true})
	c := f.Channel(1)
	mustWrite(t, c, "a")
	sem := blockSem(t, c)
	first := c.Flush(0)
	f.completer.drain(f.Channel(2)) // another channel's close does not give it up
	if err := errors.Join(first, c.Flush(0)); err == nil {
		t.Error("a .sem that cannot be created is no error")
	}
	noError(t, os.Remove(sem))
	noError(t, c.Close())
	f.Close()
	if info, err := os.Stat(sem); err != nil || !info.Mode().IsRegular() || c.Lost() != 0 {
		t.Errorf("the .sem: %v, %v, %d lost", info, err, c.Lost())
	}
}

func TestSemImpossible(t *testing.T) {
	f := openFiles(t, FileOptions{Dir: t.TempDir(), Sample: true})
	c := f.Channel(1)
	for range maxUnfinished + 3 {
		mustWrite(t, c, "a", "b")
		blockSem(t, c)
		c.Flush(0)
	}
	f.completer.drain(f.Channel(2))
	if c.Lost() != 6 {
		t.Errorf("%d lines lost while %d files may wait, want 6", c.Lost(), maxUnfinished)
	}
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), "2 lines have no complete file") {
		t.Errorf("close: %v", err)
	}
	if got, want := c.Lost(), uint64(2*(maxUnfinished+3)); got != want {
		t.Errorf("%d lost, want %d", got, want)
	}
	f.Close()
}

// TestManyThreads runs what a probe runs: several workers, small periods.
func TestManyThreads(t *testing.T) {
	const threads, perThread = 4, 3000
	dir := t.TempDir()
	f := openFiles(t, FileOptions{Dir: dir, Sample: true, NoSync: true, Clock: time.Now})
	done := make(chan error)
	for th := 1; th <= threads; th++ {
		go func() {
			w := NewWriter(Options{CacheMax: 64, CachePeriod: time.Millisecond})
			w.Enable(ToFile, f.Channel(th))
			for i := range perThread {
				w.Tick(int64(i) * 1e4)
				w.Write(ToFile, fmt.Appendf(nil, "line %d", i))
			}
			done <- w.Close(perThread * 1e4)
		}()
	}
	for range threads {
		noError(t, <-done)
	}
	f.Close()
	got := map[int][]string{}
	for _, name := range listDir(t, dir) {
		n, ok := parseFileName(name, "data.csv")
		if !ok {
			continue
		}
		if !exists(filepath.Join(dir, name+semSuffix)) {
			t.Errorf("%s has no .sem", name)
		}
		got[n.thread] = append(got[n.thread], strings.Split(strings.TrimSuffix(readFile(t, dir, name), "\n"), "\n")...)
	}
	for th := 1; th <= threads; th++ {
		checkLines(t, got[th], perThread)
	}
}

func FuzzFileName(f *testing.F) {
	f.Add("1552302610.832958_0_data.csv")
	f.Add("1.000000_1_a_data.csv")
	f.Add("-1.+00001_-1_data.csv")
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := parseFileName(s, "data.csv"); ok && (n.String() != s || n.name != "data.csv") {
			t.Errorf("%q is read as %q", s, n.String())
		}
	})
}

func benchmarkFile(b *testing.B, noSync bool) {
	f, err := OpenFiles(FileOptions{Dir: b.TempDir(), Name: "d.csv", Sample: true, NoSync: noSync, Retain: 4})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := NewWriter(Options{CachePeriod: 500 * time.Millisecond})
	w.Enable(ToFile, f.Channel(1))
	benchmarkLines(b, w)
}

func BenchmarkFile(b *testing.B)       { benchmarkFile(b, false) }
func BenchmarkFileNoSync(b *testing.B) { benchmarkFile(b, true) }

// BenchmarkComplete is the price of one complete file, which a worker does not
// wait for: sync, .sem, sync of the folder.
func BenchmarkComplete(b *testing.B) {
	f, err := OpenFiles(FileOptions{Dir: b.TempDir(), Name: "d.csv", Sample: true, Retain: 4})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	c := f.Channel(1)
	batch := batchOf(strings.Repeat("x", 400))
	for b.Loop() {
		c.Write(batch, 0)
		c.Flush(0)
		f.completer.drain(c)
	}
}
