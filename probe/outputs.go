package probe

import (
	"errors"
	"fmt"
	"io"
	"time"

	"mmt/analyzer"
	"mmt/config"
	"mmt/output"
	"mmt/report"
)

// outputs are the channels of a run and the writers of its threads.
type outputs struct {
	files   *output.Files
	stdout  *output.Stdout
	writers []*output.Writer
	encoder *report.Encoder
}

// openOutputs opens the channels that the configuration enables. thread 0
// writes the status of the probe, threads 1 to n the analysis.
func openOutputs(c *config.Config, threads int, stdout io.Writer, onError func(string, error)) (*outputs, error) {
	format := report.CSV
	if c.Output.Format == config.FormatJSON {
		format = report.JSON
	}
	o := &outputs{stdout: output.NewStdout(stdout), encoder: report.NewEncoder(format, c.ProbeID, c.Input.Source)}
	if c.FileOutput.Enable {
		files, err := output.OpenFiles(output.FileOptions{
			Dir: c.FileOutput.OutputDir, Name: c.FileOutput.OutputFile, Sample: c.FileOutput.SampleFile,
			Retain: c.FileOutput.RetainFiles, Threads: threads, NoSync: c.Input.Mode == config.ModeOffline,
		})
		if err != nil {
			return nil, fmt.Errorf("file-output: %w", err)
		}
		o.files = files
	}
	for thread := range threads + 1 {
		o.writers = append(o.writers, o.writer(c, thread, onError))
	}
	return o, nil
}

// writer makes the writer of one thread.
func (o *outputs) writer(c *config.Config, thread int, onError func(string, error)) *output.Writer {
	w := output.NewWriter(output.Options{CacheMax: c.Output.CacheMax, CachePeriod: c.Output.CachePeriod, OnError: onError})
	if o.files != nil {
		w.Enable(output.ToFile, o.files.Channel(thread))
	}
	w.Enable(output.ToStdout, o.stdout.Channel())
	return w
}

// ofThreads returns the outputs of the threads that analyse.
func (o *outputs) ofThreads() (list []analyzer.Output) {
	for _, w := range o.writers[1:] {
		list = append(list, threadOutput{w})
	}
	return list
}

// startup writes report 1.
func (o *outputs) startup(r *report.Startup) {
	o.writers[0].Write(output.ToFile, r.Append(nil, o.encoder))
}

// written returns how many lines have reached their channels and how many were
// lost.
func (o *outputs) written() (written, lost uint64) {
	for _, w := range o.writers {
		for _, s := range w.Stats() {
			written += s.Written
			lost += s.Lost
		}
	}
	return written, lost
}

// close hands over what is left and closes the channels.
func (o *outputs) close() error {
	var errs []error
	for _, w := range o.writers {
		errs = append(errs, w.Close(time.Now().UnixNano()))
	}
	if o.files != nil {
		o.files.Close()
	}
	return errors.Join(errs...)
}

// threadOutput gives a worker its writer.
type threadOutput struct{ w *output.Writer }

// Report implements analyzer.Output.
func (t threadOutput) Report(to analyzer.Channels, line []byte) { t.w.Write(output.Set(to), line) }

// Tick implements analyzer.Output. Cache-periods are wall-clock time: a trace
// that is read faster than it was taken need not make a file for each five
// seconds of packets.
func (t threadOutput) Tick(int64) { t.w.Tick(time.Now().UnixNano()) }

// channels turns an output-channel list into the bits of the writer.
func channels(enabled bool, list config.Channels) analyzer.Channels {
	if !enabled {
		return 0
	}
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = string(c)
	}
	set, err := output.ParseSet(names)
	if err != nil {
		panic("probe: the configuration let an unknown channel pass: " + err.Error())
	}
	return analyzer.Channels(set)
}
