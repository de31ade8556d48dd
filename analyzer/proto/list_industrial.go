package proto

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/industrial"
)

// industrialList holds the protocols of package industrial.
func industrialList() []dpi.Protocol {
	return slices.Concat(plantProtocols(), energyProtocols(), isoProtocols(), vehicleProtocols(), thingProtocols())
}

// plantProtocols connect controllers with what they control.
func plantProtocols() []dpi.Protocol {
	return []dpi.Protocol{
		industrial.Modbus, industrial.EthernetIP, industrial.CIP, industrial.Profinet, industrial.FINS, industrial.ADS,
		industrial.HARTIP, industrial.OPCUA, industrial.EGD, industrial.EtherSBus, industrial.EtherSIO, industrial.TriStation,
		industrial.EtherCAT, industrial.MELSEC, industrial.GESRTP, industrial.CODESYS, industrial.Moxa, industrial.Lantronix, industrial.Crimson,
	}
}

// energyProtocols connect substations and meters.
func energyProtocols() []dpi.Protocol {
	return []dpi.Protocol{
		industrial.IEC60870, industrial.DNP3, industrial.Synchrophasor, industrial.IEC62056, industrial.C1222, industrial.CNPIP,
		industrial.MBus,
	}
}

// isoProtocols are TPKT and what it carries.
func isoProtocols() []dpi.Protocol {
	return []dpi.Protocol{industrial.TPKT, industrial.COTP, industrial.S7}
}

// vehicleProtocols are spoken in cars and trains.
func vehicleProtocols() []dpi.Protocol {
	return []dpi.Protocol{industrial.SOMEIP, industrial.DoIP, industrial.CAN, industrial.TRDP}
}

// thingProtocols connect buildings, robots and small devices.
func thingProtocols() []dpi.Protocol {
	return []dpi.Protocol{industrial.BACnet, industrial.NiagaraFox, industrial.KNX, industrial.RTPS, industrial.CoAP, industrial.LPS}
}
