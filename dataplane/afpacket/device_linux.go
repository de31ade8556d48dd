package afpacket

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mmt/dataplane"
	"mmt/suggest"
)

// device is what the kernel tells of an interface.
type device struct {
	name     string
	index    int
	link     dataplane.LinkType
	loopback bool
}

// linkTypes are the link types of hardware types (ARPHRD_ of linux/if_arp.h)
// whose packets start as a dissector knows it. Others are captured cooked.
var linkTypes = map[uint16]dataplane.LinkType{
	unix.ARPHRD_ETHER:              dataplane.LinkEthernet,
	unix.ARPHRD_LOOPBACK:           dataplane.LinkEthernet,
	unix.ARPHRD_IEEE80211:          dataplane.Link80211,
	unix.ARPHRD_IEEE80211_RADIOTAP: dataplane.LinkRadiotap,
	unix.ARPHRD_IEEE802154:         dataplane.Link802154NoFCS,
	unix.ARPHRD_NONE:               dataplane.LinkRaw, // tun, WireGuard
	unix.ARPHRD_RAWIP:              dataplane.LinkRaw,
	unix.ARPHRD_TUNNEL:             dataplane.LinkRaw,
	unix.ARPHRD_TUNNEL6:            dataplane.LinkRaw,
	unix.ARPHRD_SIT:                dataplane.LinkRaw,
}

// findDevice looks an interface up in the network namespace of the thread.
func findDevice(name string) (device, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return device{}, unknownInterface(name)
	}
	hardware, err := hardwareType(name)
	if err != nil {
		return device{}, fmt.Errorf("%s: %w", name, err)
	}
	link, known := linkTypes[hardware]
	if !known {
		link = dataplane.LinkSLL
	}
	return device{name: name, index: i.Index, link: link, loopback: i.Flags&net.FlagLoopback != 0}, nil
}

// ask puts a question about an interface on a socket, whose network namespace
// is asked.
func ask(fd int, name string, question uint) (*unix.Ifreq, error) {
	r, err := unix.NewIfreq(name)
	if err != nil {
		return nil, err
	}
	return r, unix.IoctlIfreq(fd, question, r)
}

func hardwareType(name string) (uint16, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	r, err := ask(fd, name, unix.SIOCGIFHWADDR)
	if err != nil {
		return 0, err
	}
	return r.Uint16(), nil // sa_family
}

// maxListed is how many interfaces an error lists.
const maxListed = 12

// unknownInterface names the interfaces that there are.
func unknownInterface(name string) error {
	all, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("there is no interface %q, and the others cannot be listed: %w", name, err)
	}
	var names []string
	for _, i := range all {
		names = append(names, i.Name)
	}
	slices.Sort(names)
	hint := ""
	if near := suggest.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near)
	}
	if len(names) > maxListed {
		names = append(names[:maxListed], "...")
	}
	return fmt.Errorf("there is no interface %q (%sthere are %s)", name, hint, strings.Join(names, ", "))
}

// explainSocket adds to an error of a packet socket what can be done.
func explainSocket(err error) error {
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) {
		return err
	}
	program, pathErr := os.Executable()
	if pathErr != nil {
		program = os.Args[0]
	}
	return fmt.Errorf("capture needs root or CAP_NET_RAW: setcap cap_net_raw,cap_net_admin+eip %s (%w)", program, err)
}
