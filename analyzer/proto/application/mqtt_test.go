package application

import (
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// mqttOf makes a packet of MQTT whose content is shorter than 128 bytes.
func mqttOf(first byte, parts ...any) []byte {
	content := prototest.Bytes(parts...)
	return prototest.Bytes(int(first), len(content), content)
}

// mqttPublishes makes a PUBLISH without confirmation.
func mqttPublishes(topic, message string) []byte {
	return mqttOf(0x30, behind(topic), message)
}

func TestMQTT(t *testing.T) {
	connect := mqttOf(0x10, behind("MQTT"), 4, 2, uint16(60), behind("thermometer"))
	recognise(t, []dpi.Protocol{MQTT}, []conversation{
		{name: "from the beginning", port: 1883, want: "mqtt",
			say: []string{clientSays(connect), serverSays(mqttOf(0x20, 0, 0))}},
		{name: "on another port", port: 9999, want: "mqtt", say: []string{clientSays(connect)}},
		{name: "several packets of a running connection", port: 1883, want: "mqtt", whole: true,
			say: []string{clientSays(mqttPublishes("home/1", "21.5"), mqttPublishes("home/2", "22"), mqttOf(0xc0))}},
		{name: "pings alone", port: 1883, want: "mqtt", whole: true,
			say: []string{clientSays(mqttOf(0xc0)), serverSays(mqttOf(0xd0)), clientSays(mqttOf(0xc0)), serverSays(mqttOf(0xd0))}},
		{name: "running connection on another port", port: 9999, want: "unknown", whole: true,
			say: []string{clientSays(mqttPublishes("home/1", "21.5"), mqttPublishes("home/2", "22"))}},
		{name: "rest behind the last packet", port: 1883, want: "unknown", whole: true,
			say: []string{clientSays(mqttPublishes("home/1", strings.Repeat("x", 20)), 0x30)}},
	})
}

// TestMQTTPadding has the middle of a connection in a frame that goes on behind
// the IP packet, which must not count for a packet's length.
func TestMQTTPadding(t *testing.T) {
	payload := mqttPublishes("a", "b")
	for padding := range 8 {
		room := append(payload, make([]byte, padding)...)
		n := 0
		for s := room[:len(payload)]; len(s) > 0; n++ {
			_, _, _, length, v := mqttPacket(s)
			if v != dpi.Yes {
				t.Fatalf("padding %d: the packet is not found", padding)
			}
			s = s[mqttHeader(s)+length:]
		}
		if n != 1 {
			t.Errorf("padding %d: %d packets, want 1", padding, n)
		}
	}
}

func TestMQTTHeader(t *testing.T) {
	for want, s := range map[int][]byte{2: {0xc0, 0}, 3: {0x30, 0x80, 1}, 4: {0x30, 0xff, 0xff, 1}, 5: {0x30, 0x80, 0x80, 0x80, 1}} {
		if got := mqttHeader(s); got != want {
			t.Errorf("% x: header of %d bytes, want %d", s, got, want)
		}
	}
}
