// Package proto puts the protocols together: All lists every protocol value of
// its sub-packages, NewRegistry makes the registry of a probe from them. It
// knows protocols; it does not know sessions' storage or reports.
package proto

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application/hosts"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/link"
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

// NewRegistry returns a registry of all protocols: those that have code, the
// services, and those that are only names and numbers.
func NewRegistry() (*dpi.Registry, error) {
	reg := dpi.NewRegistry()
	for _, p := range All() {
		p.Class = dpi.Class(hosts.ClassOf(p.Name))
		if err := reg.Register(p); err != nil {
			return nil, err
		}
	}
	if err := registerServices(reg); err != nil {
		return nil, err
	}
	for number, name := range id.Each {
		if reg.IsRegistered(number) {
			continue
		}
		if err := reg.Register(dpi.Protocol{ID: number, Name: name, Class: dpi.Class(hosts.ClassOf(name))}); err != nil {
			return nil, err
		}
	}
	setRoots(reg)
	return reg, nil
}

// setRoots says how the packets of each link type start.
func setRoots(reg *dpi.Registry) {
	for number, root := range map[dataplane.LinkType]dpi.ProtocolID{
		dataplane.LinkEthernet:    id.Ethernet,
		dataplane.LinkIPv4:        id.Ip,
		dataplane.LinkIPv6:        id.Ipv6,
		dataplane.LinkNull:        id.Loopback,
		dataplane.LinkLoop:        id.Loopback,
		dataplane.LinkSLL:         id.Sll,
		dataplane.LinkSLL2:        id.Sll2,
		dataplane.LinkCHDLC:       id.Chdlc,
		dataplane.LinkPPPoE:       id.Pppoe,
		dataplane.Link80211:       id.Ieee80211,
		dataplane.LinkRadiotap:    id.Radiotap,
		dataplane.Link802154NoFCS: id.Ieee802154,
	} {
		reg.SetRoot(number, func(*dpi.Packet) (dpi.ProtocolID, int) { return root, 0 })
	}
	for number, root := range map[dataplane.LinkType]dpi.RootFunc{
		dataplane.LinkRaw:     rootRaw,
		dataplane.LinkRaw12:   rootRaw,
		dataplane.LinkRaw14:   rootRaw,
		dataplane.LinkPPP:     link.RootPPP,
		dataplane.LinkPPPHDLC: link.RootPPP,
		dataplane.LinkPPI:     link.RootPPI,
		dataplane.Link802154:  link.RootIEEE802154,
	} {
		reg.SetRoot(number, root)
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
