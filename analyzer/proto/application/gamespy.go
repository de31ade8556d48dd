package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// GameSpy is how servers of many games are asked: version 1 in words between
// backslashes, later versions by 0xfe 0xfd, type and a number that the answer
// repeats.
var GameSpy = dpi.Protocol{
	ID:          id.Gamespy,
	Name:        "gamespy",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 60, Ports: []uint16{7778, 29900, 27900}, Classify: classifyGameSpy}},
}

func classifyGameSpy(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 5 {
		return dpi.No
	}
	if d[0] == '\\' {
		return verdict(isGameSpyText(d))
	}
	client, clientLen := p.First(dpi.Up)
	if clientLen < 7 || client[0] != 0xfe || client[1] != 0xfd || client[2] != 0 && client[2] != 9 {
		return dpi.No
	}
	if p.Dir == dpi.Up {
		return dpi.More
	}
	return verdict(d[0] == client[2] && bytes.Equal(d[1:5], client[3:7]))
}

// isGameSpyText tells whether d is a question or an answer of version 1.
func isGameSpyText(d []byte) bool {
	switch {
	case bytes.HasPrefix(d, []byte(`\status\`)), bytes.HasPrefix(d, []byte(`\info\`)), bytes.HasPrefix(d, []byte(`\basic\`)),
		bytes.HasPrefix(d, []byte(`\gamename\`)), bytes.HasPrefix(d, []byte(`\heartbeat\`)), bytes.HasPrefix(d, []byte(`\hostname\`)):
		return true
	}
	return bytes.Contains(d, []byte(`\queryid\`)) || bytes.Contains(d, []byte(`\final\`))
}
