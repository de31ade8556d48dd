package rules

import (
	"testing"

	"mmt/dataplane"
)

// verdictsOf runs rules on a trace and returns their verdicts, in their order,
// as "ID OUTCOME EVENT@PACKET ...": 1000 detected 1@1 2@4.
func verdictsOf(t *testing.T, files []string, packets []dataplane.Packet) []string {
	t.Skip("no engine yet to run rules on")
	return nil
}
