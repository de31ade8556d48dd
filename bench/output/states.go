package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"time"

	"mmt/analyzer"
	"mmt/bench/measure"
	"mmt/dataplane"
	"mmt/output"
	"mmt/report"
)

// state is what a channel does that gets all reports, beside files. open makes it
// in a folder of its own; nil: there is no such channel.
type state struct {
	name string
	open func(dir string) (c output.Channel, close func(), err error)
	// records is a channel that gets records of IPFIX instead of reports.
	records bool
}

// The places of states that others are compared with.
const (
	without = iota
	working
)

var states = []state{
	{name: "no other channel", open: nil},
	{name: "one that works", open: remote(func(string) output.Remote { return taker{} }, false)},
	{name: "gone, memory", open: remote(func(string) output.Remote { return gone{} }, false)},
	{name: "gone, disk", open: remote(func(string) output.Remote { return gone{} }, true)},
	{name: "stalled file", open: func(string) (output.Channel, func(), error) { return detached(stuck{}) }},
	{name: "stalled stdout", open: stalledStdout},
	{name: "stalled socket unix", open: deaf("unix", func(a string) output.Remote { return output.NewSocket("unix", a) }, true)},
	{name: "stalled socket tcp", open: deaf("tcp", func(a string) output.Remote { return output.NewSocket("tcp", a) }, true)},
	{name: "stalled IPFIX tcp", open: deaf("tcp", func(a string) output.Remote {
		return output.NewIPFIX(output.IPFIXOptions{Network: "tcp", Address: a})
	}, false), records: true},
	{name: "stalled redis", open: deaf("tcp", func(a string) output.Remote {
		return output.NewRedis(output.RedisOptions{Address: a, Channel: "report"})
	}, true)},
	{name: "stalled kafka", open: deaf("tcp", func(a string) output.Remote {
		return output.NewKafka(output.KafkaOptions{Address: a, Topic: "report"})
	}, true)},
	{name: "stalled mqtt", open: deaf("tcp", func(a string) output.Remote {
		return output.NewMQTT(output.MQTTOptions{Address: "tcp://" + a, Topic: "report", QoS: 1})
	}, true)},
	{name: "stalled mongodb", open: deaf("tcp", func(a string) output.Remote {
		return output.NewMongoDB(output.MongoDBOptions{Address: a, Database: "mmt-data", Collection: "reports"})
	}, true)},
}

// taker takes everything.
type taker struct{}

func (taker) Open(context.Context) error                           { return nil }
func (taker) Send(_ context.Context, b *output.Batch) (int, error) { return b.Len(), nil }
func (taker) Close() error                                         { return nil }

// gone does not connect.
type gone struct{ taker }

func (gone) Open(context.Context) error { return errors.New("connection refused") }

// stuck is a file on a disk that stands still.
type stuck struct{}

func (stuck) Name() string                            { return "file" }
func (stuck) Write(*output.Batch, int64) (int, error) { select {} }
func (stuck) Flush(int64) error                       { return nil }
func (stuck) Close() error                            { return nil }
func (stuck) Lost() uint64                            { return 0 }

// remote is a channel to a far end at the folder, with a spill or without.
func remote(far func(dir string) output.Remote, spill bool) func(string) (output.Channel, func(), error) {
	return func(dir string) (output.Channel, func(), error) {
		o := output.QueueOptions{Name: "bench"}
		if spill {
			o.SpillDir, o.SpillSize = filepath.Join(dir, "spill"), 1e9
		}
		q, err := output.NewQueue(far(dir), o)
		if err != nil {
			return nil, nil, err
		}
		return q.Channel(), func() { q.Close(0) }, nil // what is left is lost
	}
}

// deaf is a channel to a server that takes connections and reads nothing.
func deaf(network string, far func(address string) output.Remote, spill bool) func(string) (output.Channel, func(), error) {
	return func(dir string) (output.Channel, func(), error) {
		l, err := listen(network, dir)
		if err != nil {
			return nil, nil, err
		}
		var conns []net.Conn
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
				conns = append(conns, conn)
			}
		}()
		stop := func() {
			l.Close()
			<-ended
			for _, conn := range conns {
				conn.Close()
			}
		}
		c, end, err := remote(func(string) output.Remote { return far(l.Addr().String()) }, spill)(dir)
		if err != nil {
			stop()
			return nil, nil, err
		}
		return c, func() { end(); stop() }, nil
	}
}

// detached is a channel of this machine as the probe has it with a live source.
func detached(ch output.Channel) (output.Channel, func(), error) {
	d := output.Detach(ch, output.QueueOptions{Wait: ch.Name() == "file", StallAfter: 100 * time.Millisecond})
	return d.Channel(), func() {}, nil // it would not end
}

// stalledStdout is a pipe that nobody reads.
func stalledStdout(string) (output.Channel, func(), error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	d := output.Detach(output.NewStdout(w).Channel(), output.QueueOptions{})
	return d.Channel(), func() { r.Close(); d.Close(0); w.Close() }, nil
}

// speed is how fast packets are analysed.
type speed struct {
	busy float64 // packets a second of processor time of the thread
	wall float64 // packets a second
}

// rate returns how fast one thread analyses.
func (s *state) rate(t *measure.Trace, loops int) (v speed, err error) {
	dir, err := os.MkdirTemp("", "output")
	if err != nil {
		return v, err
	}
	defer os.RemoveAll(dir)
	files, err := output.OpenFiles(output.FileOptions{Dir: dir, Name: "data.csv", Sample: true, Retain: 4, Threads: 1, NoSync: true})
	if err != nil {
		return v, err
	}
	defer files.Close()
	w := output.NewWriter(output.Options{})
	w.Enable(output.ToFile, files.Channel(1))
	if s.open != nil {
		c, end, err := s.open(dir)
		if err != nil {
			return v, err
		}
		defer end()
		w.Enable(output.ToRedis, c)
	}
	v, err = analyse(t, loops, w, s.records)
	return v, errors.Join(err, w.Close(time.Now().UnixNano()))
}

// analyse returns the rates of a whole worker.
func analyse(t *measure.Trace, loops int, w *output.Writer, records bool) (v speed, err error) {
	o := workerOptions(toWriter{w}, report.CSV)
	if records {
		file := analyzer.Channels(output.ToFile)
		o.Export, o.Sessions, o.NoSession, o.Fragmentation = analyzer.Channels(output.ToRedis), file, file, file
	}
	worker, err := newWorker(o)
	if err != nil {
		return v, err
	}
	defer worker.Close()
	var b dataplane.Burst
	var wall time.Duration
	m := measure.Timed(t, loops, func(loop int) {
		begin := time.Now()
		t.Bursts(&b, worker.Process)
		if loop > 0 {
			wall += time.Since(begin)
		}
	})
	return speed{1e9 / m.PerPacket, float64(loops*len(t.Packets)) / wall.Seconds()}, nil
}

// toWriter gives a worker a writer.
type toWriter struct{ w *output.Writer }

func (t toWriter) Report(to analyzer.Channels, line []byte) { t.w.Write(output.Set(to), line) }
func (t toWriter) Tick(int64)                               { t.w.Tick(time.Now().UnixNano()) }
