package cli

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mmt/bench/traffic"
)

// bothRule holds when one host asks probe 1's file server for something and
// then, within ten seconds, sends its name through the web that probe 2 sees.
const bothRule = `<beginning><property property_id="9" type_property="ATTACK" value="THEN" delay_units="s" delay_min="0" delay_max="10"
description="file server, then web, of one host">
<event event_id="1" description="seen by probe 1" boolean_expression="((meta.probe_id == 1) &amp;&amp; ((tcp.syn == 1) &amp;&amp; (tcp.dest_port == 2049)))"/>
<event event_id="2" description="seen by probe 2" boolean_expression="((meta.probe_id == 2) &amp;&amp; ((tcp.dest_port == 80) &amp;&amp; (ip.src == ip.src.1)))"/>
</property></beginning>`

// both is the verdict of bothRule: probe 1 saw packet n of all, probe 2 packet m.
func both(address string, n, m int) string {
	return fmt.Sprintf(`10,0,"%s",1700000003.000000,9,"detected","attack","file server, then web, of one host",`+
		`{"event_1":{"timestamp":1700000001.000000,"counter":%d,"attributes":[["meta.probe_id",1],["ip.src","10.0.0.7"],["tcp.dest_port",2049],["tcp.syn",1]]},`+
		`"event_2":{"timestamp":1700000003.000000,"counter":%d,"attributes":[["meta.probe_id",2],["ip.src","10.0.0.7"],["tcp.dest_port",80]]}}`+"\n", address, n, m)
}

// twoProbes writes what two probes see.
func twoProbes(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write(t, filepath.Join(dir, "rules", "9.xml"), bothRule)
	trace(t, dir, "files.pcap",
		segment{at: 0, src: 6, dst: 1, port: 2049, flags: syn},
		segment{at: 1, src: 7, dst: 1, port: 2049, flags: syn})
	trace(t, dir, "web.pcap",
		segment{at: 2, src: 8, dst: 2, port: 80, flags: syn},
		segment{at: 3, src: 7, dst: 2, port: 80, flags: psh | ack, text: "POST /upload HTTP/1.1\r\nHost: x.example\r\n\r\n"},
		segment{at: 30, src: 6, dst: 2, port: 80, flags: syn})
	return dir
}

// send sends a trace to the server as a probe.
func send(t *testing.T, dir, address, name string, probe int) {
	t.Helper()
	code, out, stderr := run(t, dir, "-t", name, "--send", address, "--probe-id", fmt.Sprint(probe))
	if code != exitOK || out != "" || !strings.Contains(stderr, " sent to "+address) {
		t.Fatalf("code %d: %s%s", code, out, stderr)
	}
}

// freePort returns a TCP port of this machine that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

// TestTwoProbes wants the verdict on what two probes have seen, and none from
// either alone.
func TestTwoProbes(t *testing.T) {
	for _, address := range []string{"./verifier.sock", freePort(t)} {
		for _, args := range [][]string{nil, {"-n", "2"}, {"--reorder", "50ms"}, {"-c", "0"}} {
			dir := twoProbes(t)
			p := start(t, command(dir, "server", append([]string{"-p", address}, args...)...))
			p.errs.await(t, "info: listening", 1)
			send(t, dir, address, "files.pcap", 1)
			p.errs.await(t, "probe disconnected", 1)
			send(t, dir, address, "web.pcap", 2)
			p.errs.await(t, "probe disconnected", 2)
			p.end(t, syscall.SIGTERM)
			if want := both(address, 2, 4); p.out.String() != want {
				t.Errorf("%s %q:\n%swant\n%s%s", address, args, p.out.String(), want, p.errs.String())
			}
			for _, want := range []string{"probes    2, 0 dropped", "messages  5, ", "verdicts  1\n  rule 9 "} {
				if !strings.Contains(p.errs.String(), want) {
					t.Errorf("the summary has no %q: %s", want, p.errs.String())
				}
			}
		}
	}
	for _, name := range []string{"files.pcap", "web.pcap"} {
		if code, out, stderr := run(t, twoProbes(t), "-t", name, "--probe-id", "1"); code != exitOK || out != "" {
			t.Errorf("%s alone: code %d, %s%s", name, code, out, stderr)
		}
	}
}

// TestReorder has the later packets come first.
func TestReorder(t *testing.T) {
	for _, c := range []struct {
		reorder string
		want    string
		late    bool
	}{{"10s", both("./verifier.sock", 2, 4), false}, {"0s", "", true}} {
		dir := twoProbes(t)
		p := start(t, command(dir, "server", "-p", "./verifier.sock", "--reorder", c.reorder, "-f", "out/"))
		p.errs.await(t, "info: listening", 1)
		send(t, dir, "./verifier.sock", "web.pcap", 2)
		p.errs.await(t, "probe disconnected", 1)
		send(t, dir, "./verifier.sock", "files.pcap", 1)
		p.errs.await(t, "probe disconnected", 2)
		p.end(t, os.Interrupt)
		if late := strings.Contains(p.errs.String(), "late      1 messages"); late != c.late {
			t.Errorf("--reorder %s: %s", c.reorder, p.errs.String())
		}
		marks, err := filepath.Glob(filepath.Join(dir, "out", "*.sem"))
		if err != nil || len(marks) == 1 != (c.want != "") {
			t.Fatalf("--reorder %s: files %q, %v", c.reorder, marks, err)
		}
		for _, mark := range marks {
			if text, err := os.ReadFile(strings.TrimSuffix(mark, ".sem")); err != nil || string(text) != c.want {
				t.Errorf("--reorder %s: %s, %v, want\n%s", c.reorder, text, err, c.want)
			}
		}
	}
}

// TestServerDropsBadProbe wants one clear line, and other probes to go on.
func TestServerDropsBadProbe(t *testing.T) {
	dir := twoProbes(t)
	write(t, filepath.Join(dir, "s.conf"), "input.max_message_size 200\n")
	p := start(t, command(dir, "server", "-p", "./verifier.sock", "--config", "s.conf"))
	p.errs.await(t, "info: listening", 1)
	conn, err := net.Dial("unix", filepath.Join(dir, "verifier.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte{201, 0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	p.errs.await(t, "its length of 201 bytes is above input.max_message_size, 200", 1)
	send(t, dir, "./verifier.sock", "files.pcap", 1)
	p.errs.await(t, "probe disconnected", 1)
	p.end(t, syscall.SIGTERM)
	if !strings.Contains(p.errs.String(), "probes    2, 1 dropped for a bad message") || !strings.Contains(p.errs.String(), "messages  2,") {
		t.Error(p.errs.String())
	}
}

// TestReload changes the rules of a running server.
func TestReload(t *testing.T) {
	for _, threads := range []string{"0", "2"} {
		dir := twoProbes(t)
		writeRules(t, dir)
		ports(t, dir)
		p := start(t, command(dir, "server", "-p", "./v.sock", "-n", threads))
		p.errs.await(t, "rules=4", 1)
		hup := func(text string) {
			t.Helper()
			if err := p.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			p.errs.await(t, text, 1)
		}
		send(t, dir, "./v.sock", "files.pcap", 1)
		p.errs.await(t, "probe disconnected", 1)
		write(t, filepath.Join(dir, "rules", "1.port.xml"), "<beginning>")
		hup("the rules stay as they are")
		write(t, filepath.Join(dir, "rules", "1.port.xml"), portRule(1, 84))
		write(t, filepath.Join(dir, "rules", "4.port.xml"), portRule(4, 80))
		for _, name := range []string{"2.port.xml", "3.port.xml"} {
			if err := os.Remove(filepath.Join(dir, "rules", name)); err != nil {
				t.Fatal(err)
			}
		}
		hup(`added=[4] removed="[2 3]" replaced=[1] kept=1`)
		send(t, dir, "./v.sock", "web.pcap", 2)
		p.errs.await(t, "probe disconnected", 2)
		if err := os.Remove(filepath.Join(dir, "rules", "9.xml")); err != nil {
			t.Fatal(err)
		}
		send(t, dir, "./v.sock", "ports.pcap", 3)
		p.errs.await(t, "probe disconnected", 3)
		p.end(t, syscall.SIGTERM)
		if !strings.Contains(p.out.String(), both("./v.sock", 2, 4)) {
			t.Errorf("-n %s: what waited for rule 9 is lost: %s", threads, p.out.String())
		}
		if want := "verdicts  5\n  rule 1      1\n  rule 4      3\n  rule 9      1\n"; !strings.Contains(p.errs.String(), want) {
			t.Errorf("-n %s: %s, want %s", threads, p.errs.String(), want)
		}
	}
}

// TestServerSaysTheSame wants from the server, for one probe, what the trace
// itself brings: every type of value survives the way.
func TestServerSaysTheSame(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	if err := traffic.WritePcap(&b, traffic.Generate(1, nil, 1)); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "all.pcap"), b.String())
	code, want, stderr := run(t, dir, "-t", "all.pcap")
	if code != exitOK || strings.Count(want, "\n") < 100 {
		t.Fatalf("code %d, %d verdicts: %s", code, strings.Count(want, "\n"), stderr)
	}
	p := start(t, command(dir, "server", "-p", "./v.sock"))
	p.errs.await(t, "info: listening", 1)
	send(t, dir, "./v.sock", "all.pcap", 0)
	p.errs.await(t, "probe disconnected", 1)
	p.end(t, syscall.SIGTERM)
	if got := strings.ReplaceAll(p.out.String(), `"./v.sock"`, `"all.pcap"`); got != want {
		t.Errorf("%d bytes of verdicts, the trace alone brings %d", len(got), len(want))
	}
}
