package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"mmt/output"
)

// patience is how long a channel may take for its lines.
const patience = time.Minute

// channel is one channel to measure.
type channel struct {
	name string
	// open makes it, in a folder of its own. close returns when the far end has
	// all lines. A nil channel is not installed.
	open func(dir string) (c output.Channel, close func() error, err error)
}

var channels = []channel{
	{"file", openFile},
	{"stdout", openStdout},
	{"socket UNIX", func(dir string) (output.Channel, func() error, error) {
		return openSocket("unix", filepath.Join(dir, "sock"))
	}},
	{"socket TCP", func(string) (output.Channel, func() error, error) { return openSocket("tcp", "127.0.0.1:0") }},
	{"redis PUBLISH", func(dir string) (output.Channel, func() error, error) { return openRedis(dir, false) }},
	{"redis STREAM", func(dir string) (output.Channel, func() error, error) { return openRedis(dir, true) }},
}

// rate returns how many lines a second the channel takes, 0 if it is not
// installed.
func (c *channel) rate(lines, size int) (float64, error) {
	dir, err := os.MkdirTemp("", "output")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	ch, end, err := c.open(dir)
	if err != nil || ch == nil {
		return 0, err
	}
	w := output.NewWriter(output.Options{})
	w.Enable(output.ToFile, ch)
	line := bytes.Repeat([]byte{'x'}, size)
	begin := time.Now()
	for range lines {
		w.Write(output.ToFile, line)
	}
	err = errors.Join(w.Close(time.Now().UnixNano()), end())
	took := time.Since(begin)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", c.name, err)
	}
	return float64(lines) / took.Seconds(), nil
}

func openFile(dir string) (output.Channel, func() error, error) {
	files, err := output.OpenFiles(output.FileOptions{Dir: dir, Name: "data.csv", Sample: true, Threads: 1})
	if err != nil {
		return nil, nil, err
	}
	return files.Channel(1), func() error { files.Close(); return nil }, nil
}

func openStdout(string) (output.Channel, func() error, error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, nil, err
	}
	return output.NewStdout(null).Channel(), null.Close, nil
}

// openQueue makes the queue of a far end, which waits as for a trace.
func openQueue(far output.Remote) (output.Channel, func() error, error) {
	q, err := output.NewQueue(far, output.QueueOptions{Name: "bench", Wait: true})
	if err != nil {
		return nil, nil, err
	}
	return q.Channel(), func() error { return q.Close(patience) }, nil
}

// openSocket has a server that reads everything.
func openSocket(network, address string) (output.Channel, func() error, error) {
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, nil, err
	}
	go func() {
		defer l.Close()
		if conn, err := l.Accept(); err == nil {
			io.Copy(io.Discard, conn) // until the channel is closed
			conn.Close()
		}
	}()
	return openQueue(output.NewSocket(network, l.Addr().String()))
}

func openRedis(dir string, stream bool) (output.Channel, func() error, error) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return nil, nil, nil
	}
	port, err := freePort()
	if err != nil {
		return nil, nil, err
	}
	server := exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--dir", dir)
	if err := server.Start(); err != nil {
		return nil, nil, err
	}
	address := fmt.Sprint("127.0.0.1:", port)
	if err := answers(address); err != nil {
		return nil, nil, errors.Join(err, server.Process.Kill())
	}
	c, end, err := openQueue(output.NewRedis(output.RedisOptions{Address: address, Channel: "report", Stream: stream, StreamMax: 100000}))
	return c, func() error {
		err := end()
		return errors.Join(err, server.Process.Kill(), ignore(server.Wait()))
	}, err
}

// ignore leaves out that a server was killed.
func ignore(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// answers waits until a server takes connections.
func answers(address string) (err error) {
	for range 200 {
		var conn net.Conn
		if conn, err = net.Dial("tcp", address); err == nil {
			return conn.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}
