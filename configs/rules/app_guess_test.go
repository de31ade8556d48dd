package rules

import (
	"fmt"
	"slices"
	"time"
)

// guessGoldens are the tests of the rules about guessing passwords.
func guessGoldens() []golden {
	return slices.Concat(
		counted("1100.ssh_brute_force", 6, 6, 8, func(t *trace, n int) {
			for i := range n {
				sshLogin(t, server, uint16(50000+i))
			}
		}),
		[]golden{tooSlow("1100.ssh_brute_force", 6, 11*time.Second, func(t *trace) { sshLogin(t, server, 50000) })},
		counted("1101.ssh_spray", 5, 6, 8, func(t *trace, n int) {
			for i := range n {
				sshLogin(t, fmt.Sprintf("198.51.100.%d", i+1), uint16(50000+i))
			}
		}),
		[]golden{none("1101.ssh_spray", "two servers", func(t *trace) {
			for i := range 10 {
				sshLogin(t, fmt.Sprintf("198.51.100.%d", 1+i%2), uint16(50000+i))
			}
		})},
		ftpGuessGoldens(),
		counted("1103.smtp_auth_brute_force", 5, 12, 4, func(t *trace, n int) {
			c := t.dial(client, server, 50000, 25).say("S: 220 mail.example.org ESMTP", "C: EHLO me", "S: 250 AUTH PLAIN")
			for range n {
				c.say("C: AUTH PLAIN AGFkbWluAHNlY3JldA==", "S: 535 5.7.8 authentication failed")
			}
		}),
		counted("1104.http_auth_brute_force", 8, 6, 4, func(t *trace, n int) {
			c := t.dial(client, server, 50000, 80)
			for range n {
				c.request("GET /admin HTTP/1.1\r\nHost: example.org\r\n\r\n")
				c.reply("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
			}
		}),
		counted("1105.telnet_brute_force", 4, 10, 6, func(t *trace, n int) {
			c := t.dial(client, server, 50000, 23).reply("\xff\xfd\x18\xff\xfd\x20\xff\xfb\x01")
			for range n {
				c.reply("login: ").request("root\r\n").reply("Login incorrect\r\n")
			}
		}),
		counted("1106.rdp_brute_force", 6, 4, 8, func(t *trace, n int) {
			for i := range n {
				c := t.dial(client, server, uint16(50000+i), 3389)
				c.write(0, bytesOf(3, 0, uint16(39), 34, 0xe0, uint16(0), uint16(0), 0, "Cookie: mstshash=a\r\n", 1, 0, 8, 0, 3, 0, 0, 0))
				c.write(1, bytesOf(3, 0, uint16(19), 14, 0xd0, uint16(0), uint16(0x1234), 0, 2, 0, 8, 0, 2, 0, 0, 0))
				c.reset(0)
			}
		}),
		counted("1107.mysql_brute_force", 5, 8, 10, func(t *trace, n int) {
			for i := range n {
				mysqlLogin(t, uint16(50000+i))
			}
		}),
		counted("1108.smb_brute_force", 5, 10, 4, func(t *trace, n int) {
			c := t.dial(client, server, 50000, 445)
			c.write(0, smb2(0, 0, false)).write(1, smb2(0, 0, true))
			for range n {
				c.write(0, smb2(1, 0, false)).write(1, smb2(1, 0xc000006d, true))
			}
		}),
		counted("1109.pop3_brute_force", 5, 12, 8, func(t *trace, n int) {
			c := t.dial(client, server, 50000, 110).say("S: +OK ready")
			for range n {
				c.say("C: USER a", "S: +OK", "C: PASS b", "S: -ERR authentication failed")
			}
		}),
		counted("1110.ldap_brute_force", 5, 6, 4, func(t *trace, n int) {
			c := t.dial(client, server, 50000, 389)
			for i := range n {
				c.write(0, ldapBind(i+1, berOf(0x80, "guess")))
				c.write(1, berOf(0x30, berOf(2, i+1), berOf(0x61, berOf(10, 49), berOf(4), berOf(4))))
			}
		}),
		counted("1111.mqtt_brute_force", 4, 6, 8, func(t *trace, n int) {
			for i := range n {
				c := t.dial(client, server, uint16(50000+i), 1883)
				c.write(0, mqttConnect(0xc2, "\x00\x01a\x00\x01b")).write(1, []byte{0x20, 2, 0, 5}).reset(1)
			}
		}),
	)
}

// sshLogin is an SSH connection as far as it is readable: 8 packets, the 6th of
// which is the client's version.
func sshLogin(t *trace, server string, port uint16) {
	t.dial(client, server, port, 22).say("S: SSH-2.0-OpenSSH_9.6", "C: SSH-2.0-Go").reset(0)
}

// ftpGuessGoldens refuse logins of one control connection.
func ftpGuessGoldens() []golden {
	return counted("1102.ftp_brute_force", 5, 12, 8, func(t *trace, n int) {
		c := t.dial(client, server, 50000, 21).say("S: 220 FTP server ready")
		for i := range n {
			c.say("C: USER root", "S: 331 password please", fmt.Sprintf("C: PASS %d", i), "S: 530 login incorrect")
		}
	})
}

// mysqlLogin is a login that a server refuses: 10 packets, the 8th of which is
// the refusal.
func mysqlLogin(t *trace, port uint16) {
	packet := func(number int, parts ...any) []byte {
		b := bytesOf(parts...)
		return bytesOf(len(b), 0, 0, number, b)
	}
	c := t.dial(client, server, port, 3306)
	c.write(1, packet(0, 10, "8.0.36\x00", []byte{7, 0, 0, 0}, "saltsalt", 0, []byte{0xff, 0xf7}, 33, uint16(0x0200), uint16(0xffff), 21,
		make([]byte, 10), "moresaltmore", 0, "mysql_native_password\x00"))
	c.up(psh|ack, packet(1, []byte{0x85, 0xa2, 0x0b, 0}, []byte{0, 0, 0, 1}, 33, make([]byte, 23), "root\x00", 20, make([]byte, 20))).wait(halfTrip)
	c.down(ack, nil).wait(halfTrip)
	c.write(1, packet(2, 0xff, []byte{0x15, 4}, "#28000Access denied for user 'root'")).reset(1)
}

// smb2 is a message of SMB 2 in a session packet, header only.
func smb2(command int, status uint32, reply bool) []byte {
	flags := 0
	if reply {
		flags = 1
	}
	s := []byte{byte(status), byte(status >> 8), byte(status >> 16), byte(status >> 24)}
	return bytesOf(uint32(73), "\xfeSMB", 64, 0, 0, 0, s, command, 0, 1, 0, flags, make([]byte, 47), 9, 0, make([]byte, 7))
}

// ldapBind is a bind request with credentials.
func ldapBind(number int, credentials []byte) []byte {
	return berOf(0x30, berOf(2, number), berOf(0x60, berOf(2, 3), berOf(4, "cn=admin,dc=example"), credentials))
}

// mqttConnect is a CONNECT of version 3.1.1 of client "c", with what follows its
// name.
func mqttConnect(flags byte, rest string) []byte {
	b := bytesOf("\x00\x04MQTT", 4, flags, uint16(60), "\x00\x01c", rest)
	return bytesOf(0x10, len(b), b)
}
