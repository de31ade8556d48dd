package probe

import (
	"strings"
	"testing"

	"mmt/config"
)

func TestNotices(t *testing.T) {
	c, err := config.Parse("a.conf", []byte("stats-period = 5\nlicense = \"./key\"\ninput { timeout = 3 }\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(notices(c), "\n")
	for _, want := range []string{"a.conf:2: license has no effect", "a.conf:3: input.timeout has no effect"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "thread-queue") || strings.Contains(got, "stats-period") {
		t.Errorf("a notice too many:\n%s", got)
	}
}
