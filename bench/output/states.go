package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/bench/measure"
	"mmt/dataplane"
	"mmt/output"
	"mmt/report"
)

// state is what a channel does that gets all reports, beside files.
type state struct {
	name  string
	far   output.Remote // nil: there is no such channel
	spill bool
}

// The places of states that others are compared with.
const (
	without = iota
	working
)

var states = []state{
	{"no other channel", nil, false},
	{"one that works", taker{}, false},
	{"one that stands still, memory", staller{}, false},
	{"one that stands still, disk", staller{}, true},
	{"one that is gone, memory", gone{}, false},
	{"one that is gone, disk", gone{}, true},
}

// taker takes everything.
type taker struct{}

func (taker) Open(context.Context) error                           { return nil }
func (taker) Send(_ context.Context, b *output.Batch) (int, error) { return b.Len(), nil }
func (taker) Close() error                                         { return nil }

// staller connects, and takes nothing.
type staller struct{ taker }

func (staller) Send(ctx context.Context, _ *output.Batch) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// gone does not connect.
type gone struct{ taker }

func (gone) Open(context.Context) error { return errors.New("connection refused") }

// rate returns how many packets a second one thread analyses.
func (s *state) rate(t *measure.Trace, loops int) (float64, error) {
	dir, err := os.MkdirTemp("", "output")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	files, err := output.OpenFiles(output.FileOptions{Dir: dir, Name: "data.csv", Sample: true, Retain: 4, Threads: 1, NoSync: true})
	if err != nil {
		return 0, err
	}
	defer files.Close()
	w := output.NewWriter(output.Options{})
	w.Enable(output.ToFile, files.Channel(1))
	if s.far != nil {
		o := output.QueueOptions{Name: "bench"}
		if s.spill {
			o.SpillDir, o.SpillSize = filepath.Join(dir, "spill"), 1e9
		}
		q, err := output.NewQueue(s.far, o)
		if err != nil {
			return 0, err
		}
		defer q.Close(0) // what is left of a channel that stands still is lost
		w.Enable(output.ToRedis, q.Channel())
	}
	rate, err := analyse(t, loops, w)
	return rate, errors.Join(err, w.Close(time.Now().UnixNano()))
}

// analyse returns the rate of a whole worker in the time that its thread runs.
func analyse(t *measure.Trace, loops int, w *output.Writer) (float64, error) {
	reg, services, err := proto.Load()
	if err != nil {
		return 0, err
	}
	to := analyzer.Channels(output.ToFile | output.ToRedis)
	worker, err := analyzer.NewWorker(reg, analyzer.Options{
		StatsPeriod: 5e9, Sessions: to, NoSession: to, Fragmentation: to, FTP: true, HTTP: true, RTP: true, TLS: true,
		Forms: analyzer.InOneForm(report.NewEncoder(report.CSV, 1, "bench")), Output: toWriter{w},
		Dissection: dpi.Options{Services: services}, Table: session.Config{Max: 1 << 19},
	})
	if err != nil {
		return 0, err
	}
	defer worker.Close()
	var b dataplane.Burst
	m := measure.Timed(t, loops, func(int) { t.Bursts(&b, worker.Process) })
	return 1e9 / m.PerPacket, nil
}

// toWriter gives a worker a writer.
type toWriter struct{ w *output.Writer }

func (t toWriter) Report(to analyzer.Channels, line []byte) { t.w.Write(output.Set(to), line) }
func (t toWriter) Tick(int64)                               { t.w.Tick(time.Now().UnixNano()) }
