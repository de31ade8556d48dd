package probe_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/config"
	"mmt/probe"
)

// buffer takes what a run writes while others look at it.
type buffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}

// waitFor waits until something holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

// faucet writes the packets of a trace to a pipe, as many as are wanted.
type faucet struct {
	t    *testing.T
	to   *os.File
	rest []byte
	open bool
}

// drip writes up to the end of n more packets.
func (f *faucet) drip(n int) {
	f.t.Helper()
	size := 0
	if !f.open {
		f.open, size = true, 24 // the header of the trace
	}
	for ; n > 0 && size < len(f.rest); n-- {
		r := f.rest[size:]
		size += 16 + (int(r[8]) | int(r[9])<<8)
	}
	if _, err := f.to.Write(f.rest[:size]); err != nil {
		f.t.Error(err)
	}
	f.rest = f.rest[size:]
}

// until lets packets drip until something has been done.
func (f *faucet) until(done <-chan struct{}) {
	f.t.Helper()
	for len(f.rest) > 0 {
		select {
		case <-done:
			return
		case <-time.After(5 * time.Millisecond):
			f.drip(1)
		}
	}
	f.t.Error("the trace is over before the rules have changed")
}

// changing is a run whose rules change.
type changing struct {
	*faucet
	run     *probe.Run
	ctx     context.Context
	out     buffer
	log     buffer
	packets int
	done    chan error
}

// atPacket is a property that tells when a packet is verified.
func atPacket(id, n int) string {
	return onPacket(id, "ATTACK", fmt.Sprintf("((ethernet.packet_count == %d) && (ethernet.src != ethernet.dst))", n))
}

// begin starts a run on a pipe, with rules 1, 5, 6, 7, 8, one that spans the whole
// trace, and one that tells when the fiftieth packet is verified, which it waits
// for.
func begin(t *testing.T, threads int) *changing {
	packets := traffic.Generate(goldenSeed, []string{"dns", "scans", "l2"}, 4)
	t.Chdir(secure(t, scanned, slices.Concat(manualRules, []string{
		onTwo(20, "ATTACK", "THEN", 10000, "(ethernet.packet_count == 1)", fmt.Sprintf("(ethernet.packet_count == %d)", len(packets))),
		atPacket(21, 50),
	})...))
	write(t, ".", "trace.pcap", pcap(t, packets))
	if err := syscall.Mkfifo("fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	conf, err := config.Load(conf(t), []string{"input.source=fifo", "session-report.enable=false", "enable-proto-without-session-report=false",
		"enable-ip-fragmentation-report=false", "security.enable=true", "security.output-channel={stdout}", "output.cache-max=1",
		fmt.Sprint("security.thread-nb=", threads)})
	if err != nil {
		t.Fatal(err)
	}
	c := &changing{ctx: context.Background(), packets: len(packets), done: make(chan error)}
	c.run = &probe.Run{Config: conf, Log: slog.New(slog.NewTextHandler(&c.log, nil)), Stdout: &c.out}
	go func() {
		_, err := c.run.Do(c.ctx)
		c.done <- err
	}()
	to, err := os.OpenFile("fifo", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	c.faucet = &faucet{t: t, to: to, rest: pcap(t, packets)}
	c.drip(60)
	waitFor(t, "packet 50", func() bool {
		c.drip(1)
		return strings.Contains(c.out.String(), ",21,\"detected\"")
	})
	return c
}

// change asks for a change and lets packets come until it is made.
func (c *changing) change(f func() error) error {
	c.t.Helper()
	var err error
	done := make(chan struct{})
	go func() {
		err = f()
		close(done)
	}()
	c.until(done)
	<-done
	return err
}

// finish lets the rest come and returns the verdicts by rule.
func (c *changing) finish() map[string][]string {
	c.t.Helper()
	c.drip(c.packets)
	c.to.Close()
	if err := <-c.done; err != nil {
		c.t.Fatal(err)
	}
	return byRule(sorted(c.out.String()))
}

// byRule sorts verdicts by rule, without the third field, which names the source.
func byRule(lines []string) map[string][]string {
	list := map[string][]string{}
	for _, line := range withoutSource(lines) {
		id := strings.SplitN(line, ",", 5)[3]
		list[id] = append(list[id], line)
	}
	return list
}

// TestRulesChange adds, replaces and removes rules while packets come: none is
// lost, and rules that stay give what they give without any change.
func TestRulesChange(t *testing.T) {
	for threads := range 3 {
		t.Run(fmt.Sprint("threads=", threads), func(t *testing.T) {
			c := begin(t, threads)
			dir := t.TempDir()
			late := filepath.Join(dir, "late.xml")
			write(t, dir, "late.xml", []byte("<beginning>"+atPacket(30, c.packets)+onPacket(31, "ATTACK", "((arp.ar_op == 1) && (ethernet.src != ethernet.dst))")+"</beginning>"))
			wrong := filepath.Join(dir, "wrong.xml")
			write(t, dir, "wrong.xml", []byte("<beginning>\n"+onPacket(40, "ATTACK", "(tcp.dest_prot == 1)")+"</beginning>"))
			for _, step := range []struct {
				change func() error
				want   string // in the error
				log    string
			}{
				{func() error { _, err := c.run.AddRules(c.ctx, late); return err }, "", "added 2 [30 31], replaced none, removed none, kept 7"},
				{func() error { _, err := c.run.RemoveRules(c.ctx, 7, 31, 8); return err }, "", "added none, replaced none, removed 3 [7 8 31], kept 6"},
				{func() error { _, err := c.run.RemoveRules(c.ctx, 7); return err }, "rule 7 is not verified", "rule 7 is not verified"},
				{func() error { _, err := c.run.RemoveRules(c.ctx, 1, 5, 6, 20, 21, 30); return err }, "no rules to verify", "no rules to verify"},
				{func() error { _, err := c.run.AddRules(c.ctx, wrong); return err }, "wrong.xml:3: ", "the rules stay as they are: " + wrong + ":3: "},
				{func() error { _, err := c.run.AddRules(c.ctx, filepath.Join(dir, "none.xml")); return err }, "none.xml", "none.xml"},
				{func() error { _, err := c.run.AddRules(c.ctx, late); return err }, "", "added 1 [31], replaced none, removed none, kept 6"},
				{func() error {
					rulesIn(t, ".", manualRules[0], manualRules[1], manualRules[2], atPacket(7, c.packets))
					_, err := c.run.ReloadRules(c.ctx)
					return err
				}, "", "added 2 [7 8], replaced none, removed 2 [30 31], kept 5"},
				{func() error { _, err := c.run.AddRules(c.ctx, late); return err }, "", "added 2 [30 31]"},
			} {
				err := c.change(step.change)
				if (err == nil) != (step.want == "") || err != nil && !strings.Contains(err.Error(), step.want) {
					t.Errorf("error %v, want %q", err, step.want)
				}
				if !strings.Contains(c.log.String(), step.log) {
					t.Errorf("no %q in the log:\n%s", step.log, &c.log)
				}
			}
			got := c.finish()
			want := byRule(verdicts(t, ".", fmt.Sprint("security.thread-nb=", threads)))
			for _, id := range []string{"1", "5", "6", "20"} {
				same(t, "rule "+id, got[id], want[id])
			}
			if len(got["7"]) == 0 || len(got["30"]) != 1 {
				t.Errorf("rule 7: %q, rule 30: %q", got["7"], got["30"])
			}
			if _, err := c.run.ReloadRules(c.ctx); err == nil {
				t.Error("rules can be changed after the end")
			}
		})
	}
}

// TestChangeGivenUp holds that who stops waiting for a change gets none.
func TestChangeGivenUp(t *testing.T) {
	c := begin(t, 1)
	reload := func() error {
		ctx, cancel := context.WithTimeout(c.ctx, 50*time.Millisecond)
		defer cancel()
		_, err := c.run.ReloadRules(ctx)
		return err
	}
	waitFor(t, "the end of the packets in the pipe", func() bool { return reload() != nil })
	rulesIn(t, ".", atPacket(1, 1))
	if err := reload(); err == nil || !strings.Contains(err.Error(), "not changed") {
		t.Errorf("a change while no packets come: %v", err)
	}
	got := c.finish()
	rulesIn(t, ".", manualRules[0])
	same(t, "rule 1", got["1"], byRule(verdicts(t, "."))["1"])
}

// TestHangup sends SIGHUP to a probe: it reloads the rules and goes on.
func TestHangup(t *testing.T) {
	packets := traffic.Generate(goldenSeed, scanned, 4)
	dir := secure(t, scanned, append(slices.Clone(manualRules), atPacket(21, 50))...)
	write(t, dir, "trace.pcap", pcap(t, packets))
	want := byRule(verdicts(t, dir))
	cmd := command(t, dir, append(slices.Clone(secured), "-t", "-", "-Xoutput.cache-max=1", "-Xlogfile=probe.log")...)
	var out buffer
	cmd.Stdout = &out
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = from
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	from.Close()
	f := &faucet{t: t, to: to, rest: pcap(t, packets)}
	f.drip(60)
	waitFor(t, "packet 50", func() bool { return strings.Contains(out.String(), ",21,\"detected\"") })
	log := func() string {
		text, err := os.ReadFile(filepath.Join(dir, "probe.log"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	hangup := func(want string) {
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		waitFor(t, want, func() bool {
			f.drip(1)
			return strings.Contains(log(), want)
		})
	}
	write(t, filepath.Join(dir, "rules"), "6.xml", []byte("<beginning>\n<property property_id=\"22\""))
	hangup("rules/6.xml:")
	write(t, filepath.Join(dir, "rules"), "6.xml", []byte("<beginning>"+atPacket(22, len(packets))+"</beginning>"))
	hangup("added 1 [22], replaced none, removed 1 [21], kept 5")
	f.drip(len(packets))
	to.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	got := byRule(sorted(out.String()))
	for _, id := range []string{"1", "5", "6", "7", "8", "21"} {
		same(t, "rule "+id, got[id], want[id])
	}
	if len(got["22"]) != 1 {
		t.Errorf("the new rule gave %q", got["22"])
	}
}
