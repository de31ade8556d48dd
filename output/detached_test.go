package output

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// detach is Detach with a Writer of small batches before it.
func detach(t *testing.T, ch Channel, o QueueOptions) (*Detached, *Writer) {
	t.Helper()
	d := Detach(ch, o)
	w := NewWriter(Options{CacheMax: 10})
	w.Enable(ToStdout, d.Channel())
	return d, w
}

// TestDetachedPipe has nobody read a pipe for a while: who writes goes on, and
// what is read at last is what was counted as written.
func TestDetachedPipe(t *testing.T) {
	r, pipe, err := os.Pipe()
	noError(t, err)
	d, w := detach(t, NewStdout(pipe).Channel(), QueueOptions{Lines: 1000})
	for range 2000 { // 20000 lines of which the pipe holds some 5000
		for range 10 {
			w.Write(ToStdout, []byte("line "+strings.Repeat("x", 7)))
		}
	}
	eventually(t, "it is seen to stand still", func() bool { return d.Stats().Failing })
	s := d.Stats()
	if s.Received != 20000 || s.Received != s.Written+s.Pending+s.Lost || s.Lost != s.Losses[LostQueueFull] || s.Lost == 0 {
		t.Errorf("while nobody reads: %+v", s)
	}
	came := make(chan int)
	go func() {
		n := 0
		for in := bufio.NewScanner(r); in.Scan(); n++ {
		}
		came <- n
	}()
	noError(t, w.Close(0))
	noError(t, d.Close(longTime))
	pipe.Close()
	s = d.Stats()
	if n := <-came; uint64(n) != s.Written || s.Received != s.Written+s.Lost || s.Pending != 0 {
		t.Errorf("%d lines came: %+v", n, s)
	}
}

// TestDetachedFile holds that a file is complete at the end of its cache-period
// also if no line comes after it.
func TestDetachedFile(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, FileOptions{Dir: dir, Sample: true})
	d, w := detach(t, f.Channel(1), QueueOptions{})
	for range 25 {
		w.Write(ToStdout, []byte("line"))
	}
	w.Flush(1)
	sems := func() int {
		list, _ := filepath.Glob(filepath.Join(dir, "*"+semSuffix))
		return len(list)
	}
	eventually(t, "a complete file", func() bool { return sems() == 1 })
	w.Write(ToStdout, []byte("line"))
	noError(t, w.Close(2))
	noError(t, d.Close(longTime))
	f.Close()
	if s := d.Stats(); s.Written != 26 || s.Lost+s.Pending != 0 || sems() != 2 {
		t.Errorf("%d files, %+v", sems(), s)
	}
}

// TestDetachedFileIsLost holds that lines of a file that is never complete are
// counted.
func TestDetachedFileIsLost(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, FileOptions{Dir: dir})
	d, w := detach(t, f.Channel(1), QueueOptions{})
	for range 10 {
		w.Write(ToStdout, []byte("line"))
	}
	eventually(t, "the lines are in a file", func() bool { return d.Stats().Written == 10 })
	noError(t, os.RemoveAll(dir))
	noError(t, w.Close(1))
	if err := d.Close(longTime); err == nil || !strings.Contains(err.Error(), "output channel file") {
		t.Errorf("close: %v", err)
	}
	f.Close()
	if s := d.Stats(); s.Written != 0 || s.Losses[LostDamaged] != 10 {
		t.Errorf("%+v", s)
	}
}

// TestFileAfterTheEnd holds that a channel that comes back from a disk that stood
// still, after all that completes files has ended, leaves its file to the next run.
func TestFileAfterTheEnd(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, FileOptions{Dir: dir})
	ch, b := f.Channel(1), &Batch{}
	b.Add([]byte("line"))
	_, err := ch.Write(b, 0)
	noError(t, err)
	f.completer.stop()
	ended := make(chan error, 1)
	go func() { ended <- ch.Close() }()
	select {
	case err := <-ended:
		noError(t, err)
	case <-time.After(longTime):
		t.Fatal("the channel waits")
	}
	next := openFiles(t, FileOptions{Dir: dir})
	defer next.Close()
	if r := next.Recovered(); r.Files+int(ch.Lost()) != 2 {
		t.Errorf("%+v, %d lines lost", r, ch.Lost())
	}
}

// TestDetachedStandsStill holds that the end does not wait for a channel that
// does nothing any more, and counts what it has not taken.
func TestDetachedStandsStill(t *testing.T) {
	r, w := io.Pipe()
	defer r.Close()
	d, writer := detach(t, NewStdout(w).Channel(), QueueOptions{})
	for range 30 {
		writer.Write(ToStdout, []byte("line"))
	}
	noError(t, writer.Close(0))
	if err := d.Close(time.Millisecond); err == nil || !strings.Contains(err.Error(), "30 reports not sent are lost") {
		t.Errorf("close: %v", err)
	}
	if s := d.Stats(); s.Losses[LostAtEnd] != 30 || s.Lost != 30 {
		t.Errorf("%+v", s)
	}
}
