package application

import (
	"testing"

	"mmt/analyzer/proto/prototest"
)

func TestDNSCrypt(t *testing.T) {
	query := make([]byte, 512)
	answer := prototest.Bytes(dnscryptMagic, make([]byte, 200))
	n := prototest.New(t, DNSCrypt)
	tests := []struct {
		name string
		flow *prototest.Flow
		want string
	}{
		{"answer", n.UDP(40000, 5000).Up(query).Down(answer), "udp.dnscrypt"},
		{"answer alone", n.UDP(443, 40000).Up(answer), "udp.dnscrypt"},
		{"by TCP", n.TCP(40000, 443).Up(vec16(query)).Down(vec16(answer)), "tcp.dnscrypt"},
		{"other answer", n.UDP(40000, 443).Up(query).Down(query), "udp.unknown"},
		{"magic alone", n.UDP(443, 40000).Up([]byte(dnscryptMagic)), "udp.unknown"},
		{"query alone", n.UDP(40000, 443).Up(query), "udp.unknown"},
	}
	for _, tt := range tests {
		if got := tt.flow.Final(); got != "ethernet.ip."+tt.want {
			t.Errorf("%s: path %s, want %s", tt.name, got, tt.want)
		}
	}
}
