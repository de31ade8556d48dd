package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// dropboxPort is where Dropbox clients of a network find one another.
const dropboxPort = 17500

// Dropbox is the service, and what its clients say of themselves on the local
// network (LAN sync discovery): JSON with their number and version.
var Dropbox = dpi.Protocol{
	ID:      id.Dropbox,
	Name:    "dropbox",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{dropboxPort}, Classify: classifyDropbox},
	},
}

func classifyDropbox(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 16 || d[0] != '{' || d[1] != '"' {
		return dpi.No
	}
	return verdict(bytes.Contains(d, []byte(`"host_int"`)) && (p.HasPort(dropboxPort) || bytes.Contains(d, []byte(`"namespaces"`))))
}
