package traffic

import (
	"bufio"
	"io"

	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// WritePcap writes a classic little-endian pcap trace of Ethernet frames with
// microseconds, which hold the times of packets without loss and which every
// reader knows. Its errors are those of w.
func WritePcap(w io.Writer, packets []Packet) error {
	out := bufio.NewWriterSize(w, 1<<16)
	trace, err := pcapfile.NewWriter(out, dataplane.LinkEthernet, false)
	if err != nil {
		return err
	}
	for _, p := range packets {
		if err := trace.WritePacket(p.Time, uint32(len(p.Data)), p.Data); err != nil {
			return err
		}
	}
	return out.Flush()
}
