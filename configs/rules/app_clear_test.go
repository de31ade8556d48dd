package rules

import "slices"

// clearGoldens are the tests of the rules about passwords in the clear.
func clearGoldens() []golden {
	login := func(user string) func(*trace) {
		return func(t *trace) {
			t.dial(client, server, 50000, 21).say("S: 220 FTP server ready", "C: USER "+user, "S: 331 password please", "C: PASS me@example.org", "S: 230 welcome")
		}
	}
	basic := func(header string) func(*trace) {
		return func(t *trace) {
			t.dial(client, server, 50000, 80).request("GET / HTTP/1.1\r\nHost: example.org\r\n" + header + "\r\n\r\n")
		}
	}
	lines := func(port uint16, lines ...string) func(*trace) {
		return func(t *trace) { t.dial(client, server, 50000, port).say(lines...) }
	}
	snmp := func(community string) func(*trace) {
		return func(t *trace) { t.ask(50000, 161, snmpGet(community)) }
	}
	bind := func(credentials []byte) func(*trace) {
		return func(t *trace) { t.dial(client, server, 50000, 389).write(0, ldapBind(1, credentials)) }
	}
	return slices.Concat([]golden{
		only("1112.ftp_cleartext_password", "user", 10, login("alice")),
		none("1112.ftp_cleartext_password", "anonymous", login("Anonymous")),
		only("1113.http_basic_cleartext", "basic", 4, basic("Authorization: Basic YTpi")),
		none("1113.http_basic_cleartext", "bearer", basic("Authorization: Bearer YTpi")),
		only("1114.mail_cleartext_password", "POP3", 10, lines(110, "S: +OK ready", "C: USER a", "S: +OK", "C: PASS secret")),
		verdict("1114.mail_cleartext_password", "IMAP", "1114 detected 2@6", lines(143, "S: * OK IMAP4rev1 ready", "C: a1 LOGIN bob secret")),
		verdict("1114.mail_cleartext_password", "SMTP", "1114 detected 3@10", lines(25, "S: 220 mail.example.org ESMTP", "C: EHLO me", "S: 250 AUTH PLAIN", "C: AUTH PLAIN AGEAYg==")),
		none("1114.mail_cleartext_password", "APOP", lines(110, "S: +OK ready <1.2@example.org>", "C: APOP a c4c9334bac560ecc979e58001b3e22fb")),
		none("1114.mail_cleartext_password", "SMTP with a challenge", lines(25, "S: 220 mail.example.org ESMTP", "C: EHLO me", "S: 250 AUTH CRAM-MD5", "C: AUTH CRAM-MD5")),
		only("1115.ldap_simple_bind_cleartext", "password", 4, bind(berOf(0x80, "secret"))),
		none("1115.ldap_simple_bind_cleartext", "anonymous", bind(berOf(0x80))),
		none("1115.ldap_simple_bind_cleartext", "SASL", bind(berOf(0xa3, berOf(4, "GSSAPI"), berOf(4, "token")))),
		only("1116.telnet_password_prompt", "prompt", 6, func(t *trace) {
			t.dial(client, server, 50000, 23).reply("\xff\xfd\x18\xff\xfd\x20\xff\xfb\x01").reply("Password: ")
		}),
		none("1116.telnet_password_prompt", "no prompt", func(t *trace) {
			t.dial(client, server, 50000, 23).reply("\xff\xfd\x18\xff\xfd\x20\xff\xfb\x01").reply("login: ")
		}),
		only("1117.snmp_default_community", "public", 1, snmp("public")),
		none("1117.snmp_default_community", "own", snmp("publicly-unknown")),
	},
		counted("1118.snmp_community_guessing", 5, 1, 1, func(t *trace, n int) {
			for _, community := range []string{"public", "private", "cisco", "admin", "secret"}[:n] {
				t.ask(50000, 161, snmpGet(community))
			}
		}),
		[]golden{none("1118.snmp_community_guessing", "polling", func(t *trace) {
			for range 10 {
				t.ask(50000, 161, snmpGet("public"))
			}
		})},
	)
}

// snmpGet is a get request of SNMPv2c.
func snmpGet(community string) []byte {
	name := berOf(0x30, berOf(6, []byte{0x2b, 6, 1, 2, 1, 1, 1, 0}), berOf(5))
	return berOf(0x30, berOf(2, 1), berOf(4, community), berOf(0xa0, berOf(2, 1), berOf(2, 0), berOf(2, 0), berOf(0x30, name)))
}
