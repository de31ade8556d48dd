package proto

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
)

// infrastructureList holds the protocols of what networks need to run: names,
// addresses, time, management.
func infrastructureList() []dpi.Protocol {
	return slices.Concat(nameProtocols(), routingProtocols(), managementProtocols(), deviceProtocols())
}

// nameProtocols find names, addresses, services, users, and the time.
func nameProtocols() []dpi.Protocol {
	return []dpi.Protocol{
		application.DNS, application.MDNS, application.LLMNR, application.NetBIOS,
		application.DHCP, application.DHCPv6,
		application.SSDP, application.SLP, application.WSD,
		application.LDAP, application.Kerberos, application.RADIUS, application.TACACS, application.Diameter,
		application.NTP, application.PTP, application.Roughtime, application.Time, application.Daytime,
		application.Whois, application.Finger, application.Ident, application.Gopher,
	}
}

// routingProtocols keep the network's paths, and pass its borders.
func routingProtocols() []dpi.Protocol {
	return []dpi.Protocol{
		application.RIP, application.RIPng, application.BGP, application.BMP, application.RPKIRTR,
		application.HSRP, application.GLBP, application.BFD, application.LDP, application.LISP, application.DLEP, application.HIP, application.WCCP,
		application.NATPMP, application.PCP, application.SOCKS, application.HAProxy, application.ISAKMP,
	}
}

// managementProtocols watch, measure and control machines.
func managementProtocols() []dpi.Protocol {
	return []dpi.Protocol{
		application.SNMP, application.Syslog, application.NetFlow, application.SFlow, application.Collectd,
		application.RMCP, application.Munin, application.Zabbix, application.Checkmk, application.Kismet,
		application.TFTP, application.XDMCP, application.WOL, application.OpenFlow, application.CAPWAP,
		application.Iperf, application.TWAMP, application.OWAMP, application.RipeAtlas,
		application.Echo, application.Chargen, application.CPHA, application.EAQ, application.Ookla,
		application.JSONRPC, application.BFCP, application.UFTP, application.FCIP, application.XOT, application.VMware,
		application.IntReport, application.NDN, application.NDNHTTP,
	}
}

// deviceProtocols are spoken by devices of a vendor or a trade, mostly on the
// local network.
func deviceProtocols() []dpi.Protocol {
	return []dpi.Protocol{
		application.MerakiCloud, application.UBNTAC2, application.MikroTik,
		application.TPLinkSHP, application.TuyaLP, application.Xiaomi, application.NestLogSink,
		application.BJNP, application.HL7, application.DICOM, application.ATG,
		application.Dropbox, application.Spotify, application.Steam, application.TiVoConnect,
		application.Matter, application.AliCloud, application.Avast,
	}
}
