package traffic

import (
	"bufio"
	"io"
)

// WritePcap writes a classic little-endian pcap trace of Ethernet frames with
// microseconds (draft-ietf-opsawg-pcap), which hold the times of packets
// without loss.
func WritePcap(w io.Writer, packets []Packet) error {
	const magic, snapLen, linkEthernet = 0xa1b2c3d4, 262144, 1
	out := bufio.NewWriterSize(w, 1<<16)
	out.Write(wire{}.le32(magic).le16(2, 4).le32(0, 0, snapLen, linkEthernet))
	var header wire
	for _, p := range packets {
		n := uint32(len(p.Data))
		header = header[:0].le32(uint32(p.Time/second), uint32(p.Time%second/microsecond), n, n)
		out.Write(header)
		out.Write(p.Data)
	}
	return out.Flush()
}
