package dpdk

import "fmt"

// Port is what a port is and what it has counted since the capture began.
type Port struct {
	ID       int
	Name     string // PCI address or name of a virtual device
	Driver   string // as in net_ixgbe
	NUMA     int    // node of the NIC, -1: none
	Up       bool   // it has a link
	Mbps     uint32 // speed of the link, 0: unknown
	Packets  uint64 // taken from the NIC, of all queues
	Bytes    uint64 // theirs
	Missed   uint64 // lost because nobody took them (imissed)
	Errors   uint64 // damaged on the wire, or longer than the MTU (ierrors)
	NoBuffer uint64 // times that the driver found no buffer (nombuf)
}

// String says what the port is and how fast, in a few words.
func (p Port) String() string {
	link := "no link"
	switch {
	case p.Up && p.Mbps >= 1000:
		link = fmt.Sprintf("%g Gbps", float64(p.Mbps)/1000)
	case p.Up && p.Mbps > 0:
		link = fmt.Sprintf("%d Mbps", p.Mbps)
	case p.Up:
		link = "up"
	}
	return fmt.Sprintf("%d (%s, %s, %s)", p.ID, p.Name, p.Driver, link)
}
