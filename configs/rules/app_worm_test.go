package rules

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// wormGoldens are the tests of the rules about worms and bots.
func wormGoldens() []golden {
	return slices.Concat(
		counted("1160.smb1_sweep", 4, 4, 6, func(t *trace, n int) {
			for i := range n {
				c := t.dial(client, hosts("198.51.100.", i+1), uint16(50000+i), 445)
				c.write(0, smb1(0x72, "\x02NT LM 0.12\x00")).reset(0)
			}
		}),
		[]golden{none("1160.smb1_sweep", "one server", func(t *trace) {
			for i := range 8 {
				t.dial(client, server, uint16(50000+i), 445).write(0, smb1(0x72, "\x02NT LM 0.12\x00")).reset(0)
			}
		})},
		counted("1162.smb_fan_out", 6, 1, 1, func(t *trace, n int) {
			for i := range n {
				t.tcpConn(client, hosts("198.51.100.", i+1), uint16(50000+i), 445).up(syn, nil).wait(halfTrip)
			}
		}),
		[]golden{
			none("1162.smb_fan_out", "one server", func(t *trace) {
				for i := range 12 {
					t.tcpConn(client, server, uint16(50000+i), 445).up(syn, nil).wait(halfTrip)
				}
			}),
			verdict("1161.eternalblue", "mixed kinds", "1161 detected 1@6 2@8", transaction(0xa0, 0x33)),
			none("1161.eternalblue", "same kind", transaction(0xa0, 0xa1)),
			none("1161.eternalblue", "two connections", func(t *trace) {
				transaction(0xa0)(t)
				transaction(0x33)(t)
			}),
			only("1163.smb_ms17_010_probe", "not updated", 8, answered(0x25, 0xc0000205)),
			none("1163.smb_ms17_010_probe", "updated", answered(0x25, 0xc0000022)),
			only("1166.doublepulsar_ping", "ping", 8, answered(0x32, 0xc0000002)),
			none("1166.doublepulsar_ping", "file not found", answered(0x32, 0xc0000034)),
			only("1164.irc_bot_command", "order", 8, channel(":.ddos 192.0.2.9 80")),
			none("1164.irc_bot_command", "talk", channel(":what is .ddos for?")),
			only("1165.tftp_program", "worm", 1, fetch("msblast.EXE")),
			none("1165.tftp_program", "boot", fetch("pxelinux.0")),
		},
	)
}

// smb1 is a request of SMB 1 in a session packet, without parameters.
func smb1(command int, data string) []byte {
	body := bytesOf("\xffSMB", command, uint32(0), 0x18, 0x53, 0xc8, make([]byte, 20), 0, len(data), 0, data)
	return bytesOf(uint32(len(body)), body)
}

// answered is a connection in which a message behind the negotiation gets an
// answer of a status, in packet 8.
func answered(command int, status uint32) func(*trace) {
	return func(t *trace) {
		answer := smb1(command, "")
		binary.LittleEndian.PutUint32(answer[9:], status)
		answer[13] |= 0x80
		c := t.dial(client, server, 50000, 445).write(0, smb1(0x72, "\x02NT LM 0.12\x00"))
		c.write(0, smb1(command, "data")).write(1, answer)
	}
}

// transaction is a connection with messages behind a negotiation.
func transaction(commands ...int) func(*trace) {
	return func(t *trace) {
		c := t.dial(client, server, uint16(50000+len(t.packets)), 445).write(0, smb1(0x72, "\x02NT LM 0.12\x00"))
		for _, command := range commands {
			c.write(0, smb1(command, "data"))
		}
	}
}

// channel is an IRC connection in which somebody says something.
func channel(text string) func(*trace) {
	return func(t *trace) {
		t.dial(client, server, 50000, 6667).say("C: NICK n83", "C: USER a b c :d", fmt.Sprintf("S: :boss!b@example.org PRIVMSG #x %s", text))
	}
}

// fetch reads a file by TFTP.
func fetch(name string) func(*trace) {
	return func(t *trace) { t.ask(50000, 69, bytesOf(uint16(1), name, 0, "octet", 0)) }
}
