package main

import (
	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/bench/measure"
	"mmt/dataplane"
	"mmt/output"
	"mmt/report"
)

// forms are the lines that channels get: reports of a trace in each form.
type forms struct{ csv, json, eve, ipfix [][]byte }

// makeLines analyses a trace.
func makeLines(t *measure.Trace) (f forms, err error) {
	for format, to := range map[report.Format]*[][]byte{report.CSV: &f.csv, report.JSON: &f.json, report.EVE: &f.eve} {
		if *to, err = linesOf(t, format, false); err != nil {
			return f, err
		}
	}
	f.ipfix, err = linesOf(t, report.CSV, true)
	return f, err
}

// collect keeps the lines that a worker reports.
type collect struct{ lines [][]byte }

func (c *collect) Report(_ analyzer.Channels, line []byte) {
	c.lines = append(c.lines, append([]byte(nil), line...))
}
func (c *collect) Tick(int64) {}

// linesOf returns the reports of sessions, or their records of IPFIX.
func linesOf(t *measure.Trace, format report.Format, records bool) ([][]byte, error) {
	c := &collect{}
	o := workerOptions(c, format)
	if records {
		o.Export, o.Sessions, o.NoSession, o.Fragmentation = o.Sessions, 0, 0, 0
	}
	worker, err := newWorker(o)
	if err != nil {
		return nil, err
	}
	var b dataplane.Burst
	t.Bursts(&b, worker.Process)
	worker.Close()
	return c.lines, nil
}

// workerOptions makes all reports of sessions.
func workerOptions(out analyzer.Output, format report.Format) analyzer.Options {
	to := analyzer.Channels(output.ToFile | output.ToRedis)
	return analyzer.Options{
		StatsPeriod: 5e9, Sessions: to, NoSession: to, Fragmentation: to, FTP: true, HTTP: true, RTP: true, TLS: true,
		Forms: analyzer.InOneForm(report.NewEncoder(format, 1, "bench")), Output: out,
		Table: session.Config{Max: 1 << 19},
	}
}

func newWorker(o analyzer.Options) (*analyzer.Worker, error) {
	reg, services, err := proto.Load()
	if err != nil {
		return nil, err
	}
	o.Dissection.Services = services
	for _, f := range o.Forms {
		f.Encoder.SetNames(func(id uint32) string { return reg.Name(dpi.ProtocolID(id)) })
	}
	return analyzer.NewWorker(reg, o)
}
