package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mmt/bench/traffic"
	"mmt/dataplane"
)

// TestMemoryGone holds that a trace that is cut while it is mapped ends the run
// with an error, not with a crash.
func TestMemoryGone(t *testing.T) {
	for _, workers := range []int{0, 2} {
		src := newTrace(t, traffic.Generate(9, []string{"dns", "web"}, 1))
		lost := gone(t)
		for i := range src.rest[200:] {
			src.rest[200+i].Data = lost
		}
		b := newBench(t, max(workers, 1))
		_, err := b.run(t.Context(), Options{Sources: []dataplane.Source{src}, Inline: workers == 0})
		if err == nil || !strings.Contains(err.Error(), "was the trace cut while it was read?") {
			t.Errorf("%d workers: error %v", workers, err)
		}
		if src.released != src.received {
			t.Errorf("%d workers: %d released of %d", workers, src.released, src.received)
		}
	}
}

// gone returns the memory of a mapped file that has been cut since.
func gone(t *testing.T) []byte {
	path := filepath.Join(t.TempDir(), "trace")
	if err := os.WriteFile(path, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mem, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(mem) })
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	return mem[:100]
}
