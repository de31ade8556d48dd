package afpacket

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestNICLosses follows the counter of an interface that another one shares its
// name with.
func TestNICLosses(t *testing.T) {
	before := sysNet
	sysNet = t.TempDir()
	t.Cleanup(func() { sysNet = before })
	folder := filepath.Join(sysNet, "eth0")
	if err := os.MkdirAll(filepath.Join(folder, "statistics"), 0o755); err != nil {
		t.Fatal(err)
	}
	set := func(name string, n int) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), fmt.Appendln(nil, n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	set("ifindex", 3)
	set("statistics/rx_missed_errors", 100)
	var other, n nicLosses
	other.begin(device{name: "eth0", index: 4})
	n.begin(device{name: "eth0", index: 3})
	for _, step := range []struct{ counter, want int }{{100, 0}, {107, 7}, {2, 7}, {5, 10}} {
		set("statistics/rx_missed_errors", step.counter)
		n.look()
		other.look()
		if n.lost != uint64(step.want) || other.lost != 0 {
			t.Errorf("counter %d: %d lost, want %d; %d of another interface", step.counter, n.lost, step.want, other.lost)
		}
	}
	set("statistics/rx_missed_errors", 6)
	n.end()
	set("statistics/rx_missed_errors", 9)
	n.look()
	if n.lost != 11 {
		t.Errorf("%d lost at the end, want 11", n.lost)
	}
}
