package bpf

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"mmt/dataplane/netnstest"
)

// TestUpdateLeavesNoGap: while rules change back and forth, a packet that all of
// them drop never passes, each time for the reason of one whole rule set.
func TestUpdateLeavesNoGap(t *testing.T) {
	p := load(t, Options{Flows: 1})
	sets := []*Rules{
		{Prefixes: []PrefixRule{{Deny, Either, prefix("10.0.0.0/8")}}},
		{Ports: []PortRule{{Action: Deny, First: 80}}},
		{Prefixes: []PrefixRule{{Allow, Either, prefix("192.168.0.0/16")}}},
	}
	update(t, p, *sets[0])
	var stop atomic.Bool
	done := make(chan error)
	web := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 10)
	go func() {
		var err error
		for !stop.Load() && err == nil {
			_, _, err = p.objs.Prefilter.Benchmark(web, 2000, nil)
		}
		done <- err
	}()
	for i := range 30 {
		update(t, p, *sets[i%len(sets)])
	}
	stop.Store(true)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	c := counters(t, p)
	for r, n := range c.All() {
		if r != DropPrefix && r != DropPort && r != DropNotAllowed {
			t.Errorf("%d packets: %v", n.Packets, r)
		}
	}
	if c.Seen().Packets == 0 {
		t.Error("no packets")
	}
}

func TestWrongRulesChangeNothing(t *testing.T) {
	p := load(t, Options{Flows: 1})
	update(t, p, Rules{Ports: []PortRule{{Action: Deny, First: 80}}})
	if err := p.Update(&Rules{Ports: []PortRule{{First: 10, Last: 9}}}); err == nil {
		t.Error("no error")
	}
	before := counters(t, p)
	if r := try(t, p, &before, frame("10.1.2.3:1", "10.0.0.1:80", protoTCP, 0x10, 10)); r != DropPort {
		t.Errorf("%v under the old rules", r)
	}
}

func TestAttach(t *testing.T) {
	p := load(t, Options{Flows: 1})
	a, b := netnstest.End{Space: netnstest.New(t), Name: "veth0"}, netnstest.End{Space: netnstest.New(t), Name: "veth1"}
	netnstest.Pair(t, a, b, netnstest.PairOptions{MTU: 1500})
	s := netnstest.NewSender(t, a)
	web := frame("10.1.2.3:1", "10.0.0.1:80", protoTCP, 0x10, 10)
	for _, c := range []struct{ mode, want Mode }{{Auto, Native}, {Native, Native}, {Generic, Generic}} {
		before := counters(t, p)
		att := attach(t, p, b, c.mode)
		if att.Mode != c.want || !strings.Contains(att.Message(), "veth1: XDP in "+c.want.String()+" mode: ") {
			t.Errorf("%v: %s", c.mode, att.Message())
		}
		for range 100 {
			if err := s.Send(web); err != nil {
				t.Fatal(err)
			}
		}
		now := counters(t, p)
		if got := now.Seen().Packets - before.Seen().Packets; got != 100 {
			t.Errorf("%v: %d packets seen of 100", c.mode, got)
		}
		b.Space.Do(func() {
			if _, err := p.Attach("veth1", c.mode); !errors.Is(err, syscall.EBUSY) || !strings.Contains(err.Error(), "another XDP program") {
				t.Errorf("a second time: %v", err)
			}
		})
		if err := att.Close(); err != nil {
			t.Error(err)
		}
	}
}

func attach(t *testing.T, p *Prefilter, e netnstest.End, mode Mode) (a *Attachment) {
	t.Helper()
	var err error
	e.Space.Do(func() { a, err = p.Attach(e.Name, mode) })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestFallBack: veth has no native mode for long frames.
func TestFallBack(t *testing.T) {
	p := load(t, Options{Flows: 1})
	a, b := netnstest.End{Space: netnstest.New(t), Name: "veth0"}, netnstest.End{Space: netnstest.New(t), Name: "veth1"}
	netnstest.Pair(t, a, b, netnstest.PairOptions{MTU: 9000})
	b.Space.Do(func() {
		_, err := p.Attach("veth1", Native)
		if err == nil || !strings.Contains(err.Error(), "MTU, here 9000") {
			t.Errorf("native: %v", err)
		}
		if _, err := p.Attach("veth7", Native); err == nil || !strings.Contains(err.Error(), `interface "veth7"`) {
			t.Errorf("unknown interface: %v", err)
		}
	})
	att := attach(t, p, b, Auto)
	defer att.Close()
	if att.Mode != Generic || !strings.Contains(att.Message(), "native mode: ") {
		t.Error(att.Message())
	}
}

// TestWithoutRights runs this test again as nobody.
func TestWithoutRights(t *testing.T) {
	if os.Geteuid() != 0 {
		_, err := Load(Options{})
		if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, ErrNotSupported) {
			t.Fatalf("%v, want missing rights", err)
		}
		if errors.Is(err, fs.ErrPermission) && !strings.Contains(err.Error(), "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN") {
			t.Fatalf("%v does not say which", err)
		}
		return
	}
	load(t, Options{}) // there is something to lose
	exe := filepath.Join(t.TempDir(), "bpf.test")
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(exe, self, 0o755), os.Chmod(filepath.Dir(exe), 0o755), os.Chmod(filepath.Dir(filepath.Dir(exe)), 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run", "^TestWithoutRights$")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("PASS")) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

// TestGenerated makes the generated files again and compares. Only the compiler
// that gen.go names gives the same bytes.
func TestGenerated(t *testing.T) {
	line, err := os.ReadFile("gen.go")
	if err != nil {
		t.Fatal(err)
	}
	_, command, _ := strings.Cut(string(line), "//go:generate ")
	args := strings.Fields(command)
	for _, need := range []string{"clang-14", "llvm-strip-14"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("%s is not installed: generated files not compared (apt-get install clang-14 llvm-14 libbpf-dev)", need)
		}
	}
	if _, err := os.Stat("/usr/include/bpf/bpf_helpers.h"); err != nil {
		t.Skip("bpf_helpers.h is not installed: generated files not compared (apt-get install libbpf-dev)")
	}
	dir := t.TempDir()
	args = append(args[:3:3], append([]string{"-go-package", "bpf", "-output-dir", dir}, args[3:]...)...)
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	for _, name := range []string{"prefilter_bpfel.go", "prefilter_bpfel.o", "prefilter_bpfeb.go", "prefilter_bpfeb.o"} {
		made, err1 := os.ReadFile(filepath.Join(dir, name))
		kept, err2 := os.ReadFile(name)
		if err := errors.Join(err1, err2); err != nil {
			t.Error(err)
		} else if !bytes.Equal(made, kept) {
			t.Errorf("%s does not come from c/ as it is now: run go generate ./bpf", name)
		}
	}
}
