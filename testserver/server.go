package testserver

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"testing"
)

// server is a program that listens on one TCP port.
type server struct {
	Port    int
	Address string // host:port

	t       testing.TB
	program string
	args    []string
	signal  os.Signal // of Kill; nil: SIGKILL
	process *exec.Cmd // nil: killed
	log     bytes.Buffer
}

// Start starts the server again after Kill, on the same port, and waits until
// it takes connections.
func (s *server) Start() {
	s.t.Helper()
	s.process = exec.Command(s.program, s.args...)
	s.process.Stdout, s.process.Stderr = &s.log, &s.log
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.answers().Close()
}

// answers returns a connection once there is one.
func (s *server) answers() net.Conn { return Dial(s.t, s.Address) }

// Kill ends the server at once.
func (s *server) Kill() {
	if s.process == nil {
		return
	}
	signal := s.signal
	if signal == nil {
		signal = os.Kill
	}
	s.process.Process.Signal(signal)
	s.process.Wait()
	s.process = nil
	if s.t.Failed() {
		s.t.Logf("%s: %s", s.program, &s.log)
	}
	s.log.Reset()
}
