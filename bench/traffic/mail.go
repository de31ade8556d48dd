package traffic

import "encoding/base64"

// mail is the scenario of SMTP (RFC 5321), POP3 (RFC 1939) and IMAP (RFC 9051).
func mail(g *Gen) {
	g.smtpPlain()
	g.smtpTLS()
	g.pop3()
	g.imap()
	g.imaps()
}

// letter is a message as it is stored.
func (g *Gen) letter(n int) string {
	return "From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: Report of the week\r\n" +
		"Date: Wed, 1 May 2024 00:00:00 +0000\r\nMessage-ID: <" + g.token() + "@example.org>\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + g.text(n)
}

func (g *Gen) smtpPlain() {
	c := g.dial(g.to("mx.example.net"), 25)
	c.lines("S: 220 mx.example.net ESMTP Postfix",
		"C: EHLO mail.example.org",
		"S: 250-mx.example.net\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250 SMTPUTF8",
		"C: MAIL FROM:<alice@example.org> SIZE=2048", "S: 250 2.1.0 Ok",
		"C: RCPT TO:<bob@example.net>", "S: 250 2.1.5 Ok",
		"C: RCPT TO:<nobody@example.net>", "S: 550 5.1.1 User unknown",
		"C: DATA", "S: 354 End data with <CR><LF>.<CR><LF>")
	c.lines("C: "+g.letter(2500)+"\r\n.", "S: 250 2.0.0 Ok: queued as 4VTqZ13xYz", "C: QUIT", "S: 221 2.0.0 Bye")
	c.end(false)
}

// smtpTLS is a submission that turns to TLS (RFC 3207).
func (g *Gen) smtpTLS() {
	c := g.dial(g.to("smtp.gmail.com"), 587)
	c.lines("S: 220 smtp.gmail.com ESMTP ready", "C: EHLO [192.168.1.20]",
		"S: 250-smtp.gmail.com at your service\r\n250-STARTTLS\r\n250 ENHANCEDSTATUSCODES",
		"C: STARTTLS", "S: 220 2.0.0 Ready to start TLS")
	g.tls12(c, clientHello{name: "smtp.gmail.com", version: tls12})
	c.close()
}

func (g *Gen) pop3() {
	c := g.dial(g.to("pop.example.org"), 110)
	c.lines("S: +OK POP3 server ready <1896.697170952@example.org>",
		"C: CAPA", "S: +OK Capability list follows\r\nTOP\r\nUIDL\r\nUSER\r\n.",
		"C: USER bob", "S: +OK", "C: PASS sesame", "S: +OK maildrop has 1 message",
		"C: STAT", "S: +OK 1 700", "C: LIST", "S: +OK 1 messages\r\n1 700\r\n.", "C: RETR 1")
	c.lines("S: +OK 700 octets\r\n"+g.letter(700)+"\r\n.", "C: DELE 1", "S: +OK", "C: QUIT", "S: +OK bye")
	c.end(false)
}

func (g *Gen) imap() {
	c := g.dial(g.to("imap.example.org"), 143)
	c.lines("S: * OK [CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN] ready",
		"C: a1 CAPABILITY", "S: * CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\na1 OK done",
		"C: a2 AUTHENTICATE PLAIN", "S: + ",
		"C: "+base64.StdEncoding.EncodeToString([]byte("\x00bob\x00sesame")), "S: a2 OK logged in",
		"C: a3 SELECT INBOX", "S: * 1 EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Deleted)\r\na3 OK [READ-WRITE] selected",
		"C: a4 FETCH 1 (FLAGS BODY[HEADER.FIELDS (SUBJECT)])",
		"S: * 1 FETCH (FLAGS (\\Seen) BODY[HEADER.FIELDS (SUBJECT)] {31}\r\nSubject: Report of the week\r\n\r\n)\r\na4 OK done",
		"C: a5 LOGOUT", "S: * BYE logging out\r\na5 OK done")
	c.end(false)
}

// imaps is IMAP inside TLS from the first byte.
func (g *Gen) imaps() {
	c := g.dial(g.to("imap.gmail.com"), 993)
	g.tls13(c, clientHello{name: "imap.gmail.com"})
	c.close()
}
