package probe

import (
	"fmt"

	"mmt/config"
)

// idle are options that may be set, because existing configurations set them,
// and that change nothing in a run of some mode ("": of any), or of some capture
// ("": of any); each with the reason.
var idle = []struct {
	option  string
	mode    config.InputMode
	capture config.Capture
	why     string
}{
	{"license", "", "", "this probe needs none, and only reports (30) that one holds"},
	{"input.buffer-size", config.ModeOffline, "", "a trace has no capture buffer"},
	{"input.timeout", config.ModeOffline, "", "a trace has no capture buffer"},
	{"input.dpdk-option", config.ModeOffline, "", "a trace is not read through DPDK"},
	{"input.capture", config.ModeOffline, "", "a trace is read"},
	{"input.poller-nb", config.ModeOffline, "", "a trace has one reader"},
	{"input.dpdk-option", config.ModeOnline, config.CaptureAFPacket, "the interface is not captured through DPDK"},
	{"input.dpdk-option", config.ModeOnline, config.CaptureAFXDP, "the interface is not captured through DPDK"},
	{"input.buffer-size", config.ModeOnline, config.CaptureDPDK, "the buffers of DPDK are in its own memory (input.dpdk-option)"},
	{"input.timeout", config.ModeOnline, config.CaptureDPDK, "packets are handed over at once"},
	{"input.timeout", config.ModeOnline, config.CaptureAFXDP, "packets are handed over at once"},
	{"thread-queue", config.ModeOffline, "", "as much as is needed of a trace may wait"},
}

// notices tells which options that were set have no effect, so that nothing is
// silently ignored.
func notices(c *config.Config) []string {
	var list []string
	capture, _, _ := chooseCapture(&c.Input) // what is wrong with it ends the run later
	for _, o := range idle {
		holds := (o.mode == "" || o.mode == c.Input.Mode) && (o.capture == "" || o.capture == capture)
		if at := c.Where(o.option); at != (config.Pos{}) && holds {
			list = append(list, fmt.Sprintf("%s: %s has no effect: %s", at, o.option, o.why))
		}
	}
	return append(append(list, savedNotices(c)...), channelNotices(c)...)
}

// savedNotices tells of options that want others.
func savedNotices(c *config.Config) (list []string) {
	s := &c.SessionReport
	for _, d := range c.ReconstructData {
		if reported := d.Title == "http" && s.HTTP || d.Title == "ftp" && s.FTP; d.Enable && !(s.Enable && reported) {
			list = append(list, fmt.Sprintf("%s: reconstruct-data %s writes files but no reports 301 (these want session-report.enable = true and session-report.%s = true)",
				c.Where("reconstruct-data."+d.Title+".enable"), d.Title, d.Title))
		}
	}
	if c.DynamicConfig.Enable && c.Input.Mode == config.ModeOffline {
		list = append(list, fmt.Sprintf("%s: dynamic-config.enable has no effect: commands are taken only with input.mode = ONLINE, a trace is read to its end",
			c.Where("dynamic-config.enable")))
	}
	if c.AlertPcap.Enable && !c.Security.Enable {
		list = append(list, fmt.Sprintf("%s: alert-pcap.enable has no effect: no rules are verified (security.enable)", c.Where("alert-pcap.enable")))
	}
	if c.DataOutput.IncludeUserAgent >= 0 && !(s.Enable && s.HTTP) {
		list = append(list, fmt.Sprintf("%s: data-output.include-user-agent has no effect: it wants session-report.enable = true and session-report.http = true",
			c.Where("data-output.include-user-agent")))
	}
	return list
}
