package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Socrates is a network of remote classes. Its messages are framed by 0xfe and
// 0x05 and name it; over TCP they have their length, too.
var Socrates = dpi.Protocol{
	ID:   id.Socrates,
	Name: "socrates",
	Classifiers: []dpi.Classifier{
		datagramClassifier(func(d []byte) bool {
			return len(d) > 10 && d[0] == 0xfe && d[len(d)-1] == 5 && bytes.HasPrefix(d[2:], []byte("socrates"))
		}),
		{Parent: id.Tcp, Weight: 80, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
			if len(d) < 14 {
				return moreUnless(d[0] != 0xfe)
			}
			return verdict(d[0] == 0xfe && bytes.HasPrefix(d[6:], []byte("socrates")))
		}},
	},
}
