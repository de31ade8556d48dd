package reconstruct

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"mmt/report"
)

// pack packs data by a coding.
func pack(t testing.TB, c Coding, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch c {
	case Gzip:
		w = gzip.NewWriter(&b)
	case Deflate:
		w = zlib.NewWriter(&b)
	case Brotli:
		w = brotli.NewWriter(&b)
	default:
		return data
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// raw packs data as deflate without the frame of zlib.
func raw(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, 6)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.Bytes()
}

// body is one that a test gives to a store.
type body struct {
	data []byte
	file File
}

// stored is what came of it.
type stored struct {
	name   string
	status uint8
	data   string
}

// store gives bodies to a store, in pieces of n bytes, and returns what came of each,
// in the order of their ends.
func store(t *testing.T, f Folder, n int, bodies ...body) (list []stored, stats Stats) {
	t.Helper()
	if f.Dir == "" {
		f.Dir = t.TempDir()
	}
	s, err := Open(Options{Threads: 1, Folders: [kinds]Folder{HTTP: f}, Wait: true, Done: func(_ int, _ Kind, r *report.Reconstruction) {
		one := stored{status: r.Status}
		if len(r.Path) > 0 {
			if filepath.Dir(string(r.Path)) != f.Dir {
				t.Errorf("%q is not in the folder", r.Path)
			}
			data, err := os.ReadFile(string(r.Path))
			if err != nil {
				t.Error(err)
			}
			one.name, one.data = filepath.Base(string(r.Path)), string(data)
		}
		list = append(list, one)
	}})
	if err != nil {
		t.Fatal(err)
	}
	feed := s.Feed(0)
	for i := range bodies {
		job := feed.Begin()
		for rest := bodies[i].data; len(rest) > 0; rest = rest[min(n, len(rest)):] {
			feed.Add(HTTP, job, rest[:min(n, len(rest))], 1)
		}
		feed.Finish(job, &bodies[i].file, 7)
		feed.EndBurst(1)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(f.Dir, ".part*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	return list, s.Stats()
}

// web makes a file of a host.
func web(uri string, content Coding) File {
	return File{Host: []byte("example.com"), URI: []byte(uri), MIME: []byte("text/plain"), Content: content}
}

// text is some data of a length that packs well, but no bomb.
func text(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "line %d of %x\n", i, i*i)
	}
	return b.Bytes()[:n]
}

// TestCodings holds that all codings are undone, whatever the pieces and the length.
func TestCodings(t *testing.T) {
	for _, size := range []int{1, 100, maxHeld - 1, maxHeld, 5 * maxHeld} {
		data := text(size)
		for _, n := range []int{1, 1448, 1 << 20} {
			if n == 1 && size > 1000 {
				continue
			}
			for c, packed := range map[Coding][]byte{
				Identity: data, Chunked: data, Gzip: pack(t, Gzip, data), Deflate: pack(t, Deflate, data), Brotli: pack(t, Brotli, data),
			} {
				list, stats := store(t, Folder{}, n, body{packed, web("/a", c)})
				if len(list) != 1 || list[0].status != Whole || list[0].data != string(data) || list[0].name != "mmt-7-example.com-=a.txt" {
					t.Fatalf("coding %d, %d bytes by %d: %.200v", c, size, n, list)
				}
				if stats != (Stats{Files: 1, Bytes: uint64(size)}) {
					t.Errorf("%+v", stats)
				}
			}
		}
	}
}

// TestOddBodies holds what becomes of bodies that are not what they say, or not
// whole.
func TestOddBodies(t *testing.T) {
	data := text(20000)
	zipped := pack(t, Gzip, data)
	cutFile := func(c Coding) File { f := web("/a", c); f.Cut = true; return f }
	transfer := web("/a", Identity)
	transfer.Transfer = Gzip
	both := web("/a", Deflate)
	both.Transfer = Gzip
	for name, c := range map[string]struct {
		body   body
		status uint8
		want   []byte // nil: a part of the data
	}{
		"raw deflate":          {body{raw(t, data), web("/a", Deflate)}, Whole, data},
		"two members":          {body{append(bytes.Clone(zipped), zipped...), web("/a", Gzip)}, Whole, append(bytes.Clone(data), data...)},
		"something behind":     {body{append(bytes.Clone(zipped), "<!-- -->"...), web("/a", Gzip)}, Whole, data},
		"transfer coding":      {body{zipped, transfer}, Whole, data},
		"both codings":         {body{pack(t, Gzip, pack(t, Deflate, data)), both}, Whole, data},
		"cut":                  {body{data[:700], cutFile(Identity)}, Incomplete, data[:700]},
		"cut gzip":             {body{zipped[:len(zipped)/2], cutFile(Gzip)}, Incomplete, nil},
		"cut deflate":          {body{pack(t, Deflate, data)[:3000], cutFile(Deflate)}, Incomplete, nil},
		"cut br":               {body{pack(t, Brotli, data)[:3000], cutFile(Brotli)}, Incomplete, nil},
		"a head that is cut":   {body{zipped[:5], cutFile(Gzip)}, Undecoded, zipped[:5]},
		"gzip that ends early": {body{zipped[:len(zipped)/2], web("/a", Gzip)}, Undecoded, zipped[:len(zipped)/2]},
		"no gzip":              {body{data, web("/a", Gzip)}, Undecoded, data},
		"no br":                {body{data, web("/a", Brotli)}, Undecoded, data},
		"wrong sum":            {body{append(bytes.Clone(zipped[:len(zipped)-8]), make([]byte, 8)...), web("/a", Gzip)}, Undecoded, append(bytes.Clone(zipped[:len(zipped)-8]), make([]byte, 8)...)},
		"compress":             {body{data, web("/a", Compress)}, Unsupported, data},
		"a coding of its own":  {body{data, web("/a", OtherCoding)}, Unsupported, data},
	} {
		t.Run(name, func(t *testing.T) {
			list, _ := store(t, Folder{}, 1000, c.body)
			if len(list) != 1 || list[0].status != c.status {
				t.Fatalf("%.200v, want status %d", list, c.status)
			}
			if got := list[0].data; c.want != nil && got != string(c.want) || got == "" || c.want == nil && !strings.HasPrefix(string(data), got) {
				t.Errorf("%d bytes: %.100q", len(got), got)
			}
		})
	}
}

// TestBombs holds that what becomes too large is kept as it came.
func TestBombs(t *testing.T) {
	zeros := make([]byte, 12<<20)
	for name, c := range map[string]struct {
		coding Coding
		folder Folder
		bomb   bool
	}{
		"gzip by ratio":   {Gzip, Folder{MaxRatio: 100}, true},
		"zlib by ratio":   {Deflate, Folder{MaxRatio: 100}, true},
		"br by ratio":     {Brotli, Folder{MaxRatio: 100}, true},
		"by size":         {Gzip, Folder{MaxFile: 8 << 20}, true},
		"by all files":    {Brotli, Folder{MaxTotal: 8 << 20}, true},
		"within limits":   {Gzip, Folder{MaxRatio: 10000, MaxFile: 30 << 20, MaxTotal: 40 << 20}, false},
		"without a limit": {Brotli, Folder{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			packed := pack(t, c.coding, zeros)
			begin := time.Now()
			list, stats := store(t, c.folder, 1<<20, body{packed, web("/bomb", c.coding)})
			if time.Since(begin) > 10*time.Second {
				t.Error("it took too long")
			}
			want, status, bombs := len(zeros), uint8(Whole), uint64(0)
			if c.bomb {
				want, status, bombs = len(packed), Undecoded, 1
			}
			if len(list[0].data) != want || list[0].status != status || stats.Bombs != bombs {
				t.Errorf("%d bytes, status %d, %+v", len(list[0].data), list[0].status, stats)
			}
		})
	}
}

// TestLimits holds that a file is cut where it becomes too large, and that nothing is
// kept when there is no room for more.
func TestLimits(t *testing.T) {
	data := text(100000)
	list, stats := store(t, Folder{MaxFile: 70000, MaxTotal: 100000}, 1448,
		body{data, web("/a", Identity)}, body{data, web("/b", Identity)}, body{data, web("/c", Identity)})
	want := []stored{
		{"mmt-7-example.com-=a.txt", Incomplete, string(data[:70000])},
		{"mmt-7-example.com-=b.txt", Incomplete, string(data[:30000])},
		{"", Incomplete, ""},
	}
	for i := range want {
		if list[i] != want[i] {
			t.Errorf("file %d: %.100v", i, list[i])
		}
	}
	if stats != (Stats{Files: 2, Bytes: 100000, Refused: 1}) {
		t.Errorf("%+v", stats)
	}
}

// TestSameNames holds that files of a run do not replace each other, and that those
// of an earlier run are replaced.
func TestSameNames(t *testing.T) {
	dir := t.TempDir()
	for run := range 2 {
		a, b := fmt.Sprint("first ", run), fmt.Sprint("second ", run)
		list, _ := store(t, Folder{Dir: dir}, 10, body{[]byte(a), web("/a", Identity)}, body{[]byte(b), web("/a", Identity)},
			body{[]byte("x"), web("/a-2", Identity)}, body{[]byte("y"), web("/a", Identity)})
		want := []stored{
			{"mmt-7-example.com-=a.txt", Whole, a}, {"mmt-7-example.com-=a-2.txt", Whole, b},
			{"mmt-7-example.com-=a-2-2.txt", Whole, "x"}, {"mmt-7-example.com-=a-3.txt", Whole, "y"},
		}
		for i := range want {
			if list[i] != want[i] {
				t.Errorf("run %d: %v, want %v", run, list[i], want[i])
			}
		}
	}
}

// TestManySameNames holds that one name asked for again and again costs no more than
// others.
func TestManySameNames(t *testing.T) {
	f := &folder{taken: map[uint64]uint32{}}
	file := web("/a", Identity)
	begin := time.Now()
	for range 100000 {
		f.take(7, &file)
	}
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("it took %v", d)
	}
}

// TestSymbolicLink holds that a link in the folder leads nowhere.
func TestSymbolicLink(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "mmt-7-example.com-=a.txt")); err != nil {
		t.Fatal(err)
	}
	list, _ := store(t, Folder{Dir: dir}, 10, body{[]byte("data"), web("/a", Identity)})
	if data, err := os.ReadFile(outside); err != nil || string(data) != "untouched" || list[0].data != "data" {
		t.Errorf("%q, %v, %v", data, err, list)
	}
}

// TestNumbers holds that a file gets the number of its session whenever that is told.
func TestNumbers(t *testing.T) {
	for _, early := range []bool{false, true} {
		dir := t.TempDir()
		var paths []string
		s, err := Open(Options{Threads: 2, Folders: [kinds]Folder{FTP: {Dir: dir}}, Wait: true, Done: func(_ int, _ Kind, r *report.Reconstruction) {
			paths = append(paths, filepath.Base(string(r.Path)))
		}})
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for thread := range 2 {
			feed := s.Feed(thread)
			job := feed.Begin()
			group.Go(func() {
				if early {
					s.Number(thread, job, uint64(40+thread))
				}
				feed.Add(FTP, job, []byte("data"), 1)
				feed.Finish(job, &File{Kind: FTP, Host: []byte("h"), URI: []byte("f")}, 0)
				feed.EndBurst(1)
				if !early {
					s.Number(thread, job, uint64(40+thread))
				}
			})
		}
		group.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(paths, " "); got != "mmt-40-h-f mmt-41-h-f" && got != "mmt-41-h-f mmt-40-h-f" {
			t.Errorf("early %v: %s", early, got)
		}
	}
}

// TestOverload holds that a thread that may not wait loses pieces, which are counted.
func TestOverload(t *testing.T) {
	s, err := Open(Options{Threads: 1, Folders: [kinds]Folder{HTTP: {Dir: t.TempDir()}}})
	if err != nil {
		t.Fatal(err)
	}
	refused := uint64(0)
	data := make([]byte, 50000)
	job := s.Feed(0).Begin()
	for range 3000 {
		if !s.Feed(0).Add(HTTP, job, data, 1) {
			refused++
		}
	}
	s.Feed(0).Flush()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if refused == 0 || s.Stats().Lost != refused {
		t.Errorf("%d refused, %+v", refused, s.Stats())
	}
}

// TestFullDisk holds that errors of the disk are told once, and files counted.
func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	told := 0
	s, err := Open(Options{Threads: 1, Folders: [kinds]Folder{HTTP: {Dir: dir}}, Wait: true, OnError: func(error) { told++ }})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		job := s.Feed(0).Begin()
		s.Feed(0).Add(HTTP, job, text(maxHeld+1), 1)
		f := web("/a", Gzip)
		s.Feed(0).Finish(job, &f, 1)
	}
	s.Feed(0).Flush()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := s.Stats(); n != (Stats{Refused: 3}) || told != 1 {
		t.Errorf("%+v, told %d times", n, told)
	}
}

func TestOpenErrors(t *testing.T) {
	_, err := Open(Options{Threads: 1, Folders: [kinds]Folder{FTP: {Dir: filepath.Join(t.TempDir(), "none")}}})
	if err == nil || !strings.Contains(err.Error(), "mkdir -p") {
		t.Errorf("error %v", err)
	}
}

// TestSweep holds that what crashes have left goes, and nothing else.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-2 * sweepAfter)
	for _, name := range []string{".part-1-0-1", ".part-1-0-2", "mine"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if name != ".part-1-0-2" {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	f, err := openFolder(Folder{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	f.root.Close()
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 2 {
		t.Errorf("%v %v", list, err)
	}
}

func TestAddAllocations(t *testing.T) {
	s, err := Open(Options{Threads: 1, Folders: [kinds]Folder{HTTP: {Dir: t.TempDir(), MaxFile: 1000}}, Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	feed := s.Feed(0)
	job := feed.Begin()
	data := make([]byte, 1448)
	feed.Add(HTTP, job, data, 1)
	if n := testing.AllocsPerRun(5000, func() {
		feed.Add(HTTP, job, data, 1)
		feed.EndBurst(1)
	}); n != 0 {
		t.Errorf("%v allocations a piece", n)
	}
	feed.Flush()
	s.Close()
}
