package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Kismet is the protocol between the server of Kismet, up to 2016, and its
// clients: lines that start with the name of a sentence.
var Kismet = dpi.Protocol{
	ID:   id.Kismet,
	Name: "kismet",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{2501}, Classify: classifyKismet},
	},
}

func classifyKismet(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] == '!' {
		return classifyKismetClient(d)
	}
	if v := startsWith(d, "*KISMET: "); v != dpi.No || !p.HasPort(2501) {
		return v
	}
	return startsWithAny(d, "*TIME: ", "*PROTOCOLS: ", "*ACK: ")
}

// classifyKismetClient judges a client's command: an exclamation mark and its
// number, the command, the sentence that is wanted.
func classifyKismetClient(d []byte) dpi.Verdict {
	line, n, more := asciiLine(d, maxTextLine)
	if n == 0 {
		return moreUnless(!more)
	}
	tag, rest := textWord(line)
	command, sentence := textWord(rest)
	if string(command) != "ENABLE" && string(command) != "REMOVE" {
		return dpi.No
	}
	return verdict(isNumber(tag[1:]) && len(sentence) > 2 && sentence[0] >= 'A' && sentence[0] <= 'Z')
}
