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
