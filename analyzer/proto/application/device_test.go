package application

import (
	"encoding/binary"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// tplinkHides hides text as devices of TP-Link do.
func tplinkHides(text string) []byte {
	b, key := []byte(text), byte(tplinkKey)
	for i := range b {
		key ^= b[i]
		b[i] = key
	}
	return b
}

func TestDeviceDatagrams(t *testing.T) {
	tlv := func(kind int, value string) []byte { return prototest.Bytes(kind, behind(value)) }
	ubnt := prototest.Bytes(1, 0, behind(tlv(1, "\x02\x00\x00\x00\x00\x01"), tlv(11, "ubnt")))
	mndp := prototest.Bytes(uint32(7), uint16(1), behind("\x02\x00\x00\x00\x00\x01"), uint16(5), behind("router"))
	tuya := prototest.Bytes(uint32(tuyaBegin), uint32(0), uint32(19), uint32(20), strings.Repeat("x", 16), uint32(tuyaEnd))
	tuya35 := prototest.Bytes(uint32(tuyaBegin35), uint16(0), uint32(0), uint32(19), uint32(20), strings.Repeat("x", 20), uint32(tuyaEnd35))
	miio := prototest.Bytes(uint32(0x21310020), strings.Repeat("\xff", 28))
	bjnp := prototest.Bytes("BJNP", 1, 1, make([]byte, 10))
	dropbox := `{"version": [2, 0], "port": 17500, "host_int": 1333587491, "displayname": "", "namespaces": [1]}`
	sysinfo := tplinkHides(`{"system":{"get_sysinfo":{}}}`)
	all := []dpi.Protocol{MerakiCloud, UBNTAC2, MikroTik, TPLinkSHP, TuyaLP, Xiaomi, BJNP, Dropbox, Spotify, Steam, TiVoConnect}
	for _, c := range []struct {
		want    string
		port    uint16
		payload []byte
	}{
		{"meraki_cloud", 7351, prototest.Bytes(uint32(merakiMagic), uint64(0))},
		{"ubntac2", 10001, ubnt}, {"unknown", 10001, ubnt[:len(ubnt)-1]},
		{"mikrotik", 5678, mndp}, {"mikrotik", 5678, make([]byte, 4)}, {"unknown", 5678, prototest.Bytes(uint32(7), uint16(5), behind("router"))},
		{"tplink_shp", 9999, sysinfo}, {"tplink_shp", 50001, sysinfo}, {"unknown", 9999, []byte(`{"system":{}}`)},
		{"tuya_lp", 6667, tuya}, {"tuya_lp", 7000, tuya35}, {"unknown", 6667, append(tuya[:len(tuya)-1:len(tuya)-1], 0)},
		{"xiaomi", 54321, miio}, {"unknown", 54321, append(miio[:32:32], 0)},
		{"bjnp", 8611, bjnp}, {"unknown", 8611, prototest.Bytes("BJNP", 99, 1, make([]byte, 10))},
		{"dropbox", 17500, []byte(dropbox)}, {"dropbox", 50001, []byte(dropbox)}, {"unknown", 17500, []byte(`{"version": [2, 0], "port": 17500}`)},
		{"tivoconnect", 2190, []byte("TiVoConnect=1\nMethod=Broadcast\nPlatform=pc\n")}, {"unknown", 2190, []byte("TiVoConnect=9\n")},
		{"spotify", 57621, []byte("SpotUdp0\x01\x02\x03\x04\x05\x06\x07\x08")},
		{"steam", 27036, prototest.Bytes(uint32(0xffffffff), uint32(steamDiscovery), uint32(0))},
	} {
		recognise(t, all, []conversation{{name: c.want, udp: true, port: c.port, say: []string{clientSays(c.payload)}, want: c.want}})
	}
}

func TestDeviceStreams(t *testing.T) {
	sysinfo := tplinkHides(`{"system":{"get_sysinfo":{}}}`)
	mipush := prototest.Bytes(miPushMagic, behind(uint16(2), uint16(0x16), "\x00\x00\x00\x18\x08\x00\x1a\x0axiaomi.com*\x04CONN"))
	weave := binary.LittleEndian.AppendUint64(prototest.Bytes(0x1d, 0, 0x00, 0x13, uint32(1)), nestOUI<<40|0x279e36)
	weave = append(weave, make([]byte, 16)...)
	player := prototest.Bytes(uint16(4), uint32(40), 0x52, 0x0f, 0x50, make([]byte, 31))
	recognise(t, []dpi.Protocol{TPLinkSHP, Xiaomi, NestLogSink, HL7, ATG, Spotify, BJNP, TiVoConnect}, []conversation{
		{name: "TP-Link", port: 9999, say: []string{clientSays(uint32(len(sysinfo)), sysinfo)}, want: "tplink_shp"},
		{name: "TP-Link, plain", port: 9999, say: []string{clientSays(uint32(13), `{"system":{}}`)}, want: "unknown"},
		{name: "Xiaomi", port: 5222, say: []string{clientSays(mipush)}, want: "xiaomi"},
		{name: "Nest", port: 11095, say: []string{clientSays(weave)}, want: "nest_log_sink"},
		{name: "Nest, another maker", port: 11095, say: []string{clientSays(weave[:13], make([]byte, 19))}, want: "unknown"},
		{name: "HL7", port: 2575, say: []string{clientSays(0x0b, `MSH|^~\&|A|B|C|D`)}, want: "hl7"},
		{name: "ATG", port: 10001, say: []string{clientSays(1, "I20100\n")}, want: "atg"},
		{name: "ATG, answer", port: 10001, say: []string{serverSays(1, "\r\nI20100\r\n")}, want: "atg"},
		{name: "ATG, no code", port: 10001, say: []string{clientSays(1, "HELLO!\n")}, want: "unknown"},
		{name: "Spotify", port: 4070, whole: true, say: []string{clientSays(player)}, want: "spotify"},
		{name: "TiVo", port: 2190, say: []string{clientSays(uint32(14), "TiVoConnect=1\n")}, want: "tivoconnect"},
		{name: "BJNP", port: 8611, say: []string{clientSays("BJNP", 2, 0x20, make([]byte, 10))}, want: "bjnp"},
	})
}
