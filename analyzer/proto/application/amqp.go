package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// AMQP is the Advanced Message Queuing Protocol, versions 0-9-1 and before (AMQP
// 0-9-1 specification, section 4.2) and 1.0 (OASIS, "AMQP Version 1.0"), told by
// its opening or by frames.
var AMQP = dpi.Protocol{
	ID:          id.Amqp,
	Name:        "amqp",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{5672}, Classify: classifyAMQP}},
}

func classifyAMQP(p *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "AMQP"); v != dpi.No {
		if len(d) < 8 {
			return dpi.More
		}
		return verdict(d[4] <= 3 && d[5] <= 1 && d[6] <= 10 && d[7] <= 10)
	}
	if len(d) < 12 {
		return amqpPrefix(d)
	}
	v := max(isAMQPFrame(d), isAMQP1Frame(d))
	if v == dpi.No && len(p.Stream) >= 12 && len(p.Stream) < len(d) {
		v = max(isAMQPFrame(p.Stream), isAMQP1Frame(p.Stream))
	}
	return v
}

// amqpPrefix judges what is too short for a frame of either version.
func amqpPrefix(d []byte) dpi.Verdict {
	return moreUnless(len(d) > 0 && d[0] > amqpHeader || len(d) > 4 && d[0] == 0 && d[4] != 2)
}

// Types of frames of version 0-9-1, section 4.2.3.
const (
	amqpMethod   = 1
	amqpHeader   = 2
	amqpFrameEnd = 0xce
)

// isAMQPFrame judges a frame of version 0-9-1: type, channel, length, content
// that starts with the numbers of a class and a method, and the end mark.
func isAMQPFrame(d []byte) dpi.Verdict {
	length := int(be32(d[3:]))
	if d[0] != amqpMethod && d[0] != amqpHeader || length < 4 || length > 1<<20 {
		return dpi.No
	}
	class, method := be16(d[7:]), be16(d[9:])
	switch class {
	case 10, 20, 30, 40, 50, 60, 85, 90:
	default:
		return dpi.No
	}
	if d[0] == amqpMethod && (method == 0 || method > 120) || d[0] == amqpHeader && (method != 0 || length < 14) {
		return dpi.No
	}
	if len(d) < 7+length+1 {
		return dpi.More
	}
	return verdict(d[7+length] == amqpFrameEnd)
}

// isAMQP1Frame judges a frame of version 1.0: length, where the body starts,
// type, and a body that is one of the transport's or the security layer's types.
func isAMQP1Frame(d []byte) dpi.Verdict {
	length := be32(d)
	if length < 11 || length > 1<<24 || d[4] != 2 || d[5] > 1 || d[8] != 0 || d[9] != 0x53 {
		return dpi.No
	}
	kind := d[10]
	return verdict(d[5] == 0 && kind >= 0x10 && kind <= 0x18 || d[5] == 1 && kind >= 0x40 && kind <= 0x44)
}
