package main

import (
	"os"
	"runtime"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/bench/measure"
	"mmt/dataplane"
	"mmt/output"
	"mmt/report"
)

// stage is one depth of work on a packet.
type stage struct {
	name    string
	measure func(t *measure.Trace, loops int) (measure.Result, error)
}

var stages = []stage{
	{"read only", readOnly},
	{"dissect", dissect},
	{"sessions", sessions},
	{"all reports", allReports},
	{"to files", toFiles},
}

// readOnly touches each packet's first bytes.
func readOnly(t *measure.Trace, loops int) (measure.Result, error) {
	var b dataplane.Burst
	var sum byte
	m := measure.Timed(t, loops, func(int) {
		t.Bursts(&b, func(b *dataplane.Burst) {
			for i := range b.N {
				sum += b.Packets[i].Data[0]
			}
		})
	})
	runtime.KeepAlive(sum)
	return m, nil
}

// dissect follows headers, without sessions.
func dissect(t *measure.Trace, loops int) (measure.Result, error) {
	reg, err := proto.NewRegistry()
	if err != nil {
		return measure.Result{}, err
	}
	h, err := dpi.NewHandler(reg, nil, dpi.Options{})
	if err != nil {
		return measure.Result{}, err
	}
	var b dataplane.Burst
	return measure.Timed(t, loops, func(int) {
		t.Bursts(&b, func(b *dataplane.Burst) { h.Process(b.Packets[:b.N]) })
	}), nil
}

// sessions adds the session table and classification.
func sessions(t *measure.Trace, loops int) (measure.Result, error) {
	return worker(t, loops, sessionOptions())
}

func sessionOptions() analyzer.Options {
	return analyzer.Options{StatsPeriod: 5e9, Output: nowhere{}}
}

// reportOptions are those of every report there is.
func reportOptions(out analyzer.Output) analyzer.Options {
	to := analyzer.Channels(output.ToFile)
	return analyzer.Options{
		StatsPeriod: 5e9, Sessions: to, NoSession: to, Fragmentation: to, FTP: true, HTTP: true, RTP: true, TLS: true,
		Forms: analyzer.InOneForm(report.NewEncoder(report.CSV, 1, "replay")), Output: out,
	}
}

// allReports adds every report there is, rendered as CSV and handed over.
func allReports(t *measure.Trace, loops int) (measure.Result, error) {
	return worker(t, loops, reportOptions(nowhere{}))
}

// toFiles adds the writing of sample files.
func toFiles(t *measure.Trace, loops int) (measure.Result, error) {
	dir, err := os.MkdirTemp("", "replay")
	if err != nil {
		return measure.Result{}, err
	}
	defer os.RemoveAll(dir)
	files, err := output.OpenFiles(output.FileOptions{Dir: dir, Name: "data.csv", Sample: true, Retain: 4, Threads: 1, NoSync: true})
	if err != nil {
		return measure.Result{}, err
	}
	defer files.Close()
	w := output.NewWriter(output.Options{})
	w.Enable(output.ToFile, files.Channel(1))
	m, err := worker(t, loops, reportOptions(toWriter{w}))
	if closeErr := w.Close(t.Packets[0].Time); err == nil {
		err = closeErr
	}
	return m, err
}

// worker measures a whole worker.
func worker(t *measure.Trace, loops int, options analyzer.Options) (measure.Result, error) {
	w, err := newWorker(options, session.Config{Max: 1 << 19})
	if err != nil {
		return measure.Result{}, err
	}
	var b dataplane.Burst
	m := measure.Timed(t, loops, func(int) { t.Bursts(&b, w.Process) })
	w.Close()
	return m, nil
}

func newWorker(options analyzer.Options, table session.Config) (*analyzer.Worker, error) {
	reg, services, err := proto.Load()
	if err != nil {
		return nil, err
	}
	options.Dissection = dpi.Options{Services: services}
	options.Table = table
	return analyzer.NewWorker(reg, options)
}

// perSession returns how many bytes of memory an idle session takes: loops of
// the trace through a worker that lets no session expire, what the worker takes
// without sessions left out, the index of the session table included.
func perSession(t *measure.Trace, loops int, options analyzer.Options) (bytes float64, sessions uint64, err error) {
	const most = 1 << 19
	forever := int64(1 << 30)
	before := heap()
	w, err := newWorker(options, session.Config{Max: most, Timeouts: [4]int64{forever, forever, forever, forever}})
	if err != nil {
		return 0, 0, err
	}
	empty := heap()
	var b dataplane.Burst
	for loop := range loops {
		t.Shift(loop)
		t.Bursts(&b, w.Process)
	}
	live := w.Totals().Session.Active
	index := float64(empty-before) / most // mostly the index, which is as large as the table may become
	bytes = float64(heap()-empty)/float64(live) + index
	w.Close()
	return bytes, live, nil
}

// heap returns the bytes in use after a collection.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// nowhere drops reports.
type nowhere struct{}

func (nowhere) Report(analyzer.Channels, []byte) {}
func (nowhere) Tick(int64)                       {}

// toWriter hands reports to a writer.
type toWriter struct{ w *output.Writer }

func (o toWriter) Report(to analyzer.Channels, line []byte) { o.w.Write(output.Set(to), line) }
func (o toWriter) Tick(now int64)                           { o.w.Tick(now) }
