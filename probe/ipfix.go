package probe

import (
	"strings"

	"mmt/analyzer"
	"mmt/config"
	"mmt/output"
)

// export returns where the worker's records of IPFIX go.
func export(c *config.IPFIXOutput) analyzer.Channels {
	if !c.Enable {
		return 0
	}
	return analyzer.Channels(output.ToIPFIX)
}

// ipfixRemotes lists the collector of IPFIX, if there is one.
func ipfixRemotes(c *config.IPFIXOutput) []remote {
	if !c.Enable {
		return nil
	}
	return []remote{{name: "ipfix", bit: output.ToIPFIX, bytes: true, far: output.NewIPFIX(output.IPFIXOptions{
		Network: strings.ToLower(string(c.Protocol)), Address: address(c.Hostname, c.Port),
		Domain: c.ObservationDomain, TemplateRefresh: c.TemplateRefresh,
	})}}
}
