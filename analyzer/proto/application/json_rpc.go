package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// JSONRPC is JSON-RPC 2.0 ("JSON-RPC 2.0 Specification", section 4) without HTTP:
// objects that name the protocol, also behind the header of the Language Server
// Protocol ("Base Protocol"). Calls of versions before 2.0 do not name it.
var JSONRPC = dpi.Protocol{
	ID:   id.JsonRpc,
	Name: "json_rpc",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 40, Classify: classifyJSONRPC},
		{Parent: id.Udp, Weight: 40, Classify: func(p *dpi.Packet, d []byte) dpi.Verdict {
			return verdict(classifyJSONRPC(p, d) == dpi.Yes)
		}},
	},
}

const (
	lspHeader  = "Content-Length: "
	jsonRPCMax = 2048 // how much is searched for the name
	// What is called is not in answers: where nothing else is seen, protocols that
	// are built on this one get the time of some packets to show themselves.
	jsonRPCAnswers = 3
)

func classifyJSONRPC(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 0 {
		return dpi.More
	}
	switch d[0] {
	case '{', '[':
	case lspHeader[0]:
		if v := startsWith(d, lspHeader); v != dpi.Yes {
			return v
		}
		i := bytes.Index(d[:min(len(d), 256)], []byte("\r\n\r\n"))
		if i < 0 {
			return moreUnless(len(d) > 256)
		}
		d = d[i+4:]
	default:
		return dpi.No
	}
	d = d[:min(len(d), jsonRPCMax)]
	if namesJSONRPC(d) {
		return yesOrMore(bytes.Contains(d, []byte(`"method"`)) || isAnswered(p) || p.Asked(p.Dir) >= jsonRPCAnswers)
	}
	return moreUnless(len(d) == jsonRPCMax || !isLines(d))
}

// isAnswered tells whether the other direction has said something.
func isAnswered(p *dpi.Packet) bool {
	_, n := p.First(p.Dir ^ 1)
	return n > 0
}

// namesJSONRPC tells whether an object has the member that says the version.
func namesJSONRPC(d []byte) bool {
	const name = `"jsonrpc"`
	i := bytes.Index(d, []byte(name))
	if i < 0 {
		return false
	}
	d = bytes.TrimLeft(d[i+len(name):], " \t\r\n")
	if len(d) == 0 || d[0] != ':' {
		return false
	}
	return bytes.HasPrefix(bytes.TrimLeft(d[1:], " \t\r\n"), []byte(`"2.0"`))
}
