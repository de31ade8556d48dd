package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// AliCloud is what devices speak with Alibaba's cloud over TCP (known from
// traces): a magic number and a length, both little endian, before each
// encrypted message.
var AliCloud = dpi.Protocol{
	ID:          id.Alicloud,
	Name:        "alicloud",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 90, Ports: []uint16{8999}, Classify: classifyAliCloud}},
}

const aliCloudMagic = "\xce\xfa\xbe\xba"

func classifyAliCloud(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 {
		return min(startsWith(d, aliCloudMagic), dpi.More)
	}
	n := le32(d[4:])
	return verdict(string(d[:4]) == aliCloudMagic && n > 0 && n < 1<<20)
}
