package cli

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// binaries is the folder that the commands are built into.
var binaries string

// TestMain builds both commands: the tests run them as processes.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "verifier-test-")
	if err != nil {
		panic(err)
	}
	binaries = dir
	out, err := exec.Command("go", "build", "-o", dir+"/", "mmt/cmd/mmt_sec_standalone", "mmt/cmd/mmt_sec_server").CombinedOutput()
	status := 1
	if err == nil {
		status = m.Run()
	} else {
		fmt.Fprintf(os.Stderr, "the commands cannot be built: %v\n%s", err, out)
	}
	os.RemoveAll(dir)
	os.Exit(status)
}

// command makes a process of mmt_sec_standalone or mmt_sec_server in a working
// directory.
func command(dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(binaries, "mmt_sec_"+name), args...)
	cmd.Dir = dir
	return cmd
}

// run runs mmt_sec_standalone to its end.
func run(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := command(dir, "standalone", args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// output is what a process has printed so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// await waits until a process has printed a text n times.
func (o *output) await(t *testing.T, text string, n int) {
	t.Helper()
	for range 1000 {
		if strings.Count(o.String(), text) >= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%q was not printed %d times: %s", text, n, o.String())
}

// process is a process that runs.
type process struct {
	*exec.Cmd
	out, errs output
}

// start starts a process, which ends with the test at the latest.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{Cmd: cmd}
	cmd.Stdout, cmd.Stderr = &p.out, &p.errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	return p
}

// end sends a signal and wants the process to end in good order.
func (p *process) end(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("after %v: %v: %s", s, err, p.errs.String())
	}
}

// segment is a TCP segment of a trace.
type segment struct {
	at       float64 // seconds
	src, dst byte    // last byte of the address
	port     uint16
	flags    byte
	text     string
}

// TCP flags.
const (
	syn = 2
	psh = 8
	ack = 16
)

// frame makes the Ethernet frame of a segment.
func (s *segment) frame() []byte {
	b := append([]byte{2, 0, 0, 0, 0, s.dst, 2, 0, 0, 0, 0, s.src, 8, 0}, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(40+len(s.text)))
	b = append(b, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, s.src, 10, 0, 0, s.dst)
	b = binary.BigEndian.AppendUint16(b, 40000)
	b = binary.BigEndian.AppendUint16(b, s.port)
	b = append(b, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, s.flags, 0x20, 0, 0, 0, 0, 0)
	return append(b, s.text...)
}

// trace writes a trace of segments and returns its name.
func trace(t *testing.T, dir, name string, segments ...segment) string {
	t.Helper()
	var b bytes.Buffer
	w, err := pcapfile.NewWriter(&b, dataplane.LinkEthernet, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range segments {
		data := s.frame()
		if err := w.WritePacket(int64((1_700_000_000+s.at)*1e6)*1e3, uint32(len(data)), data); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, name), b.String())
	return name
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// portRule is a rule that is detected on each SYN to a port.
func portRule(id, port int) string {
	return fmt.Sprintf(`<beginning><property property_id="%d" type_property="ATTACK" description="port %d is asked for">
<event event_id="1" description="SYN" boolean_expression="((tcp.syn == 1) &amp;&amp; (tcp.dest_port == %d))"/>
</property></beginning>`, id, port, port)
}

// writeRules writes rules 1 to 3 on ports 81 to 83 into ./rules.
func writeRules(t *testing.T, dir string) {
	t.Helper()
	for id := 1; id <= 3; id++ {
		write(t, filepath.Join(dir, "rules", fmt.Sprintf("%d.port.xml", id)), portRule(id, 80+id))
	}
}
