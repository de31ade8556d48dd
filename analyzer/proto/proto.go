// Package proto puts the protocols together: All lists every protocol value of
// its sub-packages, NewRegistry makes the registry of a probe from them. It
// knows protocols; it does not know sessions' storage or reports.
package proto

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/dataplane"
)

// All returns every protocol that has code.
func All() []dpi.Protocol {
	return slices.Concat(
		[]dpi.Protocol{Meta},
		linkList(), networkList(), transportList(),
		applicationList(), mobileList(), industrialList(),
	)
}

// NewRegistry returns a registry of all protocols: those that have code, and
// those that are only names and numbers.
func NewRegistry() (*dpi.Registry, error) {
	reg := dpi.NewRegistry()
	for _, p := range All() {
		if err := reg.Register(p); err != nil {
			return nil, err
		}
	}
	for number, name := range id.Each {
		if reg.IsRegistered(number) {
			continue
		}
		if err := reg.Register(dpi.Protocol{ID: number, Name: name}); err != nil {
			return nil, err
		}
	}
	setRoots(reg)
	return reg, nil
}

// setRoots says how the packets of each link type start.
func setRoots(reg *dpi.Registry) {
	for link, root := range map[dataplane.LinkType]dpi.ProtocolID{
		dataplane.LinkEthernet: id.Ethernet,
		dataplane.LinkIPv4:     id.Ip,
		dataplane.LinkIPv6:     id.Ipv6,
	} {
		reg.SetRoot(link, func(*dpi.Packet) (dpi.ProtocolID, int) { return root, 0 })
	}
	for _, link := range []dataplane.LinkType{dataplane.LinkRaw, dataplane.LinkRaw12, dataplane.LinkRaw14} {
		reg.SetRoot(link, rootRaw)
	}
}

// rootRaw tells IPv4 and IPv6 apart by the version nibble.
func rootRaw(p *dpi.Packet) (dpi.ProtocolID, int) {
	if len(p.Data) == 0 {
		return dpi.Unknown, 0
	}
	switch p.Data[0] >> 4 {
	case 4:
		return id.Ip, 0
	case 6:
		return id.Ipv6, 0
	}
	return dpi.Unknown, 0
}
