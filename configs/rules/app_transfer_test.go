package rules

import "strings"

// transferGoldens are the tests of the rules about files and where they go.
func transferGoldens() []golden {
	port := func(parameter string) func(*trace) {
		return func(t *trace) {
			t.dial(client, server, 50000, 21).say("S: 220 FTP server ready", "C: USER a", "S: 331 password please", "C: PASS b", "S: 230 welcome", "C: PORT "+parameter)
		}
	}
	upload := func(text string) func(*trace) {
		return func(t *trace) {
			t.dial(client, "192.0.2.20", 800, 2049).write(0, nfsLookup("budget-2024.xls"))
			t.dial(client, server, 50000, 80).request(text)
		}
	}
	post := "POST /up HTTP/1.1\r\nHost: example.org\r\nContent-Length: 60\r\n\r\n--x\r\nContent-Disposition: form-data; filename=\"budget-202%s.xls\"\r\n\r\n"
	large := func(from uint16, size int) func(*trace) {
		return func(t *trace) {
			t.ask(50000, from, []byte("\x00\x07\x00\x00\x00\x01\x00\x00get a\r\n"))
			t.answer(50000, from, []byte("\x00\x07\x00\x00\x00\x01\x00\x00VALUE a 0 "+"1200\r\n"+strings.Repeat("m", size)))
		}
	}
	return []golden{
		only("1194.ftp_bounce", "another host", 14, port("198,51,100,77,0,25")),
		none("1194.ftp_bounce", "itself", port("192,0,2,10,195,80")),
		verdict("1195.nfs_file_uploaded", "by HTTP", "1195 detected 1@4 2@9", upload(strings.ReplaceAll(post, "%s", "4"))),
		verdict("1195.nfs_file_uploaded", "by FTP", "1195 detected 1@4 3@19", func(t *trace) {
			t.dial(client, "192.0.2.20", 800, 2049).write(0, nfsLookup("budget-2024.xls"))
			t.dial(client, server, 50000, 21).say("S: 220 FTP server ready", "C: USER a", "S: 331 password please", "C: PASS b", "S: 230 welcome", "C: STOR budget-2024.xls")
		}),
		none("1195.nfs_file_uploaded", "another file", upload(strings.ReplaceAll(post, "%s", "3"))),
		only("1196.memcached_amplification", "large", 2, large(11211, 1200)),
		none("1196.memcached_amplification", "small", large(11211, 100)),
	}
}

// nfsLookup is a call of NFS version 3 that looks for a name, over TCP.
func nfsLookup(name string) []byte {
	padded := name + strings.Repeat("\x00", -len(name)&3)
	call := bytesOf(uint32(7), uint32(0), uint32(2), uint32(100003), uint32(3), uint32(3), make([]byte, 16),
		uint32(8), "a handle", uint32(len(name)), padded)
	return bytesOf(0x80, 0, uint16(len(call)), call)
}
