package cli

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"mmt/analyzer/proto"
	"mmt/analyzer/security"
	"mmt/verifier"
	"mmt/verifier/wire"
)

const serverUsage = `Verifies security properties on what several probes send, so that one property
can speak of what only all of them together have seen, and tells verdicts as
report lines (report 10), to standard output if neither -f nor -r is given.
It listens until SIGTERM or SIGINT, and sends nothing to probes. It does not ask
who they are: let it be reached by them alone. SIGHUP makes it read the rules
again; what waits for rules that have not changed goes on.

Messages are verified in the order in which they come, which need not be that of
their times if there are several probes. With --reorder they wait for one another.

Usage: mmt_sec_server [-p ADDRESS] [option]...

Exit codes: 0 done, 1 error.`

// server is a run of mmt_sec_server.
type server struct {
	*common
	address string
	reorder time.Duration
	loaded  []*verifier.Rules // the last is verified
}

// Server runs mmt_sec_server and returns its exit code.
func Server(args []string, stdout, stderr io.Writer) int {
	s := &server{common: newCommon("mmt_sec_server", stdout, stderr)}
	s.set.StringVarP(&s.address, "port", "p", wire.DefaultAddress, "listen at `ADDRESS`: PORT on this machine alone, HOST:PORT, :PORT on all interfaces, or the path of a UNIX socket")
	s.set.DurationVar(&s.reorder, "reorder", 0, "let messages wait for `TIME`, such as 100ms, to be verified in the order of their times")
	s.addFlags()
	done, err := s.parse(args, serverUsage)
	if err == nil && !done {
		err = s.run()
	}
	return s.fail(err)
}

// maxReorder bounds how long messages wait: what waits takes memory.
const maxReorder = time.Minute

func (s *server) run() error {
	if s.reorder < 0 || s.reorder > maxReorder {
		return fmt.Errorf("--reorder: %v is not from 0s to %v", s.reorder, maxReorder)
	}
	if err := limit(s.coreList); err != nil {
		return fmt.Errorf("-c: %w", err)
	}
	reg, err := proto.NewRegistry()
	if err == nil {
		err = reg.Freeze()
	}
	if err != nil {
		return err
	}
	all, rules, err := s.loadRules(reg)
	if err != nil {
		return err
	}
	s.loaded = []*verifier.Rules{all}
	verdicts, closeVerdicts, err := s.openVerdicts(0, s.address, true)
	if err != nil {
		return errors.Join(err, s.unload())
	}
	s.options.Verdict = verdicts.Add
	engine, err := security.NewEngine(rules, s.options)
	if err == nil {
		err = s.serve(verifier.NewServer(verifier.ServerOptions{
			Registry: reg, Engine: engine, MaxMessage: s.settings.MaxMessage, Reorder: s.reorder, Log: s.log.Logger,
		}))
	}
	err = errors.Join(err, closeVerdicts())
	if engine != nil {
		s.showVerdicts(verdicts)
		stats := engine.Stats()
		s.showEngine(&stats)
	}
	return errors.Join(err, s.unload())
}

// unload unloads the code of all rules.
func (s *server) unload() (err error) {
	for _, r := range s.loaded {
		err = errors.Join(err, r.Close())
	}
	s.loaded = nil
	return err
}

// serve listens until a signal comes.
func (s *server) serve(v *verifier.Server) error {
	ctx, stop := untilSignal()
	defer stop()
	l, err := verifier.Listen(s.address)
	if err != nil {
		v.Engine.Close()
		return fmt.Errorf("-p: %w", err)
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	var reloading sync.WaitGroup
	reloading.Go(func() {
		for range hup {
			s.reload(v)
		}
	})
	s.log.Info("listening", "address", l.Addr().String(), "rules", len(v.Engine.Rules()))
	if a, ok := l.Addr().(*net.TCPAddr); ok && a.IP.IsLoopback() {
		s.log.Info("only this machine reaches the server", "mend", fmt.Sprintf("-p :%d to be reached from all", a.Port))
	}
	begin := time.Now()
	stats, err := v.Serve(ctx, l)
	signal.Stop(hup)
	close(hup)
	reloading.Wait()
	s.showServer(&stats, time.Since(begin))
	return err
}

// reload reads the rules again. With mistakes in them, those before stay.
func (s *server) reload(v *verifier.Server) {
	all, rules, err := s.loadRules(v.Registry)
	if err != nil {
		s.log.Error("the rules stay as they are", "error", err)
		return
	}
	c, err := v.Engine.Prepare(rules)
	if err != nil {
		s.log.Error("the rules stay as they are", "error", errors.Join(err, all.Close()))
		return
	}
	s.loaded = append(s.loaded, all)
	if !v.Change(c) {
		return // the server has ended
	}
	s.log.Info("rules changed", "added", c.Added, "removed", c.Removed, "replaced", c.Replaced, "kept", len(c.Kept))
	before := s.loaded[:len(s.loaded)-1]
	s.loaded = s.loaded[len(before):]
	for _, r := range before {
		if err := r.Close(); err != nil {
			s.log.Error("rules could not be unloaded", "error", err)
		}
	}
}
