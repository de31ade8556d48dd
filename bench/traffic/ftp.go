package traffic

import (
	"fmt"
	"net/netip"
	"strings"
)

const portFTP = 21

// ftp is the scenario of RFC 959 and RFC 2428.
func ftp(g *Gen) {
	g.ftpPassive()
	g.ftpActive()
	g.ftpExtended()
}

// ftpLogin opens a control connection and logs in.
func (g *Gen) ftpLogin(p path, user string) *conn {
	c := g.dial(p, portFTP)
	c.lines("S: 220 (vsFTPd 3.0.5)", "C: USER "+user, "S: 331 Please specify the password.",
		"C: PASS guest@example.org", "S: 230 Login successful.", "C: SYST", "S: 215 UNIX Type: L8",
		"C: TYPE I", "S: 200 Switching to Binary mode.")
	return c
}

// ftpPassive lists and gets a file; the client opens the data connections.
func (g *Gen) ftpPassive() {
	c := g.ftpLogin(g.to4("ftp.debian.org"), "anonymous")
	list := "-rw-r--r--    1 ftp      ftp         12000 May 01 00:00 README\r\n"
	c.passive("LIST", "Here comes the directory listing.", []byte(list))
	c.passive("RETR README", "Opening BINARY mode data connection for README (12000 bytes).", []byte(g.text(12000)))
	c.lines("C: QUIT", "S: 221 Goodbye.")
	c.end(false)
}

// passive is PASV, a command, and the transfer of data to the client.
func (c *conn) passive(command, opening string, data []byte) {
	port := c.g.port()
	c.lines("C: PASV", "S: 227 Entering Passive Mode ("+ftpAddress(c.path.server, port)+").")
	d := c.beside(c.path, port)
	d.open()
	c.now = d.now
	c.lines("C: "+command, "S: 150 "+opening)
	d.now = c.now
	d.reply(data)
	d.end(false)
	c.now = d.now
	c.lines("S: 226 Transfer complete.")
}

// beside makes another connection at the same time with the same round trip.
func (c *conn) beside(p path, port uint16) *conn {
	d := c.g.tcp(p, port)
	d.now, d.rtt = c.now, c.rtt
	return d
}

// ftpAddress is a host and a port as six numbers.
func ftpAddress(a netip.Addr, port uint16) string {
	return fmt.Sprintf("%s,%d,%d", strings.ReplaceAll(a.String(), ".", ","), port>>8, port&0xff)
}

// ftpActive stores a file; the server opens the data connection from port 20,
// so it is the client of it.
func (g *Gen) ftpActive() {
	p := g.to4("ftp.example.org")
	c := g.ftpLogin(p, "alice")
	port := g.port()
	c.lines("C: PORT "+ftpAddress(p.client, port), "S: 200 PORT command successful.",
		"C: STOR report.bin", "S: 150 Ok to send data.")
	d := c.beside(path{client: p.server, server: p.client}, port)
	d.clientPort = 20
	d.open()
	d.reply(g.bytes(5000))
	d.end(false)
	c.now = d.now
	c.lines("S: 226 Transfer complete.", "C: QUIT", "S: 221 Goodbye.")
	c.end(false)
}

// ftpExtended is a passive transfer over IPv6.
func (g *Gen) ftpExtended() {
	p := path{client: g.client6(), server: server6("ftp.example.org")}
	c := g.ftpLogin(p, "anonymous")
	port := g.port()
	c.lines("C: EPSV", fmt.Sprintf("S: 229 Entering Extended Passive Mode (|||%d|)", port), "C: NLST", "S: 150 Listing.")
	d := c.beside(p, port)
	d.open()
	d.reply([]byte("README\r\nwelcome.msg\r\n"))
	d.end(false)
	c.now = d.now
	c.lines("S: 226 Directory send OK.", "C: QUIT", "S: 221 Goodbye.")
	c.end(false)
}
