//go:build dpdk && cgo && linux

package dpdk

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"mmt/dataplane"
	"mmt/dataplane/netnstest"
)

// EAL starts once in a process: each test with ports runs in a child, which is
// this program again, told by this variable what to do.
const childVariable = "DPDK_TEST_CHILD"

// noHuge are arguments of EAL with which the tests need no preparation.
var noHuge = fmt.Sprintf("--no-pci --no-huge -m 256 --file-prefix mmttest%d ", os.Getpid())

// task is what a child does.
type task struct {
	Do    string // "": receive what comes; else one of children
	Ports string
	O     Options
	Want  int // packets after which it stops, 0: when it is told to
	Hold  bool
}

// record is a packet that a child has received.
type record struct {
	Data []byte
	Time int64
	Len  uint32
	Port uint16
}

// outcome is what a child tells.
type outcome struct {
	Packets  []record
	Stats    []dataplane.Stats // of each source, after Close
	Counters []dataplane.Counters
	Ports    []Port
	Copied   uint64
	Describe string
	Share    Share
	Failed   string
}

// children are things that children do, by the names of their tests.
var children = map[string]func(*task, *outcome) error{}

func TestMain(m *testing.M) {
	text, is := os.LookupEnv(childVariable)
	if !is {
		os.Exit(m.Run())
	}
	var todo task
	var out outcome
	if err := gob.NewDecoder(hex.NewDecoder(strings.NewReader(text))).Decode(&todo); err != nil {
		panic(err)
	}
	do := children[todo.Do]
	if todo.Do == "" {
		do = receiveAll
	}
	if err := do(&todo, &out); err != nil {
		out.Failed = err.Error()
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		panic(err)
	}
}

// receiveAll says that it is ready, waits for a line if it is to hold, and
// receives until it has what it wants or is told to stop.
func receiveAll(todo *task, out *outcome) error {
	d, err := Open(todo.Ports, todo.O)
	if err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	fmt.Println("ready")
	if todo.Hold {
		if _, err := in.ReadString('\n'); err != nil {
			return err
		}
	}
	go func() {
		_, _ = in.ReadString('\n') // an end is an answer, too
		stopAll(d)
	}()
	for _, s := range d.Sources() {
		if err := receive(s, todo.Want, out); err != nil {
			return err
		}
	}
	return finish(d, out)
}

func stopAll(d *Device) {
	for _, s := range d.Sources() {
		s.Stop()
	}
}

// receive adds to out what comes until the source is stopped.
func receive(s *Source, want int, out *outcome) error {
	var b dataplane.Burst
	for {
		err := s.Receive(&b)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for _, p := range b.Packets[:b.N] {
			out.Packets = append(out.Packets, record{append([]byte{}, p.Data...), p.Time, p.Len, p.Port})
		}
		s.Release(&b)
		if want > 0 && len(out.Packets) >= want {
			s.Stop()
		}
	}
}

// finish closes the device and tells its figures.
func finish(d *Device, out *outcome) error {
	out.Describe, out.Share = d.Sources()[0].Describe(), d.Share()
	if err := d.Close(); err != nil {
		return err
	}
	for _, s := range d.Sources() {
		out.Stats = append(out.Stats, s.Stats())
		out.Counters = append(out.Counters, s.Counters())
	}
	out.Ports, out.Copied = d.Ports(), d.Copied()
	return nil
}

// child is a child at work.
type child struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
}

// launch starts a child, in a namespace if there is one, and waits until it is
// ready.
func launch(t *testing.T, space *netnstest.Namespace, todo task) *child {
	t.Helper()
	c := spawn(t, space, todo)
	if line, err := c.out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	return c
}

func spawn(t *testing.T, space *netnstest.Namespace, todo task) *child {
	t.Helper()
	var text bytes.Buffer
	err := gob.NewEncoder(hex.NewEncoder(&text)).Encode(todo) // leaves functions out
	if err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, cmd: exec.Command("/proc/self/exe")}
	c.cmd.Env = append(os.Environ(), childVariable+"="+text.String())
	c.cmd.Stderr = os.Stderr
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewReader(stdout)
	run := func() { err = c.cmd.Start() }
	if space != nil {
		space.Do(run)
	} else {
		run()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.cmd.Process.Kill() })
	return c
}

// tell writes a line to the child: the first lets one that holds begin, the
// next one ends it.
func (c *child) tell() {
	if _, err := c.stdin.Write([]byte("\n")); err != nil {
		c.t.Fatal(err)
	}
}

// outcome waits for the end of the child and what it tells.
func (c *child) outcome() *outcome {
	c.t.Helper()
	out := &outcome{}
	if err := json.NewDecoder(c.out).Decode(out); err != nil {
		c.t.Fatalf("the child's outcome: %v", err)
	}
	if err := c.cmd.Wait(); err != nil {
		c.t.Fatal(err)
	}
	return out
}

// run runs a child to its end, and the test ends with it if it fails.
func run(t *testing.T, todo task) *outcome {
	t.Helper()
	out := spawn(t, nil, todo).outcome()
	if out.Failed != "" {
		t.Fatal(out.Failed)
	}
	return out
}
