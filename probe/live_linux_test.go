package probe_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mmt/bench/traffic"
	"mmt/dataplane/netnstest"
)

// noRightsVariable makes the child be without all rights.
const noRightsVariable = "PROBE_TEST_NO_RIGHTS"

func init() {
	if os.Getenv(noRightsVariable) != "" {
		panic(withoutRights())
	}
}

// withoutRights starts the program anew without rights, which root would get
// back if it were not told otherwise. It returns only if it fails.
func withoutRights() error {
	const noRoot = 1 // SECBIT_NOROOT of linux/securebits.h
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_SECUREBITS, noRoot, 0, 0, 0); err != nil {
		return err
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return err
	}
	if err := os.Unsetenv(noRightsVariable); err != nil {
		return err
	}
	return unix.Exec("/proc/self/exe", os.Args, os.Environ())
}

// watch is a probe that watches one end of a veth pair.
type watch struct {
	t      *testing.T
	dir    string
	ready  string // what the log has when the probe captures
	cmd    *exec.Cmd
	stdout buffer
	stderr buffer
	in     netnstest.End
	out    netnstest.End
	sender *netnstest.Sender
}

// watching starts a probe and waits until it captures. Its reports of sessions
// go to stdout, others to complete files in the folder out, its log to
// probe.log.
func watching(t *testing.T, options ...string) *watch {
	t.Helper()
	return watchingPair(t, netnstest.PairOptions{}, options...)
}

// watchingPair is watching with the pair of its own.
func watchingPair(t *testing.T, o netnstest.PairOptions, options ...string) *watch {
	t.Helper()
	space := netnstest.New(t)
	w := &watch{
		t: t, dir: t.TempDir(), ready: "out0: AF_PACKET, ring of",
		in: netnstest.End{Space: space, Name: "in0"}, out: netnstest.End{Space: space, Name: "out0"},
	}
	netnstest.Pair(t, w.in, w.out, o)
	w.sender = netnstest.NewSender(t, w.in)
	if err := os.Mkdir(filepath.Join(w.dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.cmd = command(t, w.dir, append([]string{"-i", "out0", "-Xfile-output.enable=true", "-Xfile-output.output-dir=out", "-Xlogfile=probe.log"}, options...)...)
	w.cmd.Stdout, w.cmd.Stderr = &w.stdout, &w.stderr
	return w
}

func (w *watch) start() *watch {
	w.t.Helper()
	w.out.Space.Do(func() {
		if err := w.cmd.Start(); err != nil {
			w.t.Fatal(err)
		}
	})
	w.t.Cleanup(func() { w.cmd.Process.Kill() })
	w.awaitLog(w.ready)
	return w
}

func (w *watch) awaitLog(text string) {
	w.t.Helper()
	waitFor(w.t, text+" in the log", func() bool {
		log, err := os.ReadFile(filepath.Join(w.dir, "probe.log"))
		return err == nil && strings.Contains(string(log), text)
	})
}

func (w *watch) signal(s os.Signal) {
	w.t.Helper()
	if err := w.cmd.Process.Signal(s); err != nil {
		w.t.Fatal(err)
	}
}

// end interrupts the probe, which must end well, and returns its reports.
func (w *watch) end(s os.Signal) (sessions []string, files []string) {
	w.t.Helper()
	w.signal(s)
	if err := w.cmd.Wait(); err != nil {
		w.t.Fatalf("%v: %s", err, &w.stderr)
	}
	return sorted(w.stdout.String()), complete(w.t, filepath.Join(w.dir, "out"))
}

// lastStatus returns the six figures of the last report 200.
func (w *watch) lastStatus(files []string) (figures []int) {
	w.t.Helper()
	return w.lastFigures(files, "out0")
}

// lastFigures is lastStatus for another source.
func (w *watch) lastFigures(files []string, source string) (figures []int) {
	w.t.Helper()
	last := ""
	for _, line := range files { // sorted, and of equal length up to the time
		if strings.HasPrefix(line, "200,3,\""+source+"\",") {
			last = line
		}
	}
	fields := strings.Split(strings.TrimSpace(last), ",")
	if len(fields) != 10 {
		w.t.Fatalf("no report 200 of ten fields: %q", files)
	}
	for _, f := range fields[4:] {
		n, err := strconv.Atoi(f)
		if err != nil {
			w.t.Fatalf("%q: %v", last, err)
		}
		figures = append(figures, n)
	}
	return figures
}

// total is the bytes of packets.
func total(packets []traffic.Packet) (n int) {
	for _, p := range packets {
		n += len(p.Data)
	}
	return n
}

// timeless are the fields of report 100 that do not depend on when packets came.
func timeless(t *testing.T, lines []string) (out []string) {
	t.Helper()
	for _, line := range lines {
		f := strings.Split(strings.TrimSpace(line), ",")
		if f[0] != "100" {
			continue
		}
		if len(f) < 41 {
			t.Fatalf("a report of %d fields: %q", len(f), line)
		}
		keep := slices.Concat(f[4:18], f[19:27], f[36:41])
		switch f[38] { // application format
		case "1":
			keep = append(keep, f[44:52]...)
		case "2":
			keep = append(keep, f[41:]...)
		}
		out = append(out, strings.Join(keep, ",")+"\n")
	}
	slices.Sort(out)
	return out
}

// longPeriod gives one report a session, however long a replay takes.
var longPeriod = []string{"-Xstats-period=600"}

// TestLiveAsTrace: a trace gives the same session reports by file and by wire,
// and each packet is accounted for.
func TestLiveAsTrace(t *testing.T) {
	packets := traffic.Generate(goldenSeed, nil, 1)
	w := watching(t, append([]string{"-Xenable-report-version-info=true"}, longPeriod...)...).start()
	w.sender.Replay(packets, 0)
	got, files := w.end(os.Interrupt)
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, packets))
	want := reports(t, dir, nil, append([]string{"-t", "trace.pcap"}, longPeriod...)...)
	same(t, "live", timeless(t, got), timeless(t, want))
	if s := fmt.Sprint(w.lastStatus(files)); s != fmt.Sprint([]int{len(packets), 0, len(packets), 0, total(packets), 0}) {
		t.Errorf("status %s, want %d packets of %d bytes and none lost", s, len(packets), total(packets))
	}
	if !slices.ContainsFunc(files, func(line string) bool { return strings.HasPrefix(line, "1,3,\"out0\",") }) {
		t.Errorf("no start-up report in %q", files)
	}
}

// TestLiveFilter: what the filter leaves out is not the probe's; the interface
// had it.
func TestLiveFilter(t *testing.T) {
	packets := traffic.Generate(goldenSeed, []string{"dns", "web"}, 1)
	w := watching(t, append([]string{"-Xinput.pcap-filter=udp", "-Xthread-nb=0"}, longPeriod...)...).start()
	w.sender.Replay(packets, 0)
	got, files := w.end(syscall.SIGTERM)
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, packets))
	want := reports(t, dir, nil, append([]string{"-t", "trace.pcap", "-Xinput.pcap-filter=udp"}, longPeriod...)...)
	same(t, "live", timeless(t, got), timeless(t, want))
	if s := w.lastStatus(files); s[0] != len(packets) || s[2] == 0 || s[2] >= len(packets) {
		t.Errorf("status %v of %d packets", s, len(packets))
	}
}

// TestLiveIdle: with no packets to move time, sessions end, reports and files
// come, and the probe takes next to no processor time.
func TestLiveIdle(t *testing.T) {
	w := watching(t, "-Xstats-period=1", "-Xoutput.cache-period=1",
		"-Xsession-timeout.default-session-timeout=1", "-Xsession-timeout.short-session-timeout=1").start()
	begin := time.Now()
	packets := traffic.Generate(goldenSeed, []string{"dns"}, 1)
	w.sender.Replay(packets, 0)
	waitFor(t, "reports of all packets", func() bool { return reported(w.stdout.String()) == len(packets) })
	out := filepath.Join(w.dir, "out")
	waitFor(t, "two status reports", func() bool {
		n := 0
		for _, line := range complete(t, out) {
			if strings.HasPrefix(line, "200,") {
				n++
			}
		}
		return n >= 2
	})
	before := w.stdout.String()
	w.end(os.Interrupt)
	if after := w.stdout.String(); after != before {
		t.Errorf("the end reports again what was reported: %q", after[len(before):])
	}
	wall, used := time.Since(begin), w.cmd.ProcessState.SystemTime()+w.cmd.ProcessState.UserTime()
	if used > wall/2 {
		t.Errorf("%v of processor time in %v of waiting", used, wall)
	}
}

// reported is how many packets the session reports in a text tell of.
func reported(text string) (packets int) {
	for line := range strings.Lines(text) {
		if f := strings.Split(line, ","); f[0] == "100" && len(f) > 12 {
			n, _ := strconv.Atoi(f[11]) // a line that is not yet whole counts for nothing
			packets += n
		}
	}
	return packets
}

// TestLiveDownAndUp: the probe outlives its interface's going down, and tells.
func TestLiveDownAndUp(t *testing.T) { downAndUp(t, watching(t, longPeriod...).start()) }

func downAndUp(t *testing.T, w *watch) {
	t.Helper()
	packets := traffic.Generate(goldenSeed, []string{"dns"}, 1)
	w.sender.Replay(packets, 0)
	if err := w.out.SetUp(false); err != nil {
		t.Fatal(err)
	}
	w.awaitLog("out0 is down: the capture goes on when it is up again")
	if err := w.out.SetUp(true); err != nil {
		t.Fatal(err)
	}
	w.awaitLog("out0 is up: the capture goes on")
	w.out.WaitRunning(t, true)
	w.sender.Replay(packets, 0)
	_, files := w.end(os.Interrupt)
	if s := w.lastStatus(files); s[2] != 2*len(packets) {
		t.Errorf("status %v, want %d packets", s, 2*len(packets))
	}
}

// TestSecondSignal: a probe whose end is held up, here by an output that nobody
// reads, ends at once at the second signal.
func TestSecondSignal(t *testing.T) {
	w := watching(t, longPeriod...)
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	w.cmd.Stdout = to
	w.start()
	to.Close()
	w.sender.Replay(traffic.Generate(goldenSeed, nil, 2), 0)
	ended := make(chan error, 1)
	go func() { ended <- w.cmd.Wait() }()
	w.signal(os.Interrupt)
	select {
	case err := <-ended:
		t.Fatalf("the probe ended although nobody read its reports: %v", err)
	case <-time.After(time.Second):
	}
	w.signal(os.Interrupt)
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("the second signal does not end the probe")
	}
	if status := w.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() {
		t.Errorf("the probe ended with %v, want by the signal", w.cmd.ProcessState)
	}
}

// TestNoRights: without rights, one line says which are missing and how to get
// them.
func TestNoRights(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to give up rights")
	}
	t.Setenv(noRightsVariable, "1")
	code, _, stderr := run(t, t.TempDir(), nil, "-i", "lo")
	want := "input.source: lo: capture needs root or CAP_NET_RAW: setcap cap_net_raw,cap_net_admin+eip /"
	if code != 1 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("code %d, printed %q, want one line with %q", code, stderr, want)
	}
}
