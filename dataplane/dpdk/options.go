package dpdk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mmt/dataplane/filter"
)

// Share says which packets are sure to come from the same Source.
type Share uint8

// The ways of sharing packets out among the queues.
const (
	// ByHosts: all between two hosts, both directions and fragments, by the
	// outer IP addresses. What is not IP comes from the first.
	ByHosts Share = iota
	// ByFlows: both directions of a TCP, UDP or SCTP flow. Fragments go by their
	// addresses, so that they may part from the rest of their flow.
	ByFlows
	// Unknown: the driver has several queues but no hash that can be set.
	Unknown
)

// String completes "shared out".
func (s Share) String() string {
	return [...]string{"by hosts", "by flows", "in a way of the driver's own"}[s]
}

// Options say how ports are captured. The zero value is usable.
type Options struct {
	// EAL are arguments for DPDK's runtime as a shell would split them, the
	// configuration's dpdk-option. What is not there is filled in: one core,
	// no telemetry, and hugepages without files.
	EAL string
	// Queues is the number of receive queues of each port, and of sources; 0: 1.
	Queues int
	// SnapLen is the most bytes handed out of a packet; 0: 65535.
	SnapLen int
	// Descriptors is the number of packets that a queue of the NIC holds until
	// they are taken, as near as the driver can; 0: 2048.
	Descriptors int
	// Held is how many packets can be handed out and not yet released, for each
	// source; 0: 8192. Each takes 2.4 kB. Packets of a burst count until the last
	// of them is released.
	Held int
	// MTU of the ports in bytes, 0: 1500. Frames that are longer are errors.
	MTU int
	// Promiscuous also takes frames that are for other hosts.
	Promiscuous bool
	// HostTime keeps to the computer's clock where the NIC has one.
	HostTime bool
	// Share is how packets are to be shared out: ByHosts or ByFlows. Drivers
	// that cannot do the first do the second.
	Share Share
	// Wait is how long Receive waits for a packet; 0: 100 ms. Negative: not at
	// all, for callers that have a back-off of their own.
	Wait time.Duration
	// Filter is a tcpdump expression (see package filter). Packets that do not
	// match are counted and left out. Empty means all packets.
	Filter string
	// OnState, if set, is told when a port loses its link (with the reason) and
	// when it has it again (nil). It is called by a goroutine of the Device.
	OnState func(port string, err error)
}

// Values of Options that are zero.
const (
	defaultSnapLen     = 65535
	defaultDescriptors = 2048
	defaultHeld        = 8192
	defaultWait        = 100 * time.Millisecond
)

// Largest values of Options.
const (
	maxSnapLen     = 262144 // that of other sources
	maxDescriptors = 65535  // 16 bits in DPDK
	maxHeld        = 1 << 24
	maxMTU         = 65535
	maxQueues      = 1024 // RTE_MAX_QUEUES_PER_PORT
)

func (o *Options) setDefaults() {
	setDefault(&o.Queues, 1)
	setDefault(&o.SnapLen, defaultSnapLen)
	setDefault(&o.Descriptors, defaultDescriptors)
	setDefault(&o.Held, defaultHeld)
	if o.Wait == 0 {
		o.Wait = defaultWait
	}
}

func setDefault(value *int, d int) {
	if *value == 0 {
		*value = d
	}
}

func (o *Options) check() error {
	for _, v := range []struct {
		what         string
		value, least int
		most         int
	}{
		{"receive queues", o.Queues, 1, maxQueues},
		{"bytes as snapshot length", o.SnapLen, 1, maxSnapLen},
		{"descriptors", o.Descriptors, 1, maxDescriptors},
		{"packets held", o.Held, 1, maxHeld},
		{"bytes as MTU", o.MTU, 0, maxMTU},
	} {
		if v.value < v.least || v.value > v.most {
			return fmt.Errorf("%d %s are not possible (use %d to %d)", v.value, v.what, v.least, v.most)
		}
	}
	if o.Share > ByFlows {
		return errors.New("packets can be shared out by hosts or by flows only")
	}
	if o.Filter == "" {
		return nil
	}
	_, err := filter.Parse(o.Filter)
	return err
}

// maxPorts is how many ports a device can have (MMT_MAX_PORTS of shim.h).
const maxPorts = 16

// splitPorts takes "0,1" apart; a port may also be given by its name.
func splitPorts(text string) ([]string, error) {
	var ports []string
	for p := range strings.SplitSeq(text, ",") {
		p = strings.TrimSpace(p)
		switch {
		case p == "":
			return nil, fmt.Errorf("DPDK ports %q: a number or a name is missing (as in \"0,1\")", text)
		case slices.Contains(ports, p):
			return nil, fmt.Errorf("DPDK ports %q: %s is there twice", text, p)
		}
		ports = append(ports, p)
	}
	if len(ports) > maxPorts {
		return nil, fmt.Errorf("DPDK ports %q: these are %d, at most %d are possible", text, len(ports), maxPorts)
	}
	return ports, nil
}
