package traffic

// MQTT control packets with their flags (MQTT 3.1.1 section 2.2).
const (
	mqttConnect     = 0x10
	mqttConnAck     = 0x20
	mqttPublish     = 0x30
	mqttPublishQoS1 = 0x32
	mqttPubAck      = 0x40
	mqttSubscribe   = 0x82
	mqttSubAck      = 0x90
	mqttPingReq     = 0xc0
	mqttPingResp    = 0xd0
	mqttDisconnect  = 0xe0
)

// mqtt is a sensor that subscribes to commands and publishes measurements.
func mqtt(g *Gen) {
	c := g.dial(g.to("broker.example.com"), 1883)
	const cleanSession, userAndPassword = 0x02, 0xc0
	c.request(mqttPacket(mqttConnect, wire{}.len16([]byte("MQTT")).u8(4, cleanSession|userAndPassword).u16(60).
		len16([]byte("sensor-17")).len16([]byte("sensor")).len16([]byte("sesame"))))
	c.reply(mqttPacket(mqttConnAck, wire{}.u16(0)))
	c.request(mqttPacket(mqttSubscribe, wire{}.u16(1).len16([]byte("house/+/command")).u8(1)))
	c.reply(mqttPacket(mqttSubAck, wire{}.u16(1).u8(1)))
	for i := range uint16(3) {
		c.request(mqttPacket(mqttPublish, wire{}.len16([]byte("house/kitchen/temperature")).str(`{"celsius":21.5}`)))
		c.wait(500)
		c.request(mqttPacket(mqttPublishQoS1, wire{}.len16([]byte("house/kitchen/log")).u16(i+2).str(g.text(150))))
		c.reply(mqttPacket(mqttPubAck, wire{}.u16(i+2)))
	}
	c.reply(mqttPacket(mqttPublish, wire{}.len16([]byte("house/kitchen/command")).str("open")))
	c.request(mqttPacket(mqttPingReq, nil))
	c.reply(mqttPacket(mqttPingResp, nil))
	c.request(mqttPacket(mqttDisconnect, nil))
	c.close()
}

// mqttPacket puts the length in front, seven bits a byte, low ones first.
func mqttPacket(kind byte, body []byte) wire {
	w := wire{}.u8(kind)
	n := len(body)
	for ; n >= 0x80; n >>= 7 {
		w = w.u8(byte(n) | 0x80)
	}
	return w.u8(byte(n)).raw(body)
}
