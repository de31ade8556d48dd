package probe

import (
	"strings"
	"testing"

	"mmt/config"
)

func TestNotices(t *testing.T) {
	for _, c := range []struct {
		mode string
		want []string
		none []string
	}{
		{"OFFLINE", []string{"a.conf:2: license has no effect", "a.conf:3: input.timeout has no effect"}, []string{"thread-queue", "stats-period"}},
		{"ONLINE", []string{"a.conf:2: license has no effect"}, []string{"thread-queue", "stats-period", "input.timeout"}},
	} {
		conf, err := config.Parse("a.conf", []byte("stats-period = 5\nlicense = \"./key\"\ninput { timeout = 3 mode = "+c.mode+" source = \"x\" }\n"))
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(notices(conf), "\n")
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", c.mode, want, got)
			}
		}
		for _, none := range c.none {
			if strings.Contains(got, none) {
				t.Errorf("%s: a notice too many: %q in\n%s", c.mode, none, got)
			}
		}
	}
}

// TestChannelNotices reads configurations whose reports go somewhere or nowhere.
func TestChannelNotices(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string // parts of the notices, one each
	}{
		{"session-report { enable = true }", []string{"a.conf:2: the reports of session-report go nowhere"}},
		{"file-output { enable = true }\nsession-report { enable = true }", nil},
		{"session-report { enable = true output-channel = {stdout} }", nil},
		{"file-output { enable = true }\nsecurity { enable = true output-channel = {socket, file} }", nil},
		{"file-output { enable = true }\nevent-report e { enable = true event = ip.src output-channel = {kafka} }",
			[]string{"a.conf:3: the reports of event-report.e go nowhere: none of the channels [kafka] of its output-channel is enabled (set kafka-output.enable = true)"}},
		{"session-report { output-channel = {redis} }", nil},
	} {
		conf, err := config.Parse("a.conf", []byte("input { mode = OFFLINE source = \"x\" }\n"+strings.ReplaceAll(c.text, " output-channel", "\noutput-channel")))
		if err != nil {
			t.Fatal(err)
		}
		got := channelNotices(conf)
		if len(got) != len(c.want) {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], c.want[i]) {
				t.Errorf("%s: got %q, want %q", c.text, got[i], c.want[i])
			}
		}
	}
}
