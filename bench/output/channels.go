package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mmt/output"
	"mmt/testserver"
)

// patience is how long a channel may take for what waits at the end.
const patience = time.Minute

// channel is one channel to measure.
type channel struct {
	name  string
	lines [][]byte
	left  string // why it is left out; "": it is not
	batch int    // most lines of a batch; 0: as by default
	// open makes it, in a folder of its own. close returns when the far end has
	// all lines.
	open func(dir string) (c output.Channel, close func() error, err error)
}

// bytes returns the mean length of its lines.
func (c *channel) bytes() float64 {
	sum := 0
	for _, line := range c.lines {
		sum += len(line) + 1
	}
	return float64(sum) / float64(len(c.lines))
}

// clockLines is how many lines are written between two looks at the clock.
const clockLines = 100

// rate writes lines for a time, and returns how many a second the far end took.
func (c *channel) rate(length time.Duration) (float64, error) {
	dir, err := os.MkdirTemp("", "output")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	ch, end, err := c.open(dir)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", c.name, err)
	}
	w := output.NewWriter(output.Options{CacheMax: c.batch})
	w.Enable(output.ToFile, ch)
	n := 0
	begin := time.Now()
	for n%clockLines != 0 || time.Since(begin) < length {
		w.Write(output.ToFile, c.lines[n%len(c.lines)])
		n++
	}
	err = errors.Join(w.Close(time.Now().UnixNano()), end())
	took := time.Since(begin)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", c.name, err)
	}
	return float64(n) / took.Seconds(), nil
}

// channels returns all channels; those whose server is not there are left out.
func channels(f *forms, servers *testserver.Outside) ([]channel, error) {
	list := []channel{
		{name: "file, CSV", lines: f.csv, open: openFile},
		{name: "file, JSON", lines: f.json, open: openFile},
		{name: "file, EVE", lines: f.eve, open: openFile},
		{name: "stdout (null device)", lines: f.csv, open: openStdout},
	}
	for _, network := range []string{"unix", "tcp", "udp"} {
		list = append(list, channel{name: "socket " + network, lines: f.csv, open: func(dir string) (output.Channel, func() error, error) {
			return openSocket(network, dir, func(address string) output.Remote { return output.NewSocket(network, address) })
		}})
	}
	for _, network := range []string{"tcp", "udp"} {
		list = append(list, channel{name: "IPFIX " + network, lines: f.ipfix, open: func(dir string) (output.Channel, func() error, error) {
			return openSocket(network, dir, func(address string) output.Remote {
				return output.NewIPFIX(output.IPFIXOptions{Network: network, Address: address, TemplateRefresh: time.Minute})
			})
		}})
	}
	for _, s := range served {
		var address string
		left, err := servers.Try(func(t testing.TB) { address = s.start(t) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		for _, far := range s.far {
			list = append(list, channel{name: s.name + far.name, lines: f.csv, left: left, batch: far.batch, open: func(string) (output.Channel, func() error, error) {
				return openQueue(far.open(address), far.batch)
			}})
		}
	}
	return list, nil
}

// farEnd is one way to send to a server.
type farEnd struct {
	name  string
	open  func(address string) output.Remote
	batch int
}

// served are the servers, and the ways to send to them.
var served = []struct {
	name  string
	start func(t testing.TB) (address string)
	far   []farEnd
}{
	{"redis", func(t testing.TB) string { return testserver.StartRedis(t, "--appendonly", "no").Address }, []farEnd{
		{name: " PUBLISH", open: func(a string) output.Remote {
			return output.NewRedis(output.RedisOptions{Address: a, Channel: "report"})
		}},
		{name: " STREAM", open: func(a string) output.Remote {
			return output.NewRedis(output.RedisOptions{Address: a, Channel: "reports", Stream: true, StreamMax: 100_000})
		}},
	}},
	{"kafka", func(t testing.TB) string { return testserver.StartKafka(t).Address }, []farEnd{
		{open: func(a string) output.Remote {
			return output.NewKafka(output.KafkaOptions{Address: a, Topic: "report"})
		}},
		{name: ", LZ4", open: func(a string) output.Remote {
			return output.NewKafka(output.KafkaOptions{Address: a, Topic: "report", Compression: "LZ4"})
		}},
	}},
	{"mqtt", func(t testing.TB) string {
		return "tcp://" + testserver.StartMosquitto(t, "allow_anonymous true").Address
	}, []farEnd{{name: " qos 0", open: mqttOf(0)}, {name: " qos 1", open: mqttOf(1)}, {name: " qos 2", open: mqttOf(2), batch: 50}}},
	{"mongodb (java)", func(t testing.TB) string { return testserver.StartMongoDB(t).Address }, []farEnd{
		{open: func(a string) output.Remote {
			return output.NewMongoDB(output.MongoDBOptions{Address: a, Database: "mmt-data", Collection: "reports"})
		}},
	}},
}

func mqttOf(qos byte) func(string) output.Remote {
	return func(a string) output.Remote {
		return output.NewMQTT(output.MQTTOptions{Address: a, Topic: "report", QoS: qos})
	}
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

// queueBatches is how many batches wait at most: few enough to be sent soon at the
// end.
const queueBatches = 3

// openQueue makes the queue of a far end, which is waited for as for a trace.
func openQueue(far output.Remote, batch int) (output.Channel, func() error, error) {
	if batch == 0 {
		batch = output.DefaultCacheMax
	}
	q, err := output.NewQueue(far, output.QueueOptions{
		Name: "bench", Wait: true, BatchLines: batch, Lines: queueBatches * batch, StallAfter: patience,
	})
	if err != nil {
		return nil, nil, err
	}
	return q.Channel(), func() error {
		err := q.Close(patience)
		if s := q.Stats(); s.Lost > 0 {
			err = errors.Join(err, fmt.Errorf("lost: %s", &s.Losses))
		}
		return err
	}, nil
}

// openSocket has a server that reads everything.
func openSocket(network, dir string, far func(address string) output.Remote) (output.Channel, func() error, error) {
	address, stop, err := readAll(network, dir)
	if err != nil {
		return nil, nil, err
	}
	ch, end, err := openQueue(far(address), 0)
	if err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	return ch, func() error { return errors.Join(end(), stop()) }, nil
}

// readAll starts a server of a network that throws away what comes.
func readAll(network, dir string) (address string, stop func() error, err error) {
	if network == "udp" {
		conn, err := net.ListenPacket(network, "127.0.0.1:0")
		if err != nil {
			return "", nil, err
		}
		go func() {
			b := make([]byte, 1<<16)
			for err := error(nil); err == nil; {
				_, _, err = conn.ReadFrom(b)
			}
		}()
		return conn.LocalAddr().String(), conn.Close, nil
	}
	l, err := listen(network, dir)
	if err != nil {
		return "", nil, err
	}
	go func() {
		if conn, err := l.Accept(); err == nil {
			io.Copy(io.Discard, conn) // until the channel is closed
			conn.Close()
		}
	}()
	return l.Addr().String(), l.Close, nil
}

func listen(network, dir string) (net.Listener, error) {
	if network == "unix" {
		return net.Listen(network, filepath.Join(dir, "sock"))
	}
	return net.Listen(network, "127.0.0.1:0")
}
