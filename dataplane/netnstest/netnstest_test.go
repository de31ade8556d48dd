//go:build linux

package netnstest

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"mmt/bench/traffic"
)

// pair makes two ends in two namespaces.
func pair(t *testing.T) (a, b End) {
	t.Helper()
	a, b = End{New(t), "veth0"}, End{New(t), "veth1"}
	Pair(t, a, b, PairOptions{Queues: 2})
	return a, b
}

func TestReplayIsCounted(t *testing.T) {
	a, b := pair(t)
	packets := traffic.Generate(1, []string{"web", "l2", "tunnels"}, 1)
	s := NewSender(t, a)
	s.Replay(packets, 0)
	path := filepath.Join(t.TempDir(), "trace.pcap")
	var trace bytes.Buffer
	if err := traffic.WritePcap(&trace, packets); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, trace.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	s.ReplayFile(path, 0)
	want := uint64(2 * len(packets))
	if got := b.Counters(t).RxPackets; s.Sent != want || got != want {
		t.Errorf("%d frames sent, %d came, want %d", s.Sent, got, want)
	}
}

func TestRate(t *testing.T) {
	a, _ := pair(t)
	packets := traffic.Generate(1, []string{"dns"}, 1)[:20]
	begin := time.Now()
	NewSender(t, a).Replay(packets, 200)
	if d := time.Since(begin); d < 90*time.Millisecond {
		t.Errorf("20 frames at 200 a second took %v", d)
	}
}

func TestDownAndDelete(t *testing.T) {
	a, b := pair(t)
	if err := b.SetUp(false); err != nil {
		t.Fatal(err)
	}
	a.WaitRunning(t, false)
	a.Delete(t)
	if _, err := b.flags(); err == nil {
		t.Error("an end is left of a pair that was removed")
	}
}

// TestDo: what runs in a namespace, and what it starts, sees nothing else.
func TestDo(t *testing.T) {
	a, _ := pair(t)
	outside, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	a.Space.Do(func() {
		inside, err := net.Interfaces()
		if err != nil || len(inside) != 2 {
			t.Errorf("%v, %v; want lo and one end", inside, err)
		}
		list, err := exec.Command("cat", "/proc/self/net/dev").Output()
		if err != nil || !bytes.Contains(list, []byte("veth0:")) {
			t.Errorf("a process that was started inside does not see the end: %s %v", list, err)
		}
	})
	again, err := net.Interfaces()
	if err != nil || len(again) != len(outside) {
		t.Errorf("%d interfaces before, %d after: %v", len(outside), len(again), err)
	}
}
