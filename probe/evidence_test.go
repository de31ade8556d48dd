package probe

import (
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mmt/dataplane"
)

var discard = slog.New(slog.DiscardHandler)

// TestAlertPcap holds that verdicts have files with the packets of their flow, which
// the trace has, and with comments, whoever verifies.
func TestAlertPcap(t *testing.T) {
	trace := shared(t, "corpus/security/pcap/37.WannaCry.pcap")
	for _, threads := range [][2]int{{0, 0}, {1, 0}, {1, 2}, {3, 0}, {3, 2}} {
		dir := t.TempDir()
		out := analyse(t, trace, "security.enable=true", "security.output-channel={stdout}", "alert-pcap.enable=true",
			"alert-pcap.output-dir="+dir, "alert-pcap.packets-before=20", "alert-pcap.packets-after=20",
			fmt.Sprint("thread-nb=", threads[0]), fmt.Sprint("security.thread-nb=", threads[1]))
		verdicts := strings.Count("\n"+out, "\n10,")
		names, err := filepath.Glob(filepath.Join(dir, "*_rule*.pcapng"))
		if err != nil || len(names) == 0 || verdicts == 0 || len(contents(t, dir)) != len(names) {
			t.Fatalf("threads %v: %d verdicts, files %q, %v", threads, verdicts, names, err)
		}
		all := map[string]bool{}
		for _, p := range readTrace(t, trace) {
			all[fmt.Sprint(p.Time, p.Len, p.Data)] = true
		}
		for _, name := range names {
			packets := readTrace(t, name)
			checkFlow(t, name, packets)
			for _, p := range packets {
				if !all[fmt.Sprint(p.Time, p.Len, p.Data)] {
					t.Errorf("%s has a packet that the trace does not have", name)
				}
			}
		}
		checkComments(t, names)
	}
}

// checkFlow holds that packets are of one flow, in order, and not too many.
func checkFlow(t *testing.T, name string, packets []dataplane.Packet) {
	t.Helper()
	if len(packets) == 0 || len(packets) > 40 {
		t.Errorf("%s: %d packets", name, len(packets))
	}
	ends := map[string]bool{}
	for i, p := range packets {
		if i > 0 && p.Time < packets[i-1].Time {
			t.Errorf("%s: packet %d is out of order", name, i)
		}
		if len(p.Data) >= 38 && p.Data[12] == 8 && p.Data[13] == 0 {
			a, b := fmt.Sprint(p.Data[26:30]), fmt.Sprint(p.Data[30:34])
			if p.Data[23] != 1 { // ICMP has no ports
				a, b = a+fmt.Sprint(p.Data[34:36]), b+fmt.Sprint(p.Data[36:38])
			}
			ends[min(a, b)+max(a, b)] = true
		}
	}
	if len(ends) > 1 {
		t.Errorf("%s: %d flows", name, len(ends))
	}
}

// checkComments holds that other tools read the files, and find rule and verdict.
func checkComments(t *testing.T, names []string) {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Log("tshark is not there: comments are not looked at")
		return
	}
	for _, name := range names[:min(len(names), 3)] {
		rule := strings.TrimSuffix(name[strings.LastIndex(name, "_rule")+5:], ".pcapng")
		out, err := exec.Command("tshark", "-r", name, "-T", "fields", "-e", "frame.comment").CombinedOutput()
		if want := "rule " + rule + " detected"; err != nil || !strings.Contains(string(out), want) && !strings.Contains(string(out), "rule "+rule+" not_respected") {
			t.Errorf("%s: %v: no %q in\n%s", name, err, want, out)
		}
		if out, err := exec.Command("capinfos", name).CombinedOutput(); err != nil || !strings.Contains(string(out), "rule "+rule+" ") {
			t.Errorf("%s: capinfos: %v\n%s", name, err, out)
		}
	}
}
