package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/dataplane/netnstest"
)

// TestInterface verifies what comes over a veth pair, until SIGINT.
func TestInterface(t *testing.T) {
	ns := netnstest.New(t)
	out, in := netnstest.End{Space: ns, Name: "out"}, netnstest.End{Space: ns, Name: "in"}
	netnstest.Pair(t, out, in, netnstest.PairOptions{})
	sender := netnstest.NewSender(t, out)
	dir := t.TempDir()
	cmd := command(dir, "standalone", "-i", "in")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var err error
	ns.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	packets := traffic.Generate(1, []string{"spoof"}, 1)
	for range 20 { // what comes before the capture begins is not seen
		sender.Replay(packets, 0)
		time.Sleep(250 * time.Millisecond)
	}
	sender.Settle()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if !strings.Contains(stdout.String(), `,"in",`) || !strings.Contains(stdout.String(), ",1020,") {
		t.Errorf("no verdict of rule 1020 on interface in:\n%s\n%s", stdout.String(), stderr.String())
	}
}
