package pcapfile

import (
	"encoding/binary"
	"io"
	"os"
	"syscall"
	"testing"
	"time"

	"mmt/dataplane"
)

// TestStopPipe: a trace that comes through standard input ends when it is stopped while
// nobody writes; that is no damage.
func TestStopPipe(t *testing.T) {
	trace := classicTrace(t, samples(2), true, binary.LittleEndian)
	cut := gzipped(t, append(trace, make([]byte, 100000)...))
	for name, begin := range map[string][]byte{"plain": trace, "within a record": trace[:len(trace)-3], "gzip": cut[:len(cut)-20]} {
		t.Run(name, func(t *testing.T) {
			var fd [2]int
			if err := syscall.Pipe(fd[:]); err != nil {
				t.Fatal(err)
			}
			r, w := os.NewFile(uintptr(fd[0]), "read"), os.NewFile(uintptr(fd[1]), "write") // without deadlines, as a program finds them
			old := os.Stdin
			os.Stdin = r
			defer func() { os.Stdin = old; r.Close(); w.Close() }()
			if _, err := w.Write(begin); err != nil {
				t.Fatal(err)
			}
			s, err := Open("-", Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			time.AfterFunc(20*time.Millisecond, s.Stop)
			var b dataplane.Burst
			for err == nil {
				err = s.Receive(&b)
				s.Release(&b)
			}
			if err != io.EOF {
				t.Errorf("%v, want the end", err)
			}
		})
	}
}
