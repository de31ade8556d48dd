package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// TelegramVoIP is the voice of Telegram by way of its reflectors: the tag of a
// call, 16 bytes, then a mark of 12 bytes for what the reflector itself shall
// answer (libtgvoip).
var TelegramVoIP = dpi.Protocol{
	ID:      id.TelegramVoip,
	Name:    "telegram_voip",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 90, Classify: classifyReflector},
	},
}

func classifyReflector(_ *dpi.Packet, d []byte) dpi.Verdict {
	const tag, mark = 16, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	if len(d) < tag+len(mark)+4 || d[tag] != 0xff || string(d[tag:tag+len(mark)]) != mark {
		return dpi.No
	}
	return verdict(d[0] != d[tag] || d[1] != d[tag])
}
