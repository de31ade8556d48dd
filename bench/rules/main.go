// Command rules measures what security properties cost on one core: time per
// packet with no rules and with sets of more and more of them, of several shapes,
// and with the rules of configs/rules and those of public rule sets together; time
// to compile and load; memory of waiting instances. Stages take turns, medians
// count. Time is the CPU time of the measuring thread.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/analyzer/session"
	"mmt/bench/measure"
	"mmt/configs/rules"
	"mmt/dataplane"
	"mmt/rulecomp"
	"mmt/version"
)

func main() {
	flows := pflag.Int("flows", 20000, "flows of the trace")
	loops := pflag.Int("loops", 3, "times that the trace is replayed in a round")
	rounds := pflag.Int("rounds", 5, "rounds; the median counts")
	only := pflag.String("only", "", "measure only the stage of this `NAME`")
	public := pflag.String("rules", "../shared/corpus/security/rules", "`FOLDER` of further rules for the stage \"all\"")
	profile := pflag.String("cpuprofile", "", "write a CPU profile of all rounds to this `FILE`")
	showVersion := pflag.Bool("version", false, "print the version, then exit")
	pflag.Parse()
	if *showVersion {
		fmt.Println("rules", version.String())
		return
	}
	err := measure.Profiled(*profile, func() error { return run(*flows, *loops, *rounds, *only, *public) })
	if err != nil {
		fmt.Fprintln(os.Stderr, "rules:", err)
		os.Exit(1)
	}
}

// stage is a set of rules.
type stage struct {
	name   string
	source func(reg *dpi.Registry) ([]*rulecomp.File, error) // nil: no engine at all
	rules  []*rule.Rule
	load   time.Duration // to compile the files and make the program
}

// stages are the sets of rules.
func stages(public string) []*stage {
	list := []*stage{{name: "no engine"}, {name: "0 rules", source: properties(nil)}}
	for _, n := range []int{10, 100, 1000, 12400, 100000} {
		list = append(list, &stage{name: fmt.Sprintf("%d simple", n), source: properties(simpleRules(n))})
	}
	for _, n := range []int{60, 600, 6000} {
		list = append(list, &stage{name: fmt.Sprintf("%d complex", n), source: properties(complexRules(n))})
	}
	return append(list, &stage{name: "all files", source: everyRule(public)})
}

// properties returns a source of properties, in files of perFile.
func properties(list []string) func(*dpi.Registry) ([]*rulecomp.File, error) {
	var texts [][]byte
	for part := range slices.Chunk(list, perFile) {
		texts = append(texts, file(part))
	}
	return func(reg *dpi.Registry) (files []*rulecomp.File, err error) {
		c := rulecomp.Compiler{Registry: reg}
		for i, text := range texts {
			f, err := c.Parse(fmt.Sprintf("%d.xml", i), text)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		return files, nil
	}
}

// everyRule returns a source of the rules of configs/rules and of a folder.
func everyRule(public string) func(*dpi.Registry) ([]*rulecomp.File, error) {
	return func(reg *dpi.Registry) (files []*rulecomp.File, err error) {
		c := rulecomp.Compiler{Registry: reg}
		entries, err := rules.Files.ReadDir(".")
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			data, err := rules.Files.ReadFile(e.Name())
			if err != nil {
				return nil, err
			}
			f, err := c.Parse(e.Name(), data)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		paths, _ := filepath.Glob(filepath.Join(public, "*.xml"))
		for _, path := range paths {
			f, err := c.ParseFile(path)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		return files, nil
	}
}

// compile compiles the rules of a stage and times it, with the making of the
// engine.
func (s *stage) compile(reg *dpi.Registry) error {
	if s.source == nil {
		return nil
	}
	start := time.Now()
	files, err := s.source(reg)
	if err != nil {
		return err
	}
	if s.rules, err = rulecomp.Join(files); err != nil {
		return err
	}
	_, err = security.NewEngine(s.rules, security.Options{})
	s.load = time.Since(start)
	return err
}

// result is what one stage gave in a round.
type result struct {
	measure.Result
	stats            security.Stats
	instances, bytes int
}

func run(flows, loops, rounds int, only, public string) error {
	runtime.GOMAXPROCS(2)
	reg, services, err := proto.Load()
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(stages(public), func(s *stage) bool { return only != "" && s.name != only })
	for _, s := range list {
		if err := s.compile(reg); err != nil {
			return err
		}
	}
	t := measure.NewTrace(flows)
	fmt.Printf("trace: %d packets, %d flows, %.0f bytes a packet, %.0f packets a second, %d loops a round, %d rounds, %s\n\n",
		len(t.Packets), flows, t.MeanSize(), t.Rate(), loops, rounds, runtime.Version())
	results := map[*stage][]measure.Result{}
	last := map[*stage]result{}
	for round := range rounds {
		for _, s := range list {
			r, err := s.measure(t, loops, services)
			if err != nil {
				return err
			}
			results[s] = append(results[s], r.Result)
			last[s] = r
			fmt.Fprintf(os.Stderr, "\rround %d/%d, %-20s", round+1, rounds, s.name)
		}
	}
	fmt.Fprint(os.Stderr, "\r\033[K")
	printTable(list, results, last)
	return nil
}

// measure runs loops of the trace through a handler with the rules attached.
func (s *stage) measure(t *measure.Trace, loops int, services dpi.Services) (result, error) {
	var r result
	reg, err := proto.NewRegistry()
	if err != nil {
		return r, err
	}
	h, err := dpi.NewHandler(reg, session.NewTable(session.Config{Max: 1 << 19}), dpi.Options{Services: services})
	if err != nil {
		return r, err
	}
	var engine *security.Engine
	if s.source != nil {
		if engine, err = security.NewEngine(s.rules, security.Options{}); err != nil {
			return r, err
		}
		if err := engine.Attach(h, 1); err != nil {
			return r, err
		}
	}
	var b dataplane.Burst
	r.Result = measure.Timed(t, loops, func(int) { t.Bursts(&b, func(b *dataplane.Burst) { h.Process(b.Packets[:b.N]) }) })
	if engine != nil {
		engine.Close()
		r.stats = engine.Stats()
		r.instances, r.bytes = engine.Memory()
	}
	return r, nil
}

// printTable prints a line for each stage.
func printTable(list []*stage, results map[*stage][]measure.Result, last map[*stage]result) {
	fmt.Printf("%-20s %10s %8s %10s %12s %10s %10s %10s %10s %12s\n", "rules", "ns/packet", "Mpps", "ns/no rules", "Gbit/s@800B",
		"load ms", "verdicts", "instances", "B/instance", "allocs/pkt")
	base := 0.0
	for _, s := range list {
		m, r := measure.Median(results[s]), last[s]
		if s.source == nil {
			base = m.PerPacket
		}
		perInstance := 0.0
		if r.instances > 0 {
			perInstance = float64(r.bytes) / float64(r.instances)
		}
		fmt.Printf("%-20s %10.1f %8.2f %10.1f %12.1f %10.0f %10d %10d %10.0f %12.5f\n", s.name, m.PerPacket, 1e3/m.PerPacket, m.PerPacket-base,
			8*800/m.PerPacket, float64(s.load)/1e6, r.stats.Verdicts, r.instances, perInstance, m.Allocs)
	}
}
