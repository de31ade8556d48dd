package traffic

// TFTP packet types (RFC 1350 section 5, RFC 2347).
const (
	tftpRead  = 1
	tftpWrite = 2
	tftpData  = 3
	tftpAck   = 4
	tftpError = 5
)

const (
	portTFTP  = 69
	tftpBlock = 512
)

// tftp reads a file, writes one and fails to read one.
func tftp(g *Gen) {
	g.tftpTransfer(tftpRead, "pxelinux.0", 1700)
	g.tftpTransfer(tftpWrite, "router-confg", 1024)
	first, t := g.tftpStart(tftpRead, "missing.cfg")
	t.now = first.now
	t.answer(wire{}.u16(tftpError, 1).str("File not found").u8(0))
}

// tftpStart asks for a transfer; the second talk is with the port that the
// server chooses for it.
func (g *Gen) tftpStart(op uint16, file string) (first, transfer *talk) {
	first = g.talk(g.local(), portTFTP)
	first.ask(wire{}.u16(op).str(file).u8(0).str("octet").u8(0))
	transfer = g.talk(first.path, g.port())
	transfer.clientPort, transfer.now, transfer.rtt = first.clientPort, first.now, millisecond
	return first, transfer
}

// tftpTransfer moves n bytes block by block.
func (g *Gen) tftpTransfer(op uint16, file string, n int) {
	_, t := g.tftpStart(op, file)
	upload := op == tftpWrite
	if upload {
		t.answer(wire{}.u16(tftpAck, 0))
	}
	data := g.bytes(n)
	for block := uint16(1); ; block++ {
		size := min(tftpBlock, len(data))
		t.say(upload, wire{}.u16(tftpData, block).raw(data[:size]))
		t.say(!upload, wire{}.u16(tftpAck, block))
		data = data[size:]
		if size < tftpBlock {
			return
		}
	}
}
