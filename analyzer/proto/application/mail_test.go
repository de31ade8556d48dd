package application

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// mailProtocols are those whose text resembles each other.
var mailProtocols = []dpi.Protocol{TLS, SMTP, SMTPS, POP, POPS, IMAP, IMAPS, Usenet, FTP, FTPS}

// helloTo is a ClientHello that names a server, in a record of TLS.
func helloTo(name string) string {
	sni := prototest.Bytes(uint16(0), uint16(len(name)+5), uint16(len(name)+3), 0, uint16(len(name)), name)
	body := prototest.Bytes(uint16(0x0303), make([]byte, 32), 0, uint16(4), uint32(0x13011302), 1, 0, uint16(len(sni)), sni)
	message := prototest.Bytes(uint32(1<<24|len(body)), body)
	return string(prototest.Bytes(22, uint16(0x0301), uint16(len(message)), message))
}

func TestMail(t *testing.T) {
	recognise(t, mailProtocols, []conversation{
		{name: "smtp", port: 25, say: []string{"<220 mx.example.org ESMTP\r\n", ">EHLO a.example.org\r\n"}, want: "smtp"},
		{name: "smtp server only", port: 10025, say: []string{"<220 mx ready\r\n", "<250-mx\r\n250-PIPELINING\r\n250 SIZE 1000\r\n"}, want: "smtp"},
		{name: "smtp client only", port: 25, say: []string{">HELO me\r\n", ">MAIL FROM:<a@b.c>\r\n"}, want: "smtp"},
		{name: "lmtp", port: 24, say: []string{"<220 x LMTP\r\n", ">LHLO y\r\n"}, want: "smtp"},
		{name: "smtp starttls", port: 587, say: []string{"<220 mx.example.org ESMTP\r\n", ">EHLO me\r\n", "<250 STARTTLS\r\n", ">STARTTLS\r\n",
			"<220 go\r\n", ">" + helloTo("mx.example.org")}, want: "smtp.ssl"},
		{name: "pop", port: 110, say: []string{"<+OK ready\r\n", ">USER me\r\n", "<+OK\r\n"}, want: "pop"},
		{name: "pop apop", port: 1100, say: []string{"<+OK POP3 server <1.2@example.org>\r\n"}, want: "pop"},
		{name: "pop client only", port: 110, say: []string{">USER me\r\n", ">PASS secret\r\n", ">STAT\r\n", ">LIST\r\n"}, want: "pop"},
		{name: "pop stls", port: 110, say: []string{"<+OK ready\r\n", ">CAPA\r\n", "<+OK\r\nSTLS\r\n.\r\n", ">STLS\r\n", "<+OK\r\n", ">" + helloTo("pop.example.org")}, want: "pop.ssl"},
		{name: "imap", port: 143, say: []string{"<* OK IMAP4rev1 ready\r\n", ">a1 LOGIN me secret\r\n"}, want: "imap"},
		{name: "imap client only", port: 1430, say: []string{">a001 CAPABILITY\r\n"}, want: "imap"},
		{name: "imap server only", port: 1430, say: []string{"<* CAPABILITY IMAP4rev1 IDLE\r\na001 OK done\r\n"}, want: "imap"},
		{name: "imap starttls", port: 143, say: []string{"<* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n", ">. STARTTLS\r\n", "<. OK begin\r\n",
			">" + helloTo("imap.example.org")}, want: "imap.ssl"},
		{name: "nntp", port: 119, say: []string{"<200 news.example.org ready\r\n", ">MODE READER\r\n"}, want: "usenet"},
		{name: "nntp client only", port: 1190, say: []string{">GROUP comp.lang.go\r\n"}, want: "usenet"},
		{name: "nntp server only", port: 119, say: []string{"<200 ready\r\n", "<211 10 1 10 comp.lang.go\r\n"}, want: "usenet"},
		{name: "ftp is not smtp", port: 2100, say: []string{"<220 ready\r\n", ">USER me\r\n", "<331 password\r\n"}, want: "ftp"},
		{name: "a shell", port: 23, say: []string{"<login: \r\n", ">me\r\n", "<Password: \r\n"}, want: "unknown"},
		{name: "sentences", port: 4444, say: []string{">you login here\n", "<please check this\n", ">pwd\n", "<port 80\n", ">turn left\n", "<touch a 5\n"}, want: "unknown"},
		{name: "numbers", port: 25, say: []string{"<220\x00\x01\x02\r\n", ">12345\r\n"}, want: "unknown"},
		{name: "a word", port: 25, say: []string{">hello world\r\n"}, want: "unknown"},
	})
}

func TestMailHost(t *testing.T) {
	n := prototest.New(t, mailProtocols...)
	f := n.TCP(40000, 25).Down([]byte("220 mx.example.org ESMTP\r\n"))
	if f.Host() != "mx.example.org" {
		t.Errorf("host %q of a greeting", f.Host())
	}
	f = n.TCP(40000, 110).Down([]byte("+OK POP3\r\n")).Up([]byte("STLS\r\n")).Down([]byte("+OK\r\n")).Up([]byte(helloTo("pop.example.org")))
	if f.Host() != "pop.example.org" {
		t.Errorf("host %q of a hello after STLS", f.Host())
	}
}
