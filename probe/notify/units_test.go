package notify

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const units = "../../configs/systemd"

// settings reads the lines of a unit, by name; those that stand several times are
// joined by a blank.
func settings(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(units, name))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(key, "#") {
			all[key] = strings.TrimSpace(all[key] + " " + value)
		}
	}
	return all
}

// TestUnits has systemd look at the units. Their programs are not installed where
// tests run; another stands in for them.
func TestUnits(t *testing.T) {
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "mmt-probe.service.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile(`/usr/bin/mmt[a-z_-]+`)
	args := []string{"verify", "--man=no"}
	for from, to := range map[string]string{
		"mmt-probe.service": "", "mmt_sec_server.service": "", "mmt-hugepages.service": "",
		"mmt-probe-dpdk.conf": "mmt-probe.service.d/dpdk.conf",
	} {
		text, err := os.ReadFile(filepath.Join(units, from))
		if err != nil {
			t.Fatal(err)
		}
		if to == "" {
			to = from
			args = append(args, filepath.Join(dir, to))
		}
		if err := os.WriteFile(filepath.Join(dir, to), program.ReplaceAll(text, []byte("/bin/true")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(verify, args...)
	cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":")
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), dir) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestLeastRights: the probe may what capture needs, the server nothing, and
// neither more than a service that is shut in.
func TestLeastRights(t *testing.T) {
	probe, server := settings(t, "mmt-probe.service"), settings(t, "mmt_sec_server.service")
	want := []string{"CAP_BPF", "CAP_IPC_LOCK", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_PERFMON"}
	for _, key := range []string{"AmbientCapabilities", "CapabilityBoundingSet"} {
		if got := slices.Sorted(strings.FieldsSeq(probe[key])); !slices.Equal(got, want) {
			t.Errorf("%s of the probe is %v", key, got)
		}
	}
	if bound, set := server["CapabilityBoundingSet"]; !set || bound != "" || server["AmbientCapabilities"] != "" {
		t.Errorf("the server has capabilities: %q %q", bound, server["AmbientCapabilities"])
	}
	for name, unit := range map[string]map[string]string{"mmt-probe": probe, "mmt_sec_server": server} {
		for key, want := range map[string]string{
			"User": "mmt", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes",
			"ProtectKernelModules": "yes", "RestrictSUIDSGID": "yes", "Restart": "on-failure", "ExecReload": "/bin/sh -c 'kill -HUP $MAINPID'",
		} {
			if unit[key] != want {
				t.Errorf("%s: %s is %q, want %q", name, key, unit[key], want)
			}
		}
	}
	if probe["Type"] != "notify" || probe["WatchdogSec"] == "" {
		t.Errorf("the probe tells systemd how it is, but the unit has Type=%s WatchdogSec=%s", probe["Type"], probe["WatchdogSec"])
	}
}
