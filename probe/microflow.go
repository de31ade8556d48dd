package probe

import (
	"mmt/analyzer"
	"mmt/config"
)

// microFlows turns the block micro-flows into the worker's options.
func microFlows(c *config.MicroFlows) analyzer.MicroFlows {
	return analyzer.MicroFlows{
		Output:  channels(c.Enable, c.OutputChannel),
		Packets: uint64(c.PacketThreshold), Bytes: uint64(c.ByteThreshold),
		ReportPackets: uint64(c.ReportPacketCount), ReportBytes: uint64(c.ReportByteCount), ReportFlows: uint64(c.ReportFlowCount),
	}
}
