package probe

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// microFlowsOn is how the samples were taken: with the manual's example of
// micro-flows.
var microFlowsOn = []string{"micro-flows.enable=true", "micro-flows.output-channel={stdout}"}

// otherMicroFlows are sample lines, by the trace and the time, that this probe
// means to write otherwise, and why.
var otherMicroFlows = map[string]string{
	"1490976168.813075": "the time is that of the last packet, whichever flow ended last",
	"1490976023.264087": "the time is that of the last packet, whichever flow ended last",
	"1492180866.123028": "all fragments count for their session",
	"1441112333.247943": "flows that were reported as HTTP transactions are not counted a second time",
}

// TestMicroFlowSamples compares reports 8 with those of the probe that this one
// replaces.
func TestMicroFlowSamples(t *testing.T) {
	text, err := os.ReadFile(shared(t, "reference/report-samples/type_8.csv"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		trace := sampleTraces[strings.Trim(fields[2], `"`)]
		if trace == "" || otherMicroFlows[fields[3]] != "" {
			continue
		}
		compared++
		var got [][]string
		for line := range strings.Lines(analyse(t, shared(t, trace), microFlowsOn...)) {
			if strings.HasPrefix(line, "8,") {
				got = append(got, strings.Split(strings.TrimSpace(line), ","))
			}
		}
		if !slices.ContainsFunc(got, func(line []string) bool { return slices.Equal(line[3:], fields[3:]) }) {
			t.Errorf("%s is not among %v", line, got)
		}
	}
	if compared < 2 {
		t.Errorf("only %d sample lines were compared", compared)
	}
}
