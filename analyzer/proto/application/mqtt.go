package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MQTT is MQTT 3.1, 3.1.1 and 5 (OASIS, "MQTT Version 5.0"), told by its first
// packet, or on its port by packets that follow each other.
var MQTT = dpi.Protocol{
	ID:          id.Mqtt,
	Name:        "mqtt",
	Attributes:  mqttAttributes,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{mqttPort}, Classify: classifyMQTT}},
}

const mqttPort = 1883

// Types of packets, MQTT 5.0 section 2.1.2.
const (
	mqttConnect     = 1
	mqttConnAck     = 2
	mqttPublish     = 3
	mqttPubRel      = 6
	mqttSubscribe   = 8
	mqttUnsubscribe = 10
	mqttPingRequest = 12
	mqttPingReply   = 13
	mqttAuth        = 15
)

// mqttPacket splits the first packet off d: type, flags, content as much as
// there is, and how long it is.
func mqttPacket(d []byte) (kind, flags byte, content []byte, length int, v dpi.Verdict) {
	if len(d) == 0 {
		return 0, 0, nil, 0, dpi.More
	}
	kind, flags = d[0]>>4, d[0]&15
	for i := 1; i < 5; i++ {
		if i == len(d) {
			return kind, flags, nil, 0, dpi.More
		}
		length |= int(d[i]&0x7f) << (7 * (i - 1))
		if d[i]&0x80 == 0 {
			content = d[i+1:]
			return kind, flags, content[:min(length, len(content))], length, dpi.Yes
		}
	}
	return kind, flags, nil, 0, dpi.No
}

// mqttHeader returns how many bytes come before the content of a packet that
// mqttPacket has found to be whole.
func mqttHeader(s []byte) int {
	n := 2
	for s[n-1]&0x80 != 0 {
		n++
	}
	return n
}

func classifyMQTT(p *dpi.Packet, d []byte) dpi.Verdict {
	kind, flags, content, length, v := mqttPacket(d)
	opening := flags == 0 && (kind == mqttConnect || kind == mqttConnAck)
	switch {
	case kind == 0 && len(d) > 0 || v == dpi.No || !opening && !p.HasPort(mqttPort):
		return dpi.No
	case v == dpi.More:
		return dpi.More
	case opening && kind == mqttConnect:
		return isMQTTConnect(content, length)
	case opening && length >= 2 && length < 1024:
		return isMQTTConsent(p, content)
	}
	return isMQTTMiddle(p)
}

// isMQTTConnect judges a CONNECT: the protocol's name and version, and flags
// whose lowest bit is not used.
func isMQTTConnect(content []byte, length int) dpi.Verdict {
	v := startsWithAny(content, "\x00\x04MQTT\x03", "\x00\x04MQTT\x04", "\x00\x04MQTT\x05", "\x00\x06MQIsdp\x03", "\x00\x04MQTT\x84", "\x00\x06MQIsdp\x83")
	if v != dpi.Yes {
		return v
	}
	flags := 7
	if content[1] == 6 {
		flags = 9
	}
	if len(content) <= flags {
		return dpi.More
	}
	return verdict(length >= 12 && content[flags]&1 == 0)
}

// isMQTTConsent judges a CONNACK: a flag and a reason. It is believed on the
// port, or behind a CONNECT.
func isMQTTConsent(p *dpi.Packet, content []byte) dpi.Verdict {
	if len(content) < 2 {
		return dpi.More
	}
	if content[0] > 1 || content[1] > 5 && content[1] < 0x80 || content[1] > 0x9f {
		return dpi.No
	}
	first, _ := p.First(p.Dir ^ 1)
	if p.HasPort(mqttPort) || bytes.Contains(first, []byte("\x00\x04MQTT")) || bytes.Contains(first, []byte("\x00\x06MQIsdp")) {
		return dpi.Yes
	}
	return dpi.More
}

// isMQTTMiddle judges packets in the middle of a connection: they have the
// flags that their type asks for, and end where the segment does. Those that
// are short and plain must be seen twice.
func isMQTTMiddle(p *dpi.Packet) dpi.Verdict {
	bytesSeen, packets := 0, 0
	for s := p.Stream; len(s) > 0; packets++ {
		kind, flags, content, length, v := mqttPacket(s)
		if v != dpi.Yes || len(content) < length || !isMQTTFlags(kind, flags, length) {
			return dpi.No
		}
		if kind == mqttPublish && !isMQTTTopic(content) {
			return dpi.No
		}
		n := mqttHeader(s) + length
		s, bytesSeen = s[n:], bytesSeen+n
	}
	if bytesSeen >= 16 || p.Asked(dpi.Up)+p.Asked(dpi.Down) >= 3 {
		return dpi.Yes
	}
	return dpi.More
}

// isMQTTFlags tells whether a type of packet may have these flags and this
// length, MQTT 5.0 section 2.1.3.
func isMQTTFlags(kind, flags byte, length int) bool {
	switch kind {
	case mqttPublish:
		return flags&6 != 6 && length >= 2
	case mqttPubRel, mqttSubscribe, mqttUnsubscribe:
		return flags == 2 && length >= 2
	case mqttPingRequest, mqttPingReply:
		return flags == 0 && length == 0
	case mqttConnAck, 4, 5, 7, 9, 11:
		return flags == 0 && length >= 2
	}
	return flags == 0 && kind <= mqttAuth
}

// isMQTTTopic tells whether a PUBLISH starts with a topic.
func isMQTTTopic(content []byte) bool {
	if len(content) < 2 {
		return false
	}
	n := be16(content)
	return n > 0 && n <= len(content)-2 && isText(content[2:2+n])
}
