package afpacket

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// sysNet is where the kernel shows interfaces; replaced in tests.
var sysNet = "/sys/class/net"

// nicLosses follows the kernel's counter of packets that the NIC had no room
// for: rx_missed_errors, which drivers that do not know leave at 0.
type nicLosses struct {
	path string // "": this interface is not to be seen there
	last uint64 // last value read
	lost uint64 // since the capture began
}

// begin starts from what the counter of an interface is now.
func (n *nicLosses) begin(d device) {
	n.path = ""
	folder := filepath.Join(sysNet, d.name)
	// In a network namespace, the folder may show those of another one.
	if index, err := readNumber(filepath.Join(folder, "ifindex")); err != nil || index != uint64(d.index) {
		return
	}
	path := filepath.Join(folder, "statistics", "rx_missed_errors")
	if value, err := readNumber(path); err == nil {
		n.path, n.last = path, value
	}
}

// look adds what was lost since the last look.
func (n *nicLosses) look() {
	if n.path == "" {
		return
	}
	value, err := readNumber(n.path)
	if err != nil {
		return // the interface is being removed
	}
	if value > n.last { // else it has begun anew
		n.lost += value - n.last
	}
	n.last = value
}

// end looks for the last time.
func (n *nicLosses) end() {
	n.look()
	n.path = ""
}

func readNumber(path string) (uint64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
}
