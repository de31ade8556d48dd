package application

import (
	"net/netip"
	"testing"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

func TestFTPRecognition(t *testing.T) {
	recognise(t, mailProtocols, []conversation{
		{name: "banner", port: 2121, say: []string{"<220-Welcome\r\n any text\r\n220 my FTP server\r\n"}, want: "ftp"},
		{name: "client only", port: 2121, say: []string{">USER me\r\n", ">PASS x\r\n", ">SYST\r\n"}, want: "ftp"},
		{name: "server only", port: 21, say: []string{"<220 ready\r\n", "<331 password, please\r\n"}, want: "ftp"},
		{name: "middle", port: 21, say: []string{">PORT 10,0,0,1,4,1\r\n", "<200 ok\r\n"}, want: "ftp"},
		{name: "tls", port: 21, say: []string{"<220 ready\r\n", ">AUTH TLS\r\n", "<234 go\r\n", ">" + helloTo("ftp.example.org")}, want: "ftp.ssl"},
		{name: "listing", port: 20, say: []string{"<total 8\r\ndrwxr-xr-x 2 a b 4096 Jan 1 00:00 dir\r\n"}, want: "ftp", whole: true},
		{name: "file", port: 20, say: []string{"<%PDF-1.7\n1 0 obj"}, want: "ftp", whole: true},
		{name: "file elsewhere", port: 2000, say: []string{"<%PDF-1.7\n1 0 obj"}, want: "unknown", whole: true},
	})
}

// ends returns the client and the server of an FTP session, the server's data
// port included.
func ftpEnds() (client, server, data netip.AddrPort) {
	return netip.MustParseAddrPort("192.0.2.1:40000"), netip.MustParseAddrPort("198.51.100.2:21"), netip.MustParseAddrPort("198.51.100.2:1025")
}

// ftpLogin returns a control connection whose user is logged in.
func ftpLogin(n *prototest.Net) *prototest.Flow {
	client, server, _ := ftpEnds()
	return n.TCPBetween(client, server).Down([]byte("220 FTP ready\r\n")).Up([]byte("USER me\r\n")).Down([]byte("331 password\r\n")).
		Up([]byte("PASS secret\r\n")).Down([]byte("230 in\r\n"))
}

func TestFTPPassive(t *testing.T) {
	n := prototest.New(t, FTP)
	n.Register("ftp.server_data_port", "ftp.client_data_port", "ftp.server_data_addr", "ftp.data_ip_session_id", "ftp.user_name", "ftp.packet_type",
		"ftp.session_connection_type", "ftp.file_name", "ftp.file_size", "ftp.data_direction", "ftp.control_ip_session_id", "ftp.ftp_session_mode")
	control := ftpLogin(n)
	client, _, server := ftpEnds()
	control.Up([]byte("PASV\r\n")).Down([]byte("227 Entering Passive Mode (198,51,100,2,4,1).\r\n")).
		Up([]byte("RETR a.bin\r\n")).Wait(4 * time.Millisecond).Down([]byte("150 Opening a.bin (5 bytes)\r\n"))
	data := n.TCPBetween(netip.AddrPortFrom(client.Addr(), 40001), server).Down([]byte("\x00\x01\x02\x03\x04"))
	if data.Path() != "ethernet.ip.tcp.ftp" {
		t.Fatalf("path of the data connection %q", data.Path())
	}
	for name, want := range map[string]string{
		"ftp.session_connection_type": "2", "ftp.packet_type": "1", "ftp.user_name": "me", "ftp.file_name": "a.bin", "ftp.file_size": "5",
		"ftp.data_direction": "2", "ftp.ftp_session_mode": "1", "ftp.server_data_addr": "198.51.100.2", "ftp.server_data_port": "1025",
		"ftp.client_data_port": "40001", "ftp.control_ip_session_id": prototestID(control), "ftp.data_ip_session_id": prototestID(data),
	} {
		if got := n.Value(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	control.Down([]byte("226 done\r\n"))
	if got := n.Value("ftp.data_ip_session_id"); got != prototestID(data) {
		t.Errorf("data session %s as the control connection knows it, want %s", got, prototestID(data))
	}
	checkFTPInfo(t, FTPOf(n.Handler, data.Flow()), true, control, data)
	checkFTPInfo(t, FTPOf(n.Handler, control.Flow()), false, control, data)
}

func prototestID(f *prototest.Flow) string {
	v := dpi.Value{Type: dpi.U64, N: f.Flow().ID}
	return prototest.Text(&v)
}

func checkFTPInfo(t *testing.T, info *FTPInfo, isData bool, control, data *prototest.Flow) {
	t.Helper()
	if info == nil || info.Data != isData || string(info.User) != "me" || string(info.Password) != "secret" || string(info.FileName) != "a.bin" ||
		info.FileSize != 5 || info.Direction != ftpDownload || info.ControlSession != control.Flow().ID || info.DataSession != data.Flow().ID ||
		info.ResponseTime != int64(5*time.Millisecond) {
		t.Errorf("information %+v", info)
	}
}

func TestFTPActive(t *testing.T) {
	for name, command := range map[string]string{"PORT": "PORT 192,0,2,1,7,209\r\n", "EPRT": "EPRT |1|192.0.2.1|2001|\r\n"} {
		t.Run(name, func(t *testing.T) {
			n := prototest.New(t, FTP)
			control := ftpLogin(n)
			client, server, _ := ftpEnds()
			control.Up([]byte(command)).Down([]byte("200 ok\r\n")).Up([]byte("STOR up.bin\r\n"))
			data := n.TCPBetween(netip.AddrPortFrom(server.Addr(), 20), netip.AddrPortFrom(client.Addr(), 2001)).Down([]byte("12345678"))
			info := FTPOf(n.Handler, data.Flow())
			if info == nil || !info.Data || info.Direction != ftpUpload || string(info.FileName) != "up.bin" || info.FileSize != 8 {
				t.Errorf("information %+v", info)
			}
		})
	}
}

// TestFTPEnds checks what is read from announcements, and that private
// addresses that cannot be seen from outside are replaced.
func TestFTPEnds(t *testing.T) {
	host := ftpEnd{addr: netip.MustParseAddr("198.51.100.2").As16()}
	for _, c := range []struct {
		what uint32
		text string
		want string // "" for none
	}{
		{verbPORT, "10,0,0,1,4,1", "198.51.100.2:1025"},
		{verbPORT, "203,0,113,9,4,1", "203.0.113.9:1025"},
		{227, "Entering Passive Mode (0,0,0,0,4,1)", "198.51.100.2:1025"},
		{229, "Entering Extended Passive Mode (|||6446|)", "198.51.100.2:6446"},
		{verbEPRT, "|2|2001:db8::1|6446|", "[2001:db8::1]:6446"},
		{verbEPRT, "|2|nonsense|6446|", ""},
		{verbPORT, "1,2,3,4,5", ""},
		{verbPORT, "1,2,3,4,5,256", ""},
		{verbPORT, "1,2,3,4,0,0", ""},
		{229, "(|||70000|)", ""},
		{229, "no parenthesis", ""},
	} {
		end, ok := parseFTPEnd(c.what, []byte(c.text), &host)
		got := ""
		if ok {
			got = netip.AddrPortFrom(netip.AddrFrom16(end.addr).Unmap(), end.port).String()
		}
		if got != c.want {
			t.Errorf("%q announces %q, want %q", c.text, got, c.want)
		}
	}
}

func TestFTPControl(t *testing.T) {
	n := prototest.New(t, FTP)
	names := []string{"ftp.ftp_server_system", "ftp.session_features", "ftp.current_directory", "ftp.ftp_status", "ftp.transfer_type", "ftp.password",
		"ftp.file_last_modified", "ftp.packet_request", "ftp.packet_request_parameter", "ftp.packet_response_code", "ftp.packet_reponse_value",
		"ftp.server_control_port", "ftp.client_control_addr", "ftp.last_command"}
	n.Register(names...)
	f := ftpLogin(n)
	for _, step := range []struct{ up, down, name, want string }{
		{"SYST", "215 UNIX Type: L8", "ftp.ftp_server_system", "UNIX Type: L8"},
		{"FEAT", "211-Features:\r\n SIZE\r\n MDTM\r\n211 End", "ftp.session_features", "SIZE,MDTM"},
		{"PWD", `257 "/home/me" is it`, "ftp.current_directory", "/home/me"},
		{"CWD sub", "250 ok", "ftp.current_directory", "/home/me/sub"},
		{"CDUP", "250 ok", "ftp.current_directory", "/home/me"},
		{"CWD /tmp", "250 ok", "ftp.current_directory", "/tmp"},
		{"TYPE i", "200 ok", "ftp.transfer_type", "I"},
		{"MDTM x", "213 20200101000000", "ftp.file_last_modified", "20200101000000"},
		{"NOOP", "200 fine", "ftp.packet_reponse_value", "fine"},
		{"NOOP", "200 fine", "ftp.packet_response_code", "200"},
		{"NOOP", "200 fine", "ftp.server_control_port", "21"},
		{"NOOP", "200 fine", "ftp.client_control_addr", "192.0.2.1"},
		{"NOOP", "200 fine", "ftp.ftp_status", "2"},
		{"SITE CHMOD 1 a", "", "ftp.packet_request", "SITE"},
		{"SITE CHMOD 1 a", "", "ftp.packet_request_parameter", "CHMOD 1 a"},
		{"QUIT", "221 bye", "ftp.ftp_status", "5"},
	} {
		f.Up([]byte(step.up[:2]), []byte(step.up[2:]+"\r\n"))
		if step.down == "" {
			f.Up([]byte(step.up + "\r\n"))
		} else {
			f.Down([]byte(step.down + "\r\n"))
		}
		if got := n.Value(step.name); got != step.want {
			t.Errorf("after %q: %s = %q, want %q", step.up, step.name, got, step.want)
		}
	}
}

// TestFTPForgets checks that an announcement does not outlive its time.
func TestFTPForgets(t *testing.T) {
	n := prototest.New(t, FTP)
	control := ftpLogin(n)
	client, _, server := ftpEnds()
	control.Up([]byte("PASV\r\n")).Down([]byte("227 (198,51,100,2,4,1)\r\n"))
	n.Sleep(ftpAnnouncementLife)
	if got := n.TCPBetween(netip.AddrPortFrom(client.Addr(), 40001), server).Down([]byte("data")).Path(); got != "ethernet.ip.tcp.unknown" {
		t.Errorf("path %q long after the announcement", got)
	}
}
