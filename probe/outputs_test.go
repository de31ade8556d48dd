package probe_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"mmt/bench/traffic"
	"mmt/testserver"
)

// toRedis are the options of reports to a stream of a server and to stdout.
func toRedis(server *testserver.Redis, more ...string) []string {
	return set(append(more, "redis-output.enable=true", "redis-output.hostname=127.0.0.1", fmt.Sprint("redis-output.port=", server.Port),
		"redis-output.type=STREAM", "session-report.output-channel={redis, stdout}", "output.spill-dir=spill", "stats-period=1")...)
}

// set writes options for the command line.
func set(options ...string) (args []string) {
	for _, o := range options {
		args = append(args, "-X", o)
	}
	return args
}

// streamed returns the lines of the stream, each with its line end.
func streamed(t *testing.T, server *testserver.Redis) (lines []string) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Address})
	defer client.Close()
	all, err := client.XRange(context.Background(), "report", "-", "+").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		lines = append(lines, m.Values["report"].(string)+"\n")
	}
	slices.Sort(lines)
	return lines
}

// TestRedisGetsAll holds that the server gets each line once, whatever the
// number of threads.
func TestRedisGetsAll(t *testing.T) {
	server := testserver.StartRedis(t)
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Mixed(1, 300)))
	for threads := range 3 {
		server.Command("DEL report")
		want := reports(t, dir, nil, toRedis(server, fmt.Sprint("thread-nb=", threads))...)
		same(t, fmt.Sprint(threads, " threads"), streamed(t, server), want)
	}
}

// TestRedisRestarts kills the server in the middle of a run, which gives it all
// lines in the end.
func TestRedisRestarts(t *testing.T) {
	server := testserver.StartRedis(t)
	log := (&restarted{
		channel: "redis", server: server, options: toRedis(server, "thread-nb=2"),
		some: func() {
			waitFor(t, "lines in the stream", func() bool {
				n, _ := strconv.Atoi(strings.TrimSpace(server.Command("XLEN report")[1:]))
				return n > 100
			})
		},
		all: func(int) []string { return streamed(t, server) },
	}).check(t)
	for _, text := range []string{"output channel redis does not take reports", "output channel redis takes reports again"} {
		if strings.Count(log, text) != 1 {
			t.Errorf("the log does not say once %q: %s", text, log)
		}
	}
}

// restarted is a real server that is killed in the middle of a run, and comes back.
type restarted struct {
	channel string // that takes reports to it
	server  interface {
		Kill()
		Start()
	}
	options []string
	some    func()                    // waits until it has lines
	all     func(wanted int) []string // returns its lines, of which so many are different, with line ends
}

// check kills the server when it has lines, and starts it again when others wait on
// disk. In the end it has each line, and at most those of one batch twice. The log
// is returned.
func (r *restarted) check(t *testing.T) string {
	t.Helper()
	const batch = 20
	dir := t.TempDir()
	options := append(set(fmt.Sprint("output.cache-max=", batch), "output.flush-timeout=120", "output.spill-dir=spill", "stats-period=1"), r.options...)
	cmd := command(t, dir, append(options, "-t", "-")...)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	trace := pcap(t, traffic.Mixed(1, 3000))
	go feed(input, io.LimitReader(&trickle{trace}, int64(len(trace))))
	r.some()
	r.server.Kill()
	waitFor(t, "lines on disk", func() bool {
		files, _ := filepath.Glob(filepath.Join(dir, "spill", r.channel, "*.spill"))
		return len(files) > 0
	})
	r.server.Start()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &log)
	}
	want := slices.Compact(sorted(out.String()))
	got := r.all(len(want))
	slices.Sort(got)
	sent := len(got)
	got = slices.Compact(got)
	if sent-len(got) > batch {
		t.Errorf("%d lines came twice, a batch has %d", sent-len(got), batch)
	}
	same(t, "after a restart", got, want)
	return log.String()
}

// TestProbeIsKilledWhileRedisIsGone holds that the next run sends what a killed
// one had on disk.
func TestProbeIsKilledWhileRedisIsGone(t *testing.T) {
	server := testserver.StartRedis(t)
	server.Kill()
	dir := t.TempDir()
	trace := pcap(t, traffic.Mixed(1, 3000))
	possible := reports(t, dir, bytes.NewReader(trace), "-t", "-", "-X", "stats-period=1")
	cmd := command(t, dir, append(toRedis(server, "output.cache-max=20"), "-t", "-")...)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go feed(input, &trickle{trace})
	waitFor(t, "much on disk", func() bool { return spilled(dir) > 100_000 })
	cmd.Process.Kill()
	cmd.Wait()
	size := spilled(dir)
	server.Start()
	write(t, dir, "trace.pcap", pcap(t, nil))
	code, _, stderr := run(t, dir, nil, toRedis(server, "session-report.enable=false")...)
	got := streamed(t, server)
	if code != 0 || !strings.Contains(stderr, fmt.Sprint(len(got), " reports of an earlier run wait in spill/redis")) {
		t.Errorf("code %d, %d lines, log %s", code, len(got), stderr)
	}
	if length := len(strings.Join(got, "")); length < size*8/10 || length > size {
		t.Errorf("%d bytes sent of %d on disk", length, size)
	}
	checkLines(t, got, possible)
	if left := spilled(dir); left != 0 {
		t.Errorf("%d bytes are left on disk", left)
	}
}

// spilled returns how many bytes wait on disk for redis.
func spilled(dir string) (size int) {
	files, _ := filepath.Glob(filepath.Join(dir, "spill", "redis", "*.spill"))
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			size += int(info.Size())
		}
	}
	return size
}

// TestSocketsGetAll sends to both kinds of sockets.
func TestSocketsGetAll(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Mixed(1, 200)))
	local, internet := readAll(t, "unix", filepath.Join(dir, "sock")), readAll(t, "tcp", "127.0.0.1:0")
	_, port, _ := net.SplitHostPort(internet.address)
	want := reports(t, dir, nil, set("socket-output.enable=true", "socket-output.type=BOTH", "socket-output.descriptor=sock", "socket-output.port="+port,
		"socket-output.hostname=127.0.0.1", "session-report.output-channel={socket, stdout}", "output.spill-dir=spill")...)
	same(t, "UNIX", local.lines(), want)
	same(t, "TCP", internet.lines(), want)
}

// TestReportsForAll holds that reports which no block has channels for go to all that
// are enabled.
func TestReportsForAll(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(5, []string{"l2"}, 1)))
	server := readAll(t, "unix", filepath.Join(dir, "sock"))
	code, _, stderr := run(t, dir, nil, "-t", "trace.pcap", "-X", "enable-report-version-info=true", "-X", "license=key", "-X", "enable-proto-without-session-report=true", "-X", "session-report.enable=true",
		"-X", "file-output.output-dir=.", "-X", "socket-output.enable=true", "-X", "socket-output.descriptor=sock", "-X", `output.spill-dir=""`)
	if code != 0 {
		t.Fatalf("code %d: %s", code, stderr)
	}
	got := map[string]bool{}
	for _, line := range server.lines() {
		id, _, _ := strings.Cut(line, ",")
		got[id] = true
	}
	if !got["1"] || !got["30"] || !got["99"] || len(got) != 3 {
		t.Errorf("reports %v", got)
	}
}

// reader is a server that reads one connection.
type reader struct {
	address string
	text    []byte
	done    sync.WaitGroup
}

func readAll(t *testing.T, network, address string) *reader {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	r := &reader{address: l.Addr().String()}
	r.done.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		r.text, _ = io.ReadAll(bufio.NewReader(conn))
	})
	return r
}

func (r *reader) lines() []string {
	r.done.Wait()
	return sorted(string(r.text))
}

// TestSpillDirIsWanted holds that a folder that was named must be usable, and
// that the default one need not.
func TestSpillDirIsWanted(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Mixed(1, 20)))
	write(t, dir, "file", nil)
	server := readAll(t, "unix", filepath.Join(dir, "sock"))
	socket := []string{"socket-output.enable=true", "socket-output.descriptor=sock", "session-report.output-channel=socket"}
	code, _, stderr := run(t, dir, nil, set(append(socket, "output.spill-dir=file/folder")...)...)
	if code == 0 || !strings.Contains(stderr, `spill-dir "file/folder/socket"`) || !strings.Contains(stderr, "spill-size = 0") {
		t.Errorf("code %d: %s", code, stderr)
	}
	begin := time.Now()
	if code, _, stderr = run(t, dir, nil, set(append(socket, `output.spill-dir=""`)...)...); code != 0 || time.Since(begin) > 4*time.Second {
		t.Errorf("code %d after %s: %s", code, time.Since(begin), stderr)
	}
	if len(server.lines()) == 0 {
		t.Error("nothing came")
	}
}
