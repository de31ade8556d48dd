package traffic

// Telnet commands and options (RFC 854, RFC 1091, RFC 1073).
const (
	telnetIAC, telnetDo, telnetWill, telnetWont = 255, 253, 251, 252
	telnetSB, telnetSE                          = 250, 240
	optEcho, optGoAhead, optTerminal, optWindow = 1, 3, 24, 31
)

// telnet is a negotiation, a login with every key in a packet of its own, and
// the output of a command.
func telnet(g *Gen) {
	c := g.dial(g.to("router.example.com"), 23)
	c.request([]byte{telnetIAC, telnetDo, optGoAhead, telnetIAC, telnetWill, optTerminal, telnetIAC, telnetWill, optWindow})
	c.reply([]byte{telnetIAC, telnetDo, optTerminal, telnetIAC, telnetDo, optWindow, telnetIAC, telnetWill, optEcho, telnetIAC, telnetWill, optGoAhead})
	c.request([]byte{telnetIAC, telnetSB, optWindow, 0, 80, 0, 24, telnetIAC, telnetSE, telnetIAC, telnetDo, optEcho})
	c.reply([]byte{telnetIAC, telnetSB, optTerminal, 1, telnetIAC, telnetSE})
	c.request(wire{}.u8(telnetIAC, telnetSB, optTerminal, 0).str("XTERM").u8(telnetIAC, telnetSE))
	c.reply([]byte("\r\nUser Access Verification\r\n\r\nlogin: "))
	c.keys("admin\r", true)
	c.reply([]byte("\r\nPassword: "))
	c.keys("cisco\r", false)
	c.reply([]byte("\r\nWelcome\r\nrouter> "))
	c.keys("show version\r", true)
	c.reply([]byte("\r\n" + g.text(900) + "\r\nrouter> "))
	c.close()
}

// keys types text; the server may echo it.
func (c *conn) keys(text string, echo bool) {
	for i := range len(text) {
		c.wait(c.g.between(60, 220))
		c.request([]byte{text[i]})
		if echo {
			c.reply([]byte{text[i]})
		}
		c.ackNow(echo)
	}
}
