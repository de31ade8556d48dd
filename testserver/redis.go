package testserver

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"testing"
)

// Redis is a redis-server. What it has acknowledged survives Kill.
type Redis struct {
	Port    int
	Address string // host:port

	t       testing.TB
	args    []string
	process *exec.Cmd // nil: killed
	conn    net.Conn  // of Command
	replies *bufio.Reader
}

// StartRedis starts a redis-server with these arguments besides, which ends with
// the test.
func StartRedis(t testing.TB, more ...string) *Redis {
	t.Helper()
	Need(t, "redis-server")
	r := &Redis{t: t, Port: FreePort(t)}
	r.Address = fmt.Sprint("127.0.0.1:", r.Port)
	r.args = append([]string{
		"--port", strconv.Itoa(r.Port), "--bind", "127.0.0.1", "--dir", t.TempDir(),
		"--save", "", "--appendonly", "yes", "--appendfsync", "always",
	}, more...)
	t.Cleanup(r.Kill)
	r.Start()
	return r
}

// Start starts the server again after Kill, on the same port.
func (r *Redis) Start() {
	r.t.Helper()
	r.process = exec.Command("redis-server", r.args...)
	if err := r.process.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.conn = Dial(r.t, r.Address)
	r.replies = bufio.NewReader(r.conn)
}

// Kill ends the server at once, as SIGKILL does.
func (r *Redis) Kill() {
	if r.process == nil {
		return
	}
	r.conn.Close()
	r.process.Process.Kill()
	r.process.Wait()
	r.process = nil
}

// Command runs a command, given as redis-cli takes it, and returns the first line
// of the reply.
func (r *Redis) Command(line string) string {
	r.t.Helper()
	fmt.Fprintf(r.conn, "%s\r\n", line)
	reply, err := r.replies.ReadString('\n')
	if err != nil || reply[0] == '-' {
		r.t.Fatalf("redis: %s: %s %v", line, reply, err)
	}
	return reply
}
