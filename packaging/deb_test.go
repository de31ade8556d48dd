package packaging

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/testserver"
)

// build builds all packages and returns their paths, that of the probe first.
func build(t *testing.T) (bin string, debs []string) {
	t.Helper()
	testserver.Need(t, "dpkg-deb")
	bin, dist := t.TempDir(), t.TempDir()
	run(t, nil, "make", "build", "man", "BIN="+bin)
	list := strings.Fields(run(t, debEnv(bin, dist), "scripts/deb.sh"))
	if len(list) < 2 || !strings.HasPrefix(filepath.Base(list[0]), "mmt-probe_") || !strings.HasPrefix(filepath.Base(list[len(list)-1]), "mmt-security_") {
		t.Fatalf("packages: %q", list)
	}
	return bin, list
}

// debEnv is how packages are made here: for speed they are not compressed.
func debEnv(bin, dist string) []string {
	return []string{"BIN=" + bin, "DIST=" + dist, "COMPRESSION=none", "VERSION=v1.2.3-4-gabc", "SOURCE_DATE_EPOCH=1700000000"}
}

func TestPackages(t *testing.T) {
	if testing.Short() {
		t.Skip("builds all commands")
	}
	bin, debs := build(t)
	probe, security := debs[0], debs[len(debs)-1]
	t.Run("reproducible", func(t *testing.T) { reproducible(t, bin, debs) })
	t.Run("fields", func(t *testing.T) { fields(t, probe, security) })
	t.Run("make install", func(t *testing.T) { makeInstall(t, bin) })
	d := newDebian(t)
	before := d.paths()
	d.noSysusers(func() { d.install(security) })
	d.checkSecurity()
	d.serve("mmt_sec_server.service", "info: listening", nil)
	d.goes(before, "mmt-security")
	d.run("userdel", "mmt")
	d.upgrade(probe)
	d.goes(before, "mmt-probe")
	d.run("userdel", "mmt")
	d.install(probe, security)
	d.checkProbe()
	d.verifyUnits()
	d.goes(before, "mmt-probe", "mmt-security")
}

// reproducible makes the packages again, at another time.
func reproducible(t *testing.T, bin string, debs []string) {
	dist := t.TempDir()
	run(t, debEnv(bin, dist), "scripts/deb.sh")
	for _, deb := range debs {
		one, err := os.ReadFile(deb)
		if err != nil {
			t.Fatal(err)
		}
		two, err := os.ReadFile(filepath.Join(dist, filepath.Base(deb)))
		if err != nil || !bytes.Equal(one, two) {
			t.Errorf("%s is another the second time: %v", filepath.Base(deb), err)
		}
	}
}

// fields looks at what dpkg is told.
func fields(t *testing.T, probe, security string) {
	for deb, want := range map[string][]string{
		probe: {"Package: mmt-probe\n", "Depends: libc6, passwd\n"}, security: {"Package: mmt-security\n", "Suggests: mmt-probe\n"},
	} {
		got := run(t, nil, "dpkg-deb", "-f", deb)
		for _, w := range append(want, "Version: 1.2.3+4.gabc\n", "Maintainer: ", "Installed-Size: ", "Description: ", "Section: net\n",
			"Architecture: "+run(t, nil, "dpkg", "--print-architecture")) {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in\n%s", filepath.Base(deb), w, got)
			}
		}
	}
}

// makeInstall installs into a folder and takes all away again, but for what was
// changed.
func makeInstall(t *testing.T, bin string) {
	dir := t.TempDir()
	env := []string{"DESTDIR=" + dir, "BIN=" + bin}
	run(t, env, "scripts/install.sh", "install")
	unit, err := os.ReadFile(dir + "/usr/local/lib/systemd/system/mmt-probe.service")
	if err != nil || !strings.Contains(string(unit), "ExecStart=/usr/local/bin/mmt-probe\n") || strings.Contains(string(unit), "=/usr/bin/mmt") ||
		strings.Count(string(unit), "/usr/local/bin/") != strings.Count(string(unit), "/usr/local/bin/mmt-probe") {
		t.Errorf("%v: unit:\n%s", err, unit)
	}
	for _, path := range []string{"/usr/local/bin/mmt-dpi", "/opt/mmt/probe/bin", "/usr/local/share/man/man8/mmt_sec_server.8.gz", "/etc/mmt/mmt-probe.conf",
		"/opt/mmt/security/rules/1000.tcp_syn_scan.xml", "/usr/local/share/mmt/grafana/mmt-probe.json"} {
		if _, err := os.Stat(dir + path); err != nil {
			t.Error(err)
		}
	}
	conf := dir + "/etc/mmt/mmt-probe.conf"
	if err := os.WriteFile(conf, []byte("probe-id = 9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := run(t, env, "scripts/install.sh", "install") + run(t, env, "scripts/install.sh", "uninstall")
	var left []string
	err = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			left = append(left, path)
		}
		return err
	})
	if text, readErr := os.ReadFile(conf); err != nil || !slices.Equal(left, []string{conf}) || string(text) != "probe-id = 9\n" || readErr != nil {
		t.Errorf("left: %q %v %v", left, err, readErr)
	}
	for path, want := range map[string]bool{"/opt": true, "/usr/local/bin": true, "/opt/mmt": false, "/usr/local/share/mmt": false} {
		if _, err := os.Stat(dir + path); (err == nil) != want {
			t.Errorf("%s after uninstall: %v", path, err)
		}
	}
	if !strings.Contains(out, conf+" is kept as it is") || !strings.Contains(out, conf+" is kept: it was changed") {
		t.Errorf("told: %s", out)
	}
}

// noSysusers calls a function while the tool that makes users is away.
func (d *debian) noSysusers(do func()) {
	tool := d.dir + "/usr/bin/systemd-sysusers"
	if err := os.Rename(tool, tool+".away"); err != nil {
		d.t.Fatal(err)
	}
	do()
	if err := os.Rename(tool+".away", tool); err != nil {
		d.t.Fatal(err)
	}
}

// checkSecurity looks at the package of the properties and uses its commands.
func (d *debian) checkSecurity() {
	d.t.Helper()
	d.checkUser()
	rules, err := filepath.Glob(d.dir + "/opt/mmt/security/rules/*.xml")
	if err != nil || len(rules) < 100 {
		d.t.Errorf("%d rules, %v", len(rules), err)
	}
	if out := d.run("/opt/mmt/security/bin/rule_info"); !strings.Contains(out, fmt.Sprintf("Found %d rules", len(rules))) {
		d.t.Errorf("rule_info: %.200s", out)
	}
	d.run("compile_rule", "/tmp/syn.so", "/opt/mmt/security/rules/1000.tcp_syn_scan.xml")
	if out := d.run("rule_info", "/tmp/syn.so"); !strings.Contains(out, "Rule id: 1000") {
		d.t.Errorf("rule_info: %s", out)
	}
	if got := d.run("dpkg-query", "-W", "-f", "${Conffiles}", "mmt-security"); strings.Count(got, "/opt/mmt/security/rules/") != len(rules) {
		d.t.Errorf("conffiles: %s", got)
	}
}

// checkUser wants the user of the services, which nobody can log in as.
func (d *debian) checkUser() {
	d.t.Helper()
	if got := d.run("getent", "passwd", "mmt"); !strings.HasSuffix(got, ":MMT network monitor:/opt/mmt:/usr/sbin/nologin\n") {
		d.t.Errorf("user: %s", got)
	}
}

// upgrade has the package follow one that had its configuration elsewhere.
func (d *debian) upgrade(probe string) {
	d.t.Helper()
	const known, mine = "/opt/mmt/probe/mmt-probe.conf", "probe-id = 77\n"
	old := d.t.TempDir()
	for path, text := range map[string]string{known: "probe-id = 0\n", "/DEBIAN/control": "Package: mmt-probe\nVersion: 1.2.0\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n"} {
		if err := os.MkdirAll(filepath.Dir(old+path), 0o755); err != nil {
			d.t.Fatal(err)
		}
		if err := os.WriteFile(old+path, []byte(text), 0o644); err != nil {
			d.t.Fatal(err)
		}
	}
	deb := filepath.Join(d.t.TempDir(), "old.deb")
	run(d.t, nil, "dpkg-deb", "-Znone", "--build", old, deb)
	d.install(deb)
	d.write(known, mine)
	d.install(probe)
	if got := d.read(known); got != mine {
		d.t.Errorf("the configuration of before is %q", got)
	}
	d.run("dpkg", "-i", "/tmp/"+filepath.Base(probe)) // over itself
	if got := d.read(known); got != mine || d.has(known+".kept") {
		d.t.Errorf("the configuration of before is %q", got)
	}
}

// checkProbe looks at the package of the probe, analyses a trace and runs its
// service.
func (d *debian) checkProbe() {
	d.t.Helper()
	d.checkUser()
	for _, path := range []string{"/usr/share/man/man1/mmt-probe.1.gz", "/usr/share/man/man5/mmt-probe.conf.5.gz", "/usr/share/doc/mmt-probe/copyright",
		"/usr/share/doc/mmt-probe/NOTICES.gz", "/etc/logrotate.d/mmt-probe", "/usr/share/mmt/prometheus/mmt-alerts.yml", "/usr/lib/sysusers.d/mmt-probe.conf"} {
		if !d.has(path) {
			d.t.Errorf("%s is missing", path)
		}
	}
	if got := d.run("stat", "-c", "%U %G %a", "/etc/mmt/mmt-probe.conf"); got != "root mmt 640\n" {
		d.t.Errorf("the configuration is %s", got)
	}
	if got := d.run("dpkg-query", "-W", "-f", "${Conffiles}", "mmt-probe"); strings.Count(got, " /etc/") != 2 {
		d.t.Errorf("conffiles: %s", got)
	}
	d.run("mmt-gen", "--scenario", "dns,scans", "-o", "/tmp/a.pcap")
	out := d.run("mmt-probe", "-t", "/tmp/a.pcap", "--summary", "-X", "file-output.enable=true", "-X", "session-report.enable=true", "-X", "security.enable=true", "-X", "logfile=-")
	if !strings.Contains(out, "dns") || d.reports("100,") == 0 || d.reports("10,") == 0 {
		d.t.Errorf("%d sessions, %d verdicts\n%s", d.reports("100,"), d.reports("10,"), out)
	}
	conf := d.read("/etc/mmt/mmt-probe.conf")
	changed := strings.Replace(conf, `source      = "eth0"`, `source = "lo"`, 1)
	if changed == conf {
		d.t.Fatal("the configuration names no interface")
	}
	d.write("/etc/mmt/mmt-probe.conf", changed)
	d.run("rm", "-r", "/opt/mmt/probe/result")
	d.serve("mmt-probe.service", "", func(notified string) bool { return strings.Contains(notified, "READY=1") })
	if d.reports("1,") == 0 {
		d.t.Error("the service has reported nothing")
	}
	for _, folder := range []string{"result", "result/report/online", "spill", "log"} {
		if got := d.run("stat", "-c", "%U %G %a", "/opt/mmt/probe/"+folder); got != "mmt mmt 750\n" {
			d.t.Errorf("%s is %s", folder, got)
		}
	}
}

// reports counts the report lines of the probe that begin so.
func (d *debian) reports(prefix string) (n int) {
	files, err := filepath.Glob(d.dir + "/opt/mmt/probe/result/report/online/*.csv")
	if err != nil {
		d.t.Fatal(err)
	}
	for _, f := range files {
		for line := range strings.Lines(d.read(strings.TrimPrefix(f, d.dir))) {
			if strings.HasPrefix(line, prefix) {
				n++
			}
		}
	}
	return n
}

// verifyUnits has systemd look at the units where they are installed.
func (d *debian) verifyUnits() {
	d.t.Helper()
	testserver.Need(d.t, "systemd-analyze")
	for _, unit := range []string{"mmt-probe.service", "mmt_sec_server.service"} {
		out := run(d.t, nil, "systemd-analyze", "--root="+d.dir, "--man=no", "--recursive-errors=no", "verify", "/usr/lib/systemd/system/"+unit)
		if out != "" {
			d.t.Errorf("%s: %s", unit, out)
		}
	}
}

// goes removes packages, which leaves what administrators may have changed, and
// then that, which leaves nothing.
func (d *debian) goes(before map[string]bool, packages ...string) {
	d.t.Helper()
	d.run(append([]string{"dpkg", "-r"}, packages...)...)
	if slices.Contains(packages, "mmt-probe") && (d.has("/usr/bin/mmt-probe") || !d.has("/etc/mmt/mmt-probe.conf")) {
		d.t.Error("removed: the command is there, or the configuration is not")
	}
	d.run(append([]string{"dpkg", "-P"}, packages...)...)
	after := d.paths()
	for path := range after {
		if !before[path] {
			d.t.Errorf("purged, but %s is left", path)
		}
	}
	for path := range before {
		if !after[path] {
			d.t.Errorf("purged, and %s with it", path)
		}
	}
}
