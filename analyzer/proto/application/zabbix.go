package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Zabbix is the protocol between the parts of Zabbix ("Zabbix Manual", appendix
// "Protocols"): "ZBXD", flags, length, data. Agents of old send the bare key.
var Zabbix = dpi.Protocol{
	ID:   id.Zabbix,
	Name: "zabbix",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{10050, 10051}, Classify: classifyZabbix},
	},
}

// classifyZabbix asks for the magic and flags that exist: protocol, compressed,
// large.
func classifyZabbix(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "ZBXD"); v != dpi.Yes {
		return v
	}
	if len(d) < 5 {
		return dpi.More
	}
	return verdict(d[4]&1 != 0 && d[4] <= 7)
}
