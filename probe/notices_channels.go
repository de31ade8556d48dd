package probe

import (
	"fmt"
	"slices"

	"mmt/config"
)

// reportBlock is a block of reports that is enabled, and where they go.
type reportBlock struct {
	name string // in front of its options
	to   config.Channels
}

// channelNotices tells of reports that go nowhere, as none of their channels is
// enabled.
func channelNotices(c *config.Config) (list []string) {
	for _, b := range reportBlocks(c) {
		if slices.ContainsFunc(b.to, func(ch config.Channel) bool { return takesReports(c, ch) }) {
			continue
		}
		list = append(list, fmt.Sprintf("%s: the reports of %s go nowhere: none of the channels %v of its output-channel is enabled (set %s-output.enable = true)",
			c.Where(b.name+".enable"), b.name, b.to, b.to[0]))
	}
	return list
}

// reportBlocks returns the blocks that are enabled and have an output-channel.
func reportBlocks(c *config.Config) (list []reportBlock) {
	add := func(enabled bool, name string, to config.Channels) {
		if enabled && len(to) > 0 {
			list = append(list, reportBlock{name, to})
		}
	}
	add(c.SessionReport.Enable, "session-report", c.SessionReport.OutputChannel)
	add(c.Security.Enable, "security", c.Security.OutputChannel)
	add(c.SystemReport.Enable, "system-report", c.SystemReport.OutputChannel)
	add(c.RadiusReport.Enable, "radius-report", c.RadiusReport.OutputChannel)
	add(c.MicroFlows.Enable, "micro-flows", c.MicroFlows.OutputChannel)
	for i := range c.EventReports {
		e := &c.EventReports[i]
		add(e.Enable, "event-report."+e.Title, e.OutputChannel)
	}
	for i := range c.QueryReports {
		q := &c.QueryReports[i]
		add(q.Enable, "query-report."+q.Title, q.OutputChannel)
	}
	for i := range c.ReconstructData {
		d := &c.ReconstructData[i]
		add(d.Enable, "reconstruct-data."+d.Title, d.OutputChannel)
	}
	return list
}

// takesReports tells whether a channel is enabled.
func takesReports(c *config.Config, ch config.Channel) bool {
	switch ch {
	case config.ChannelFile:
		return c.FileOutput.Enable
	case config.ChannelRedis:
		return c.RedisOutput.Enable
	case config.ChannelKafka:
		return c.KafkaOutput.Enable
	case config.ChannelMongoDB:
		return c.MongoDBOutput.Enable
	case config.ChannelSocket:
		return c.SocketOutput.Enable
	case config.ChannelMQTT:
		return c.MQTTOutput.Enable
	}
	return true // stdout is always there
}
