package application

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// raw joins parts to a message, as prototest.Bytes does; the first part is the
// direction.
func raw(parts ...any) string { return string(prototest.Bytes(parts...)) }

var remoteProtocols = []dpi.Protocol{TLS, SSH, Telnet, Rlogin, Rsh, Rexec, VNC, RDP, X11, Citrix, Spice, NoMachine, Radmin, PCAnywhere, ADB, JDWP}

// rdpMessage is a connection TPDU of a kind with a variable part.
func rdpMessage(kind int, variable string) string {
	n := 11 + len(variable)
	return raw(3, 0, uint16(n), n-5, kind, uint32(0), 0, variable)
}

func TestRemote(t *testing.T) {
	kex := raw(uint32(700), 8, sshKexInit, make([]byte, 16), uint32(40), "curve25519-sha256,diffie-hellman-group14")
	negotiate := raw(1, 0, 8, 0, 3, 0, 0, 0)
	accept := raw(2, 0, 8, 0, 1, 0, 0, 0)
	recognise(t, remoteProtocols, []conversation{
		{name: "ssh", port: 22, say: []string{"<SSH-2.0-OpenSSH_9.6\r\n", ">SSH-2.0-x\r\n"}, want: "ssh"},
		{name: "ssh client only", port: 443, say: []string{">SSH-2.0-Go\r\n"}, want: "ssh"},
		{name: "ssh with a banner", port: 22, say: []string{"<Welcome\r\nto here\r\nSSH-2.0-x\r\n"}, want: "ssh"},
		{name: "ssh key exchange", port: 2222, say: []string{">" + kex}, want: "ssh"},
		{name: "ssh in the middle", port: 22, say: []string{">\x8a\x01\x02\x03\x04\x05\x06\x07"}, want: "unknown"},
		{name: "telnet", port: 23, say: []string{"<\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23"}, want: "telnet"},
		{name: "telnet elsewhere", port: 2323, say: []string{"<\xff\xfb\x01\xff\xfb\x03login: "}, want: "telnet"},
		{name: "telnet parameters", port: 2323, say: []string{">\xff\xfb\x1f\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0"}, want: "telnet"},
		{name: "telnet one option", port: 23, say: []string{"<\xff\xfd\x18", ">\xff\xfc\x18"}, want: "telnet"},
		{name: "not telnet", port: 23, say: []string{"<\xff\xfd\xc8\xff\x00"}, want: "unknown"},
		{name: "rlogin", port: 513, say: []string{">\x00me\x00you\x00xterm/38400\x00", "<\x00"}, want: "rlogin"},
		{name: "rsh", port: 514, say: []string{">1022\x00me\x00you\x00ls -l\x00"}, want: "rsh"},
		{name: "rsh without errors", port: 514, say: []string{">\x00me\x00you\x00ls\x00"}, want: "rsh"},
		{name: "rexec", port: 512, say: []string{">0\x00me\x00secret\x00id\x00"}, want: "rexec"},
		{name: "syslog is not rsh", port: 514, say: []string{"><13>Jan  1 00:00:00 host text\n"}, want: "unknown"},
		{name: "vnc", port: 5900, say: []string{"<RFB 003.008\n", ">RFB 003.008\n"}, want: "vnc"},
		{name: "vnc elsewhere", port: 80, say: []string{">RFB 004.001\n"}, want: "vnc"},
		{name: "not vnc", port: 5900, say: []string{"<RFB 0x3.008\n"}, want: "unknown"},
		{name: "rdp cookie", port: 3390, say: []string{">" + rdpMessage(x224Request, "Cookie: mstshash=me\r\n"+negotiate), "<" + rdpMessage(x224Confirm, accept)}, want: "rdp"},
		{name: "rdp server only", port: 33890, say: []string{"<" + rdpMessage(x224Confirm, accept)}, want: "rdp"},
		{name: "rdp without negotiation", port: 3389, say: []string{">" + rdpMessage(x224Request, "")}, want: "rdp"},
		{name: "rdp with tls", port: 3389, say: []string{">" + rdpMessage(x224Request, negotiate), "<" + rdpMessage(x224Confirm, accept), ">" + helloTo("desk.example.org")}, want: "rdp.ssl"},
		{name: "another use of x.224", port: 102, say: []string{">" + rdpMessage(x224Request, "\xc1\x02\x01\x00\xc2\x02\x01\x02\xc0\x01\x0a")}, want: "unknown"},
		{name: "rdp udp", udp: true, port: 3389, say: []string{">" + raw(uint32(0xffffffff), uint16(64), uint16(rdpUDPSyn), uint32(1), uint16(1232), uint16(1232), make([]byte, 1216))}, want: "rdp"},
		{name: "rdp udp sizes", udp: true, port: 3389, say: []string{">" + raw(uint32(0xffffffff), uint16(64), uint16(rdpUDPSyn), uint32(1), uint16(99), uint16(1232))}, want: "unknown"},
		{name: "x11 client", port: 6000, say: []string{">" + raw("l", 0, 11, 0, 0, 0, 18, 0, 16, 0, 0, 0, "MIT-MAGIC-COOKIE-1\x00\x00", make([]byte, 16))}, want: "x11"},
		{name: "x11 server", port: 6010, say: []string{"<" + raw(1, 0, uint16(11), uint16(0), uint16(16), make([]byte, 16), uint16(8), uint16(0xffff), 1, 1, make([]byte, 24))}, want: "x11"},
		{name: "citrix", port: 1494, say: []string{"<\x7f\x7fICA\x00"}, want: "citrix"},
		{name: "citrix gateway", port: 2598, say: []string{">\x1aCGP/01\x01"}, want: "citrix"},
		{name: "spice", port: 5930, say: []string{">" + raw("REDQ", 2, 0, 0, 0, 2, 0, 0, 0)}, want: "spice"},
		{name: "nomachine", port: 4000, say: []string{">NXSH-6.0.0\n", "<NXD-6.0.0\n"}, want: "nomachine"},
		{name: "nomachine udp", udp: true, port: 4011, say: []string{">" + raw(1, 0, 1, 0, 12, 0, 9, 9, 0, 0, 1, 2)}, want: "nomachine"},
		{name: "radmin", port: 4899, say: []string{">\x01\x00\x00\x00\x01\x00\x00\x00\x08\x08"}, want: "radmin"},
		{name: "radmin server", port: 4899, say: []string{"<" + raw(1, uint32(0x25), uint32(0x212), 8, 2, make([]byte, 35))}, want: "radmin"},
		{name: "not radmin", port: 4899, say: []string{">\x01\x00\x00\x00\x01\x00\x00\x00\x08\x09"}, want: "unknown"},
		{name: "pcanywhere", port: 5631, say: []string{">\x00\x00\x00\x00", "<\x00X\x08\x00\x7d\x08\r\n\x00.\x08Please press <Enter>..."}, want: "pcanywhere"},
		{name: "pcanywhere search", udp: true, port: 5632, say: []string{">NQ"}, want: "pcanywhere"},
		{name: "adb", port: 5555, say: []string{">" + raw("CNXN", 1, 0, 0, 1, 0, 0, 16, 0)}, want: "adb"},
		{name: "jdwp", port: 8000, say: []string{">JDWP-Handshake"}, want: "jdwp"},
	})
}
