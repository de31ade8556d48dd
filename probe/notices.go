package probe

import (
	"fmt"

	"mmt/config"
)

// idle are options that may be set, because existing configurations set them,
// and that change nothing in a run of some mode ("": of any); each with the
// reason.
var idle = []struct {
	option string
	mode   config.InputMode
	why    string
}{
	{"license", "", "this probe needs no license"},
	{"input.buffer-size", config.ModeOffline, "a trace has no capture buffer"},
	{"input.timeout", config.ModeOffline, "a trace has no capture buffer"},
	{"input.dpdk-option", config.ModeOffline, "a trace is not read through DPDK"},
	{"input.dpdk-option", config.ModeOnline, "the interface is not captured through DPDK"},
	{"thread-queue", "", "one thread reads and analyses"},
}

// notices tells which options that were set have no effect, so that nothing is
// silently ignored.
func notices(c *config.Config) []string {
	var list []string
	for _, o := range idle {
		if at := c.Where(o.option); at != (config.Pos{}) && (o.mode == "" || o.mode == c.Input.Mode) {
			list = append(list, fmt.Sprintf("%s: %s has no effect: %s", at, o.option, o.why))
		}
	}
	return list
}
