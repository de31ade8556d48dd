package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp"
	"mmt/verifier"
	"mmt/verifier/wire"
)

const standaloneUsage = `Verifies security properties on the packets of a trace or an interface, and tells
verdicts as report lines (report 10), to standard output if neither -f nor -r is
given. An interface is watched until SIGINT or SIGTERM. With
--send it verifies nothing, but sends what the rules read of each packet to
mmt_sec_server, which can verify the packets of several probes together.

Usage: mmt_sec_standalone -t TRACE | -i INTERFACE [option]...

Exit codes: 0 done, 1 error, 2 the trace is cut or damaged (what was before is
verified).`

// standalone is a run of mmt_sec_standalone.
type standalone struct {
	*common
	trace, device, send string
	probeID             uint32
}

// Standalone runs mmt_sec_standalone and returns its exit code.
func Standalone(args []string, stdout, stderr io.Writer) int {
	s := &standalone{common: newCommon("mmt_sec_standalone", stdout, stderr)}
	s.set.StringVarP(&s.trace, "trace", "t", "", "verify the packets of the trace `FILE` (pcap, pcapng, .gz; - for standard input)")
	s.set.StringVarP(&s.device, "interface", "i", "", "verify the traffic of an `INTERFACE`")
	s.set.StringVar(&s.send, "send", "", "send to the server at `ADDRESS` (PORT, HOST:PORT or the path of a UNIX socket) instead of verifying")
	s.set.Uint32Var(&s.probeID, "probe-id", 0, "`NUMBER` of this probe, in reports and as meta.probe_id")
	s.addFlags()
	done, err := s.parse(args, standaloneUsage)
	if err == nil && !done {
		err = s.run()
	}
	return s.fail(err)
}

func (s *standalone) run() error {
	switch {
	case s.device != "" && s.trace != "":
		return errors.New("-t and -i exclude each other: a trace is read or an interface is watched")
	case s.trace == "" && s.device == "":
		return errors.New("no traffic: give a trace with -t FILE or an interface with -i INTERFACE (mmt_sec_standalone -h lists the options)")
	case s.send != "" && (s.file != "" || s.redis != ""):
		return errors.New("--send excludes -f and -r: the server tells the verdicts")
	}
	if err := pin(s.coreList); err != nil {
		return fmt.Errorf("-c: %w", err)
	}
	t, err := verifier.NewTrace(s.trace, s.probeID)
	if err != nil {
		return err
	}
	t.Interface = s.device
	if term.IsTerminal(int(os.Stderr.Fd())) {
		t.Progress = s.stderr
	}
	all, rules, err := s.loadRules(t.Registry)
	if err != nil {
		return err
	}
	ctx, stop := untilSignal()
	defer stop()
	if s.send != "" {
		err = s.sendTrace(ctx, t, rules)
	} else {
		err = s.verify(ctx, t, rules)
	}
	if ctx.Err() != nil {
		s.log.Info("interrupted: the packets so far have been looked at")
	}
	return errors.Join(err, all.Close())
}

// untilSignal returns a context that a first SIGINT or SIGTERM ends; a second one
// ends the program.
func untilSignal() (context.Context, func()) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

func (s *standalone) verify(ctx context.Context, t *verifier.Trace, rules []*rule.Rule) error {
	verdicts, closeVerdicts, err := s.openVerdicts(s.probeID, t.Name(), false)
	if err != nil {
		return err
	}
	s.options.Verdict = verdicts.Add
	engine, err := security.NewEngine(rules, s.options)
	if err != nil {
		return errors.Join(err, closeVerdicts())
	}
	result, err := t.Verify(ctx, engine)
	if result == nil {
		engine.Close()
	}
	err = errors.Join(err, closeVerdicts())
	if result != nil {
		s.showPackets(result)
		s.showVerdicts(verdicts)
		s.showEngine(&result.Security)
	}
	return err
}

// sendTrace sends what rules read to a server.
func (s *standalone) sendTrace(ctx context.Context, t *verifier.Trace, rules []*rule.Rule) error {
	w, err := wire.Dial(s.send, s.settings.MaxMessage)
	if err != nil {
		return err
	}
	result, err := t.Send(ctx, rules, w)
	if result != nil {
		s.showPackets(result)
		fmt.Fprintf(s.stderr, "messages  %d sent to %s\n", result.Messages, s.send)
		if result.LeftOut > 0 {
			fmt.Fprintf(s.stderr, "left out  %d attributes had no room in their message (raise input.max_message_size)\n", result.LeftOut)
		}
	}
	return err
}

// haveRules tells whether there is a folder of rules.
func haveRules() bool {
	_, err := rulecomp.DefaultDir()
	return err == nil
}
