package probe

import (
	"fmt"

	"mmt/config"
)

// idle are options that may be set, because existing configurations set them,
// and that change nothing in this run; each with the reason.
var idle = []struct{ option, why string }{
	{"license", "this probe needs no license"},
	{"input.buffer-size", "a trace has no capture buffer"},
	{"input.timeout", "a trace has no capture buffer"},
	{"input.dpdk-option", "a trace is not read through DPDK"},
	{"thread-queue", "one thread reads and analyses a trace"},
}

// notices tells which options that were set have no effect, so that nothing is
// silently ignored.
func notices(c *config.Config) []string {
	var list []string
	for _, o := range idle {
		if at := c.Where(o.option); at != (config.Pos{}) {
			list = append(list, fmt.Sprintf("%s: %s has no effect: %s", at, o.option, o.why))
		}
	}
	return list
}
