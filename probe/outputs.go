package probe

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"mmt/analyzer"
	"mmt/config"
	"mmt/metrics"
	"mmt/output"
	"mmt/report"
)

// outputs are the channels of a run and the writers of its threads. Figures may be
// asked for by any goroutine, all else by the one that runs the processing.
type outputs struct {
	outlets
	stdout   *output.Stdout
	patience time.Duration // with remotes and locals, at the end
	threads  []*threadOutput
	forms    analyzer.Forms

	mu      sync.Mutex     // of outlets, while they change, and of
	leaving *outlets       // those of before, which are being closed; nil: none
	past    []output.Stats // of those that are closed
}

// outlets are where reports go by one configuration.
type outlets struct {
	config  *config.Config
	files   *output.Files
	behave  *output.Files // for MMT-Behaviour; nil: none are written
	remotes []remote
	locals  []*output.Detached // files and stdout, of a live source
	writers []*output.Writer   // of thread 0, and of those that analyse
}

// formats are the choices of output.format.
var formats = map[config.Format]report.Format{
	config.FormatCSV: report.CSV, config.FormatJSON: report.JSON, config.FormatEVE: report.EVE,
}

// forms returns the forms of lines that the channels want which are enabled, or can
// be while the probe runs.
func forms(c *config.Config) analyzer.Forms {
	want := map[config.Format]output.Set{}
	add := func(enabled bool, ch config.Channel, bit output.Set) {
		if enabled || c.DynamicConfig.Enable {
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
	first, err := o.openChannels(c, threads, log)
	if err != nil {
		return nil, err
	}
	o.outlets = *first
	o.setThreads(first)
	return o, nil
}

// openChannels opens the channels of a configuration. Those that are the same as
// those of before are shared with these.
func (o *outputs) openChannels(c *config.Config, threads int, log *slog.Logger) (*outlets, error) {
	n := &outlets{config: c}
	if err := n.open(c, threads, &o.outlets, log); err != nil {
		return nil, errors.Join(err, n.close(&o.outlets, o.patience))
	}
	for thread := range threads + 1 {
		n.writers = append(n.writers, n.writer(c, thread, threads, o.stdout, log))
	}
	return n, nil
}

// open opens what the channels of all threads share.
func (o *outlets) open(c *config.Config, threads int, before *outlets, log *slog.Logger) (err error) {
	same := before.config != nil && len(before.writers) == threads+1 && before.config.Input.Mode == c.Input.Mode
	if same && before.config.FileOutput == c.FileOutput {
		o.files = before.files
	} else if c.FileOutput.Enable {
		files, err := output.OpenFiles(output.FileOptions{
			Dir: c.FileOutput.OutputDir, Name: c.FileOutput.OutputFile, Sample: c.FileOutput.SampleFile,
			Retain: c.FileOutput.RetainFiles, Threads: threads, NoSync: c.Input.Mode == config.ModeOffline,
		})
		if err != nil {
			return fmt.Errorf("file-output: %w", err)
		}
		o.files = files
	}
	if same && before.config.Behaviour == c.Behaviour {
		o.behave = before.behave
	} else if o.behave, err = openBehaviour(c, threads); err != nil {
		return err
	}
	return o.openRemotes(c, before, log)
}

// writer makes the writer of one thread.
func (o *outlets) writer(c *config.Config, thread, threads int, stdout *output.Stdout, log *slog.Logger) *output.Writer {
	w := output.NewWriter(output.Options{
		CacheMax: c.Output.CacheMax, CachePeriod: c.Output.CachePeriod,
		OnError: func(channel string, err error) { channelState(log, channel, err) },
	})
	o.enableLocal(c, w, thread, threads, stdout, log)
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
	for _, t := range o.threads {
		list = append(list, t)
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
	o.mu.Lock()
	defer o.mu.Unlock()
	list := o.addStats(slices.Clone(o.past), nil)
	if o.leaving != nil {
		list = o.leaving.addStats(list, &o.outlets)
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
			Spilled: s.Spilled, SpilledBytes: s.SpilledBytes, DamagedFiles: s.Damaged, Failing: s.Failing,
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
	errs = append(errs, o.outlets.close(nil, o.patience))
	return errors.Join(errs...)
}

// everywhere is where reports go that have no output-channel of their own: to all
// channels, and where those of sessions go.
func everywhere(enabled bool, sessions config.Channels) analyzer.Channels {
	if !enabled {
		return 0
	}
	return channels(true, sessions) | analyzer.Channels(output.ToAll)
}

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
