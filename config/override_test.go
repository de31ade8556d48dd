package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// write puts a configuration into a file and gives its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "probe.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const someFile = `probe-id = 3
input { mode = ONLINE source = eth0 }
event-report ip-event { event = ip.src }
event-report a.b { event = ip.src }
`

func TestOverrides(t *testing.T) {
	c, err := Load(write(t, someFile), []string{
		"probe-id=10", "probe-id=11",
		"input.source=/tmp/my traces/a{1} #2.pcap",
		" input.mode = OFFLINE ",
		`input.pcap-filter="tcp port 80"`,
		"event-report.ip-event.enable=true",
		`event-report.ip-event.output-format={"s": "ip.src"}`,
		"event-report.a.b.attributes={ip.src, ip.dst}",
		"session-report.output-channel=file,redis",
		"reconstruct-data.ftp.output-dir=/tmp/",
		"file-output.enabled=true",
		"behavior.enable=true",
		"security.input.max-message-size=7",
		"security.max-instances=8",
		"security.security.smp.ring-size=9",
		"license=",
		"dump-pcap.protocols=",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []any{c.ProbeID, c.Input.Source, c.Input.Mode, c.Input.PcapFilter, c.EventReports[0].Enable, c.EventReports[0].OutputFormat,
		c.EventReports[1].Attributes, c.SessionReport.OutputChannel, c.ReconstructData[0].OutputDir, c.FileOutput.Enable,
		c.Behaviour.Enable, c.Security.MaxMessageSize, c.Security.MaxInstances, c.Security.RingSize, c.License, len(c.DumpPcap.Protocols)}
	want := []any{uint32(11), "/tmp/my traces/a{1} #2.pcap", ModeOffline, "tcp port 80", true, `{"s": "ip.src"}`,
		[]Attribute{{"ip", 0, "src"}, {"ip", 0, "dst"}}, Channels{ChannelFile, ChannelRedis}, "/tmp/", true,
		true, 7, 8, 9, "", 0}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%d: got %#v, want %#v", i, got[i], want[i])
		}
	}
	if got := c.Where("probe-id").String(); got != "-X probe-id=11" {
		t.Errorf("override is remembered at %q", got)
	}
	if got := c.Where("event-report.ip-event.event").Line; got != 3 {
		t.Errorf("event is remembered at line %d", got)
	}
}

func TestBadOverrides(t *testing.T) {
	for setting, want := range map[string]string{
		"probe-id":                            `-X probe-id: is not a setting (write block.option=value)`,
		"=1":                                  `-X =1: is not a setting (write block.option=value)`,
		"probe-id=x":                          `-X probe-id=x: probe-id: "x" is not a number from 0 to 4294967295`,
		"stat-period=1":                       `-X stat-period=1: unknown option "stat-period" (did you mean "stats-period"?)`,
		"input.sorce=a":                       `-X input.sorce=a: unknown option "sorce" in input (did you mean "source"?)`,
		"inptu.source=a":                      `-X inptu.source=a: unknown option "inptu.source" (did you mean "input.source"?)`,
		"input=a":                             `-X input=a: "input" is a block (write input.option=value)`,
		".probe-id=1":                         `-X .probe-id=1: unknown option ".probe-id" (did you mean "probe-id"?)`,
		"firewall.rule-set=1":                 `-X firewall.rule-set=1: unknown option "firewall.rule-set" (remove it; mmt-probe -x lists all options)`,
		"event-report.x.enable=true":          `-X event-report.x.enable=true: no event-report "x" (there is ip-event or a.b)`,
		"event-report.enable=true":            `-X event-report.enable=true: event-report needs a name (write event-report.NAME.option=value)`,
		"event-report.ip-event.evnt=a":        `-X event-report.ip-event.evnt=a: unknown option "evnt" in event-report (did you mean "event"?)`,
		"query-report.x.enable=true":          `-X query-report.x.enable=true: no query-report "x" (none is defined: add query-report NAME { ... } to the file)`,
		"reconstruct-data.smtp.enable=true":   `-X reconstruct-data.smtp.enable=true: no reconstruct-data "smtp" (there is ftp or http)`,
		"session-report.output-channel={a}":   `-X session-report.output-channel={a}: session-report.output-channel: "a" is not an output channel`,
		"session-report.output-channel={a b}": `-X session-report.output-channel={a b}: "session-report.output-channel": "," is missing before "b"`,
		`license="a" "b"`:                     `-X license="a" "b": the value of "license" ends before the text "b"`,
		"file-output.retain-files=1":          `-X file-output.retain-files=1: file-output.retain-files is 1, but must be greater`,
		"event-report.ip-event.event=":        "",
	} {
		_, err := Load(write(t, someFile), []string{setting})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", setting, err)
		case want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)):
			t.Errorf("%s: error\n%v, want\n%s", setting, err, want)
		}
	}
}

func TestLoadReportsFileAndOverridesTogether(t *testing.T) {
	path := write(t, "foo = 1\n")
	_, err := Load(path, []string{"bar=2"})
	want := path + `:1: unknown option "foo"`
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "\n-X bar=2: unknown option") {
		t.Errorf("got %v", err)
	}
}

func TestLoadPollersWantThreads(t *testing.T) {
	path := write(t, "thread-nb = 0\ninput {\n mode = ONLINE\n source = a\n poller-nb = 2\n}\n")
	_, err := Load(path, nil)
	wantErrors(t, err, []string{
		path + ":5: input.poller-nb is 2, but with thread-nb = 0 one thread takes packets and analyses them (set thread-nb = 1 or more)"})
	if _, err := Load(path, []string{"thread-nb=1"}); err != nil {
		t.Error(err)
	}
}

func TestLoadWantsTheInput(t *testing.T) {
	path := write(t, "probe-id = 1\ninput {\n}\n")
	_, err := Load(path, nil)
	wantErrors(t, err, []string{
		path + ":2: input.mode is not set (write mode = ONLINE or mode = OFFLINE in input { }, or start with -i or -t)",
		path + ":2: input.source is not set (name an interface or a trace file in input { }, or start with -i or -t)"})
	if _, err := Load(path, []string{"input.mode=OFFLINE", "input.source=a.pcap"}); err != nil {
		t.Error(err)
	}
	if _, err := Load("", nil); err == nil || !strings.HasPrefix(err.Error(), "input.mode is not set") {
		t.Errorf("without a file: %v", err)
	}
}

func TestLoadReadsOnlyConfigurations(t *testing.T) {
	big := write(t, strings.Repeat("#", MaxSize+1))
	if _, err := Load(big, nil); err == nil || !strings.Contains(err.Error(), "larger than 1048576 bytes") {
		t.Errorf("large file: %v", err)
	}
	missing := filepath.Join(t.TempDir(), "none.conf")
	if _, err := Load(missing, nil); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Load(t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("folder: %v", err)
	}
}

func TestFind(t *testing.T) {
	here := write(t, "")
	if got, err := Find(here); err != nil || got != here {
		t.Errorf("explicit: %q, %v", got, err)
	}
	if _, err := Find(here + ".none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("explicit and missing: %v", err)
	}
	if got, err := findIn([]string{here + ".none", here}); err != nil || got != here {
		t.Errorf("second place: %q, %v", got, err)
	}
	_, err := findIn([]string{here + ".a", here + ".b"})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), here+".a or "+here+".b") {
		t.Errorf("nowhere: %v", err)
	}
}

func TestFindLooksHereFirst(t *testing.T) {
	t.Chdir(filepath.Dir(write(t, "")))
	if err := os.Rename("probe.conf", "mmt-probe.conf"); err != nil {
		t.Fatal(err)
	}
	if got, err := Find(""); err != nil || got != "./mmt-probe.conf" {
		t.Errorf("got %q, %v", got, err)
	}
}
