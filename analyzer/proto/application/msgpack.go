package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MsgpackRPC is remote calls in MessagePack ("MessagePack-RPC Specification"),
// Fluentd the forwarding of events in it ("Fluentd Forward Protocol
// Specification"), Serf the gossip of HashiCorp's Serf, Consul and Nomad.
var (
	MsgpackRPC = dpi.Protocol{
		ID:          id.MsgpackRpc,
		Name:        "msgpack_rpc",
		Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Classify: classifyMsgpackRPC}},
	}
	Fluentd = dpi.Protocol{
		ID:          id.Fluentd,
		Name:        "fluentd",
		Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Ports: []uint16{24224}, Only: true, Classify: classifyFluentd}},
	}
	Serf = dpi.Protocol{
		ID:   id.Serf,
		Name: "serf",
		Classifiers: []dpi.Classifier{
			{Parent: id.Udp, Weight: 50, Ports: []uint16{7946, 8301, 8302}, Classify: classifySerf},
			{Parent: id.Tcp, Weight: 50, Ports: []uint16{7946, 8301, 8302}, Classify: classifySerf},
		},
	}
)

// msgpackUint returns the length of the number at the beginning of d, 0 if there
// is none.
func msgpackUint(d []byte) int {
	switch {
	case len(d) == 0:
		return 0
	case d[0] < 0x80:
		return 1
	case d[0] >= 0xcc && d[0] <= 0xcf:
		return 1 + 1<<(d[0]-0xcc)
	}
	return 0
}

// msgpackText splits a short text off d. ok is false if there is none.
func msgpackText(d []byte) (text, rest []byte, ok bool) {
	n, head := 0, 1
	switch {
	case len(d) > 0 && d[0]&0xe0 == 0xa0:
		n = int(d[0] & 0x1f)
	case len(d) > 1 && d[0] == 0xd9:
		n, head = int(d[1]), 2
	default:
		return nil, nil, false
	}
	if len(d) < head+n || n == 0 {
		return nil, nil, false
	}
	return d[head : head+n], d[head+n:], isPrintable(d[head : head+n])
}

// classifyMsgpackRPC expects an array of a request: type 0, a number, a method,
// and an array of parameters.
func classifyMsgpackRPC(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != 0x94 || len(d) > 1 && d[1] != 0 {
		return dpi.No
	}
	if len(d) < 16 && len(d) < 3 {
		return dpi.More
	}
	n := msgpackUint(d[2:])
	if n == 0 || len(d) < 2+n {
		return moreUnless(n == 0)
	}
	text, rest, ok := msgpackText(d[2+n:])
	switch {
	case !ok || len(rest) == 0:
		return moreUnless(len(d) > 300)
	case len(text) < 2 || rest[0]&0xf0 != 0x90 && rest[0] != 0xdc:
		return dpi.No
	}
	return verdict(isDNSName(text) || len(text) >= 4)
}

// classifyFluentd expects an array of two to four: a tag, and either a time or
// events.
func classifyFluentd(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && (d[0] < 0x92 || d[0] > 0x94) {
		return dpi.No
	}
	if len(d) < 2 {
		return dpi.More
	}
	tag, rest, ok := msgpackText(d[1:])
	if !ok || len(rest) == 0 {
		return moreUnless(len(d) > 300)
	}
	kind := rest[0]
	return verdict(isDNSName(tag) && (kind >= 0xc4 && kind <= 0xc6 || kind >= 0xce && kind <= 0xd9 || kind&0xe0 == 0xa0 || kind >= 0xda && kind <= 0xdd || kind&0xf0 == 0x90))
}

// classifySerf expects a kind of message and a map whose first key is one that
// messages of the gossip have.
func classifySerf(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] > 13 || len(d) > 1 && d[1]&0xf0 != 0x80 {
		return dpi.No
	}
	if len(d) < 3 {
		return dpi.More
	}
	return startsWithAny(d[2:], "\xa5SeqNo", "\xa4Node", "\xabIncarnation", "\xa7Payload", "\xa6Target", "\xaaSourceAddr", "\xa4From", "\xa4Addr", "\xa5Nodes", "\xa4Algo")
}
