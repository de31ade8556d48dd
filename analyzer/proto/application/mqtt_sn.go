package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MQTTSN is MQTT for Sensor Networks ("MQTT-SN Protocol Specification", version
// 1.2), over UDP.
var MQTTSN = dpi.Protocol{
	ID:          id.MqttSn,
	Name:        "mqtt_sn",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 40, Ports: []uint16{1883, 1884, 10000}, Only: true, Classify: classifyMQTTSN}},
}

// Types of messages, section 5.2.2.
const (
	mqttSNSearch    = 0x01
	mqttSNConnect   = 0x04
	mqttSNConnAck   = 0x05
	mqttSNLast      = 0x1d
	mqttSNForwarded = 0xfe
)

// classifyMQTTSN expects a length, which is that of the datagram, and a type;
// CONNECT also has the version and a name.
func classifyMQTTSN(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 2 || int(d[0]) != len(d) || d[1] > mqttSNLast && d[1] != mqttSNForwarded {
		return dpi.No
	}
	switch d[1] {
	case mqttSNConnect:
		return verdict(len(d) >= 7 && len(d) <= 29 && d[3] == 1 && isPrintable(d[6:]))
	case mqttSNConnAck:
		return verdict(len(d) == 3 && d[2] <= 3)
	case mqttSNSearch:
		return verdict(len(d) == 3)
	}
	// Others must follow each other.
	return yesOrMore(p.Asked(dpi.Up)+p.Asked(dpi.Down) >= 4)
}
