package probe_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/dataplane/netnstest"
)

// commanded starts a probe that takes commands.
func commanded(t *testing.T, options ...string) *watch {
	t.Helper()
	w := watching(t, append([]string{"-Xdynamic-config.enable=true", "-Xdynamic-config.descriptor=c.sock", "-Xloglevel=7"}, options...)...)
	w.ready = "commands are taken at c.sock"
	return w.start()
}

// ask sends a command, which is answered by one line.
func (w *watch) ask(command string) string {
	w.t.Helper()
	conn, err := net.Dial("unix", filepath.Join(w.dir, "c.sock"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(conn, command+"\x00")
	conn.(*net.UnixConn).CloseWrite()
	answer, err := io.ReadAll(conn)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(answer)
}

// expect sends a command and compares the answer.
func (w *watch) expect(command, want string) {
	w.t.Helper()
	if got := w.ask(command); got != want+"\n" {
		w.t.Errorf("%q is answered by %q, want %q", command, got, want)
	}
}

// all is what was written to all files so far.
func (w *watch) all() (text string) {
	for _, line := range complete(w.t, filepath.Join(w.dir, "out")) {
		text += line
	}
	return text
}

// TestCommands: the answers to commands are as they should be, what changes between
// two bursts changes what is reported, and what needs a restart loses no packet.
func TestCommands(t *testing.T) {
	for _, threads := range []int{1, 2} {
		t.Run(fmt.Sprintf("threads=%d", threads), func(t *testing.T) { testCommands(t, threads) })
	}
}

func testCommands(t *testing.T, threads int) {
	w := commanded(t, append([]string{fmt.Sprintf("-Xthread-nb=%d", threads)}, longPeriod...)...)
	packets := traffic.Generate(goldenSeed, []string{"dns", "web"}, 1)
	n := len(packets)
	w.expect("start", "1 already running")
	if !strings.Contains(w.ask("ls"), "\nstats-period=600\n") {
		t.Error("ls does not tell the stats-period")
	}
	w.expect("update{\nstat-period=1\nprobe-id=9\n}", `2 syntax error, nothing has changed: update stat-period=1: unknown option "stat-period" (did you mean "stats-period"?)`)
	w.sender.Replay(packets, 0)
	w.expect("update{\nsession-report.enable=false\nenable-proto-without-session-report=true\n}", "0 applied")
	w.sender.Replay(packets, 0)
	w.expect("update{\nsession-report.enable=true\nfile-output.output-dir=\""+filepath.Join(w.dir, "none")+"\"\n}",
		`3 internal error, nothing has changed: file-output: output-dir "`+filepath.Join(w.dir, "none")+`": no such folder: create it (mkdir -p `+filepath.Join(w.dir, "none")+`) or change the option`)
	w.expect("update{\nsession-report.enable=true\nsession-report.output-channel={stdout}\n}", "0 applied")
	w.sender.Replay(packets, 0)
	w.expect("update{\nprobe-id=7\nenable-tcp-reassembly=true\n}", "1 applied after restarting the processing")
	w.sender.Replay(packets, 0)
	w.expect("update{\nthread-nb=3\n}", "1 applied after restarting the processing")
	w.sender.Replay(packets, 0)
	w.expect("stop", "0 done")
	w.expect("stop", "1 not running")
	waitFor(t, "the reports of all that is reported", func() bool { return reported(w.stdout.String()) == 4*n })
	w.expect("start", "0 done")
	w.sender.Replay(packets, 0)
	_, files := w.end(os.Interrupt)
	if got := reported(w.stdout.String()); got != 5*n {
		t.Errorf("%d packets are reported, want %d: all but those while session-report was off", got, 5*n)
	}
	if s := w.lastFiguresOf(files, "200,7,\"out0\","); s[2] < 6*n {
		t.Errorf("status %v, want %d packets or more", s, 6*n)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "c.sock")); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// TestChannelsChange: a channel that is enabled gets reports from then on, one whose
// folder changes loses none.
func TestChannelsChange(t *testing.T) {
	w := commanded(t, append([]string{"-Xsession-report.output-channel={file}", "-Xfile-output.sample-file=true"}, longPeriod...)...)
	packets := traffic.Generate(goldenSeed, []string{"dns"}, 1)
	other := filepath.Join(w.dir, "other")
	if err := os.Mkdir(other, 0o755); err != nil {
		t.Fatal(err)
	}
	w.sender.Replay(packets, 0)
	w.expect("update{\nfile-output.output-dir="+other+"\nstats-period=500\n}", "0 applied")
	w.sender.Replay(packets, 0)
	w.end(os.Interrupt)
	first, second := reported(w.all()), reported(strings.Join(complete(t, other), ""))
	if first+second != 2*len(packets) || second == 0 {
		t.Errorf("%d and %d packets are reported, want %d in all", first, second, 2*len(packets))
	}
}

func TestCommandsByHTTP(t *testing.T) {
	secret := strings.Repeat("s", 20)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := commanded(t, append([]string{"-Xdynamic-config.http-address=127.0.0.1:0", "-Xdynamic-config.token-file=" + token}, longPeriod...)...)
	const before = "commands are taken at http://"
	w.awaitLog(before)
	if err := (netnstest.End{Space: w.out.Space, Name: "lo"}).SetUp(true); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(w.dir, "probe.log"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(log), before)
	address := rest[:strings.IndexAny(rest, "\" \n")]
	for i, c := range []struct{ token, path, body, want string }{
		{"x", "/stop", "", "wrong one"},
		{secret, "/update", `{"stats-period": 7, "session-report.http": false}`, `{"code":0,"meaning":"applied"}`},
		{secret, "/stop", "", `{"code":0,"meaning":"done"}`},
	} {
		r, _ := http.NewRequest("POST", "http://"+address+c.path, strings.NewReader(c.body))
		r.Header.Set("Authorization", "Bearer "+c.token)
		var conn net.Conn
		w.out.Space.Do(func() { conn, err = net.Dial("tcp", address) })
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Write(conn); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		conn.Close()
		if !strings.Contains(string(body), c.want) {
			t.Errorf("request %d: %s, want %s", i, body, c.want)
		}
	}
	w.end(os.Interrupt)
	if log, _ := os.ReadFile(filepath.Join(w.dir, "probe.log")); strings.Contains(string(log), secret) {
		t.Error("the token stands in the log")
	}
}

// lastFiguresOf returns the six figures of the last report 200 that begins so.
func (w *watch) lastFiguresOf(files []string, begin string) []int {
	w.t.Helper()
	some := slices.DeleteFunc(slices.Clone(files), func(line string) bool { return strings.HasPrefix(line, "200,") && !strings.HasPrefix(line, begin) })
	for i, line := range some {
		some[i] = strings.Replace(line, begin, "200,3,\"out0\",", 1)
	}
	return w.lastStatus(some)
}
