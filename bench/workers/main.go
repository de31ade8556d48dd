// Command workers measures what more threads are worth: the whole way of a
// packet, from a source in memory to report files, with one thread for all, with
// one worker behind a poller, and with more. Figures are medians over rounds in
// which the settings take turns, on the clock of the wall: run it on an idle
// machine.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/bench/measure"
	"mmt/dataplane"
	"mmt/output"
	"mmt/pipeline"
	"mmt/report"
	"mmt/version"
)

func main() {
	flows := pflag.Int("flows", 20000, "flows of the trace")
	loops := pflag.Int("loops", 8, "times that the trace is replayed in a round, each with other flows; all are held in memory")
	rounds := pflag.Int("rounds", 5, "rounds; the median counts")
	workers := pflag.IntSlice("workers", []int{0, 1, 2}, "numbers of workers, 0 for one thread that does all")
	profile := pflag.String("cpuprofile", "", "write a CPU profile of all rounds to this `FILE`")
	showVersion := pflag.Bool("version", false, "print the version, then exit")
	pflag.Parse()
	if *showVersion {
		fmt.Println("workers", version.String())
		return
	}
	if err := measure.Profiled(*profile, func() error { return run(*flows, *loops, *rounds, *workers) }); err != nil {
		fmt.Fprintln(os.Stderr, "workers:", err)
		os.Exit(1)
	}
}

func run(flows, loops, rounds int, settings []int) error {
	packets := inMemory(measure.NewTrace(flows), loops)
	fmt.Printf("input from memory: %d packets of %d flows, %d cores, %s\n\n", len(packets.index), flows*loops, runtime.NumCPU(), runtime.Version())
	figures := make([][]figure, len(settings))
	var side []time.Duration
	for round := range rounds {
		d, err := sideBySide(packets)
		if err != nil {
			return err
		}
		side = append(side, d)
		for i, workers := range settings {
			runtime.GC()
			f, err := measureOnce(packets, workers)
			if err != nil {
				return err
			}
			figures[i] = append(figures[i], f)
			fmt.Fprintf(os.Stderr, "\rround %d/%d, %-24s", round+1, rounds, describe(workers))
		}
	}
	fmt.Fprint(os.Stderr, "\r\033[K")
	print(figures, settings, float64(len(packets.index)))
	slices.Sort(side)
	perPacket := float64(side[rounds/2]) / float64(len(packets.index))
	fmt.Printf("%-28s %10.2f %12.1f\n", "two threads apart", 1e3/perPacket, perPacket)
	fmt.Println("\nThe two threads apart have half of the packets each and share nothing: what they gain over one is what two cores of this machine can gain.")
	return nil
}

// sideBySide returns how long two threads take that have nothing to do with each
// other.
func sideBySide(packets *capture) (time.Duration, error) {
	var took [2]figure
	var errs [2]error
	var both sync.WaitGroup
	middle := len(packets.index) / 2
	for i, half := range [][]place{packets.index[:middle], packets.index[middle:]} {
		both.Go(func() { took[i], errs[i] = measureOnce(&capture{packets.data, half}, 0) })
	}
	both.Wait()
	return max(took[0].wall, took[1].wall), errors.Join(errs[:]...)
}

// figure is what a run took.
type figure struct{ wall, cpu time.Duration }

// median is that of each figure by itself.
func median(list []figure) (f figure) {
	slices.SortFunc(list, func(a, b figure) int { return int(a.cpu - b.cpu) })
	f.cpu = list[len(list)/2].cpu
	slices.SortFunc(list, func(a, b figure) int { return int(a.wall - b.wall) })
	f.wall = list[len(list)/2].wall
	return f
}

func print(figures [][]figure, settings []int, packets float64) {
	fmt.Printf("%-28s %10s %12s %16s %16s\n", "setting", "Mpps", "ns/packet", "to one worker", "CPU ns/packet")
	one := slices.Index(settings, 1)
	for i, workers := range settings {
		f := median(figures[i])
		ratio := ""
		if one >= 0 {
			ratio = fmt.Sprintf("%.2f", float64(median(figures[one]).wall)/float64(f.wall))
		}
		fmt.Printf("%-28s %10.2f %12.1f %16s %16.1f\n", describe(workers), packets/float64(f.wall)*1e3, float64(f.wall)/packets, ratio, float64(f.cpu)/packets)
	}
}

// cpuTime returns the processor time that this process has used.
func cpuTime() time.Duration {
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err != nil {
		panic(err) // it cannot fail for the process itself
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func describe(workers int) string {
	if workers == 0 {
		return "one thread for all"
	}
	return fmt.Sprintf("poller and %d worker(s)", workers)
}

// capture is packets in memory as a source has them that maps it: without pointers,
// which the garbage collector would have to follow.
type capture struct {
	data  []byte
	index []place
}

// place is where a packet is.
type place struct {
	from, length int
	time         int64
	wire         uint32
	link         dataplane.LinkType
}

// inMemory returns loops of a trace, each with flows of its own.
func inMemory(t *measure.Trace, loops int) *capture {
	size := 0
	for _, p := range t.Packets {
		size += len(p.Data)
	}
	c := &capture{make([]byte, 0, loops*size), make([]place, 0, loops*len(t.Packets))}
	for loop := range loops {
		if loop > 0 {
			t.Shift(loop)
		}
		for _, p := range t.Packets {
			c.index = append(c.index, place{len(c.data), len(p.Data), p.Time, p.Len, p.Link})
			c.data = append(c.data, p.Data...)
		}
	}
	return c
}

// memory is a source of packets that are there already.
type memory struct {
	data []byte
	rest []place
	n    uint64
}

func (m *memory) Receive(b *dataplane.Burst) error {
	if len(m.rest) == 0 {
		return io.EOF
	}
	b.N = min(len(m.rest), len(b.Packets))
	for i, p := range m.rest[:b.N] {
		b.Packets[i] = dataplane.Packet{Data: m.data[p.from : p.from+p.length : p.from+p.length], Time: p.time, Len: p.wire, Link: p.link}
	}
	m.rest = m.rest[b.N:]
	m.n += uint64(b.N)
	return nil
}

func (m *memory) Release(*dataplane.Burst) {}
func (m *memory) Stats() dataplane.Stats   { return dataplane.Stats{Received: m.n} }
func (m *memory) Close() error             { return nil }

// measureOnce returns how long a number of workers take for all packets.
func measureOnce(packets *capture, workers int) (f figure, err error) {
	dir, err := os.MkdirTemp("", "workers")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	threads := max(workers, 1)
	files, err := output.OpenFiles(output.FileOptions{Dir: dir, Name: "data.csv", Sample: true, Retain: 2*threads + 2, Threads: threads, NoSync: true})
	if err != nil {
		return f, err
	}
	defer files.Close()
	c, err := newCrew(files, threads)
	if err != nil {
		return f, err
	}
	p, err := pipeline.New(pipeline.Options{
		Sources: []dataplane.Source{&memory{data: packets.data, rest: packets.index}}, Workers: c.workers, Inline: workers == 0, Heralds: c.heralds,
	})
	if err != nil {
		return f, err
	}
	begin, cpu := time.Now(), cpuTime()
	err = p.Run(context.Background())
	f = figure{time.Since(begin), cpuTime() - cpu}
	return f, c.check(err, uint64(len(packets.index)))
}

// crew is the workers and what they share.
type crew struct {
	workers []*analyzer.Worker
	merger  *analyzer.Merger
	heralds *analyzer.Heralds
}

func newCrew(files *output.Files, threads int) (*crew, error) {
	reg, services, err := proto.Load()
	if err != nil {
		return nil, err
	}
	to := analyzer.Channels(output.ToFile)
	o := analyzer.Options{
		StatsPeriod: 5e9, Sessions: to, NoSession: to, Fragmentation: to, FTP: true, HTTP: true, RTP: true, TLS: true,
		Forms: analyzer.InOneForm(report.NewEncoder(report.CSV, 1, "memory")), Dissection: dpi.Options{Services: services},
		Table: session.Config{Max: 1 << 19},
	}
	var outputs []analyzer.Output
	for thread := range threads {
		w := output.NewWriter(output.Options{})
		w.Enable(output.ToFile, files.Channel(thread+1))
		outputs = append(outputs, toWriter{w})
	}
	c := &crew{}
	if threads > 1 {
		c.merger = analyzer.NewMerger(analyzer.MergerOptions{Outputs: outputs, Forms: o.Forms, NoSession: to, Fragmentation: to})
		o.Merger = c.merger
	}
	for thread := range threads {
		o.Thread, o.Output = uint32(thread), outputs[thread]
		w, err := analyzer.NewWorker(reg, o)
		if err != nil {
			return nil, err
		}
		c.workers = append(c.workers, w)
	}
	c.heralds = analyzer.NewHeralds(reg, false)
	return c, nil
}

// check waits for the last reports, and tells whether all packets were analysed.
func (c *crew) check(err error, want uint64) error {
	if c.merger != nil {
		c.merger.Close()
	}
	sum := uint64(0)
	for _, w := range c.workers {
		sum += w.Totals().Packets
	}
	if err == nil && sum != want {
		err = fmt.Errorf("%d packets of %d were analysed", sum, want)
	}
	return err
}

// toWriter gives a worker a writer.
type toWriter struct{ w *output.Writer }

func (t toWriter) Report(to analyzer.Channels, line []byte) { t.w.Write(output.Set(to), line) }
func (t toWriter) Tick(int64)                               { t.w.Tick(time.Now().UnixNano()) }
