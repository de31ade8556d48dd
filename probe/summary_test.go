package probe

import (
	"strings"
	"testing"
)

// TestSummaryAccounts: what was received is what was analysed and all that was dropped,
// as in metrics, with a reason for each.
func TestSummaryAccounts(t *testing.T) {
	r := &Result{
		Received: 100, Filtered: 20, Dropped: 7, TooLong: 3, Queued: 10, Crashed: 5,
		Prefilter: &PrefilterResult{Drops: []PrefilterDrop{{"port", 1000}}},
	}
	r.Totals.Packets = 85
	var text strings.Builder
	r.Summary(&text)
	for _, line := range []string{
		"packets   1127 received, 85 analysed, ", "filter    20 packets left out\n", "prefilter 1000 packets kept away (1000 port)",
		"lost      4 packets that came too fast", "lost      3 packets that are too long", "lost      10 packets that threads", "lost      5 packets not analysed",
	} {
		if !strings.Contains(text.String(), line) {
			t.Errorf("%q is not in\n%s", line, &text)
		}
	}
}
