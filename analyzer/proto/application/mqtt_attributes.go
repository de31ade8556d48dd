package application

import "mmt/analyzer/dpi"

// mqttAttributes are those of the MQTT packet that a segment starts with.
var mqttAttributes = []dpi.Attribute{
	ownNumber(1, "packet_type", dpi.U8, func(d []byte) (uint64, bool) {
		kind, _, _, _, v := mqttPacket(d)
		return uint64(kind), v == dpi.Yes
	}),
	ownNumber(2, "connect_flags", dpi.U8, mqttConnectFlags),
	ownNumber(3, "return_code", dpi.U8, func(d []byte) (uint64, bool) {
		kind, _, content, _, v := mqttPacket(d)
		if v != dpi.Yes || kind != mqttConnAck || len(content) < 2 {
			return 0, false
		}
		return uint64(content[1]), true
	}),
	ownText(4, "topic", mqttTopic),
}

// mqttConnectFlags reads the flags of a CONNECT, MQTT 5.0 section 3.1.2.3: the
// two highest say that user name and password follow.
func mqttConnectFlags(d []byte) (flags uint64, ok bool) {
	kind, _, content, _, v := mqttPacket(d)
	r := wireReader{b: content}
	r.vector(2) // protocol name
	r.uint(1)   // its version
	flags = r.uint(1)
	return flags, v == dpi.Yes && kind == mqttConnect && !r.bad
}

// mqttTopic returns the topic of a PUBLISH or the first filter of a SUBSCRIBE,
// sections 3.3.2.1 and 3.8.3; the latter comes behind a number and, in version
// 5, properties.
func mqttTopic(d []byte) []byte {
	kind, _, content, _, v := mqttPacket(d)
	r := wireReader{b: content}
	switch {
	case v != dpi.Yes:
		return nil
	case kind == mqttPublish:
		return r.vector(2)
	case kind != mqttSubscribe:
		return nil
	}
	r.uint(2)
	if len(r.b) < 2 || r.b[0] != 0 || r.b[1] == 0 {
		r.vector(1) // a filter has at least one byte and seldom 256 of them
	}
	return r.vector(2)
}
