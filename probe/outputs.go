package probe

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"mmt/analyzer"
	"mmt/config"
	"mmt/metrics"
	"mmt/output"
	"mmt/report"
)

// outputs are the channels of a run and the writers of its threads.
type outputs struct {
	files    *output.Files
	behave   *output.Files // for MMT-Behaviour; nil: none are written
	stdout   *output.Stdout
	remotes  []remote
	locals   []*output.Detached // files and stdout, of a live source
	patience time.Duration      // with remotes and locals, at the end
	writers  []*output.Writer
	forms    analyzer.Forms
}

// formats are the choices of output.format.
var formats = map[config.Format]report.Format{
	config.FormatCSV: report.CSV, config.FormatJSON: report.JSON, config.FormatEVE: report.EVE,
}

// forms returns the forms of lines that the enabled channels want.
func forms(c *config.Config) analyzer.Forms {
	want := map[config.Format]output.Set{}
	add := func(enabled bool, ch config.Channel, bit output.Set) {
		if enabled {
			want[c.FormatOf(ch)] |= bit
		}
	}
	add(c.FileOutput.Enable, config.ChannelFile, output.ToFile)
	add(c.RedisOutput.Enable, config.ChannelRedis, output.ToRedis)
	add(c.KafkaOutput.Enable, config.ChannelKafka, output.ToKafka)
	add(c.MongoDBOutput.Enable, config.ChannelMongoDB, output.ToMongoDB)
	add(c.SocketOutput.Enable, config.ChannelSocket, output.ToSocket)
	add(c.MQTTOutput.Enable, config.ChannelMQTT, output.ToMQTT)
	want[c.Output.Format] |= output.ToStdout | toBehaviour
	var list analyzer.Forms
	for _, format := range slices.Sorted(maps.Keys(want)) {
		e := report.NewEncoder(formats[format], c.ProbeID, c.Input.Source)
		list = append(list, analyzer.Form{To: analyzer.Channels(want[format]), Encoder: e})
	}
	return list
}

// openOutputs opens the channels that the configuration enables. thread 0
// writes the status of the probe, threads 1 to n the analysis. Without a log
// nothing is told.
func openOutputs(c *config.Config, threads int, stdout io.Writer, log *slog.Logger) (*outputs, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	o := &outputs{stdout: output.NewStdout(stdout), forms: forms(c), patience: c.Output.FlushTimeout}
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
	var err error
	if o.behave, err = openBehaviour(c, threads); err != nil {
		return nil, errors.Join(err, o.close())
	}
	if err := o.openRemotes(c, log); err != nil {
		return nil, errors.Join(err, o.close())
	}
	for thread := range threads + 1 {
		o.writers = append(o.writers, o.writer(c, thread, threads, log))
	}
	return o, nil
}

// writer makes the writer of one thread.
func (o *outputs) writer(c *config.Config, thread, threads int, log *slog.Logger) *output.Writer {
	w := output.NewWriter(output.Options{
		CacheMax: c.Output.CacheMax, CachePeriod: c.Output.CachePeriod,
		OnError: func(channel string, err error) { channelState(log, channel, err) },
	})
	o.enableLocal(c, w, thread, threads, log)
	for _, r := range o.remotes {
		w.Enable(r.bit, r.queue.Channel())
	}
	return w
}

// channelState logs when a channel begins to fail and when it works again.
func channelState(log *slog.Logger, channel string, err error) {
	if err != nil {
		log.Error(fmt.Sprintf("output channel %s does not take reports, they wait: %v", channel, err))
		return
	}
	log.Info(fmt.Sprintf("output channel %s takes reports again", channel))
}

// ofThreads returns the outputs of the threads that analyse.
func (o *outputs) ofThreads() (list []analyzer.Output) {
	for _, w := range o.writers[1:] {
		list = append(list, threadOutput{w})
	}
	return list
}

// write writes a report of thread 0.
func (o *outputs) write(to output.Set, r report.Record) {
	for want, e := range o.forms.Of(analyzer.Channels(to)) {
		o.writers[0].Write(output.Set(want), r.Append(nil, e))
	}
}

// setNames gives the names of protocols by id.
func (o *outputs) setNames(names func(id uint32) string) {
	for _, f := range o.forms {
		f.Encoder.SetNames(names)
	}
}

// stats returns the figures of each channel, of all threads together.
func (o *outputs) stats() []output.Stats {
	var list []output.Stats
	add := func(s output.Stats) {
		i := slices.IndexFunc(list, func(c output.Stats) bool { return c.Channel == s.Channel })
		if i < 0 {
			list = append(list, s)
			return
		}
		list[i].Add(&s)
	}
	for _, w := range o.writers {
		for _, s := range w.Stats() {
			add(s)
		}
	}
	for _, r := range o.remotes {
		add(r.queue.Stats())
	}
	for _, d := range o.locals {
		add(d.Stats())
	}
	return list
}

// addTo adds what has become of the lines of a run that is over.
func (o *outputs) addTo(r *Result) {
	for _, s := range o.stats() {
		r.Written += s.Written
		r.Lost += s.Lost
		r.Kept += s.Pending
	}
}

// appendChannels appends the figures of the channels.
func (o *outputs) appendChannels(list []metrics.Channel) []metrics.Channel {
	for _, s := range o.stats() {
		c := metrics.Channel{
			Name: s.Channel, Written: s.Written, Pending: s.Pending,
			Spilled: s.Spilled, DamagedFiles: s.Damaged, Failing: s.Failing,
		}
		for reason, lines := range s.Losses {
			c.Lost = append(c.Lost, metrics.Lost{Reason: output.Reason(reason).String(), Lines: lines})
		}
		list = append(list, c)
	}
	return list
}

// close hands over what is left and closes the channels.
func (o *outputs) close() error {
	var errs []error
	for _, w := range o.writers {
		errs = append(errs, w.Close(time.Now().UnixNano()))
	}
	errs = append(errs, o.closeQueues(), o.closeFiles(o.files), o.closeFiles(o.behave))
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
