package probe

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestRTPSample compares the sample line of format 3 but for the largest jitter,
// field 44: the packets of a picture come 2 ms apart with the same time stamp, so
// that it is not 0, as the sample has it.
func TestRTPSample(t *testing.T) {
	text, err := os.ReadFile(shared(t, "reference/report-samples/type_100_app3.csv"))
	if err != nil {
		t.Fatal(err)
	}
	const jitter = 44
	want := strings.Split(withoutSource(strings.TrimSpace(string(text))), ",")
	for line := range strings.Lines(analyse(t, shared(t, "corpus/classification/pcap/rtp.pcapng"))) {
		got := strings.Split(withoutSource(strings.TrimSpace(line)), ",")
		if len(got) == len(want) && got[2] == want[2] && got[0] == want[0] {
			at := jitter - 2 // counted from 0, without source
			if got[at] == "0" || want[at] != "0" {
				t.Errorf("jitter %s, of the sample %s", got[at], want[at])
			}
			got[at] = want[at]
			if !slices.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
			return
		}
	}
	t.Error("no line at the time of the sample")
}
