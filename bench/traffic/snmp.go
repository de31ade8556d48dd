package traffic

// SNMP protocol data units (RFC 3416 section 3, RFC 1157 section 4.1).
const (
	snmpGet      = 0xa0
	snmpNext     = 0xa1
	snmpResponse = 0xa2
	snmpSet      = 0xa3
	snmpTrapV1   = 0xa4
	snmpBulk     = 0xa5
	snmpTrapV2   = 0xa7
)

// Application types of SNMP (RFC 2578 section 7.1).
const (
	snmpIPAddress = 0x40
	snmpCounter   = 0x41
	snmpTicks     = 0x43
)

// Object names of the system and interfaces groups (RFC 3418, RFC 2863).
var (
	sysDescr   = berObject(1, 3, 6, 1, 2, 1, 1, 1, 0)
	sysUpTime  = berObject(1, 3, 6, 1, 2, 1, 1, 3, 0)
	sysName    = berObject(1, 3, 6, 1, 2, 1, 1, 5, 0)
	ifInOctets = berObject(1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 1)
	trapOID    = berObject(1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
	linkDown   = berObject(1, 3, 6, 1, 6, 3, 1, 1, 5, 3)
)

// snmp is the scenario of RFC 1157 and RFC 3416.
func snmp(g *Gen) {
	empty := ber(berNull)
	t := g.talk(g.local(), 161)
	id := g.u32() >> 1
	description := binding(sysDescr, berText(berOctets, "Linux router 6.1.0"))
	t.exchange(snmpMessage(0, snmpGet, id, 0, 0, binding(sysDescr, empty)),
		snmpMessage(0, snmpResponse, id, 0, 0, description))
	t.exchange(snmpMessage(1, snmpNext, id+1, 0, 0, binding(sysDescr, empty)),
		snmpMessage(1, snmpResponse, id+1, 0, 0, binding(sysUpTime, berInt(snmpTicks, 8640000))))
	t.exchange(snmpMessage(1, snmpBulk, id+2, 0, 10, binding(sysDescr, empty)),
		snmpMessage(1, snmpResponse, id+2, 0, 0, description, binding(sysUpTime, berInt(snmpTicks, 8640001)),
			binding(sysName, berText(berOctets, "router")), binding(ifInOctets, berInt(snmpCounter, 3_000_000_000))))
	name := binding(sysName, berText(berOctets, "router-2"))
	t.exchange(snmpMessage(1, snmpSet, id+3, 0, 0, name), snmpMessage(1, snmpResponse, id+3, 0, 0, name))
	g.snmpTraps(t.path)
}

// binding is a name with its value.
func binding(name, value []byte) wire { return ber(berSequence, name, value) }

// snmpMessage builds a message; version is 0 for v1 and 1 for v2c. In a bulk
// request the two numbers are non-repeaters and max-repetitions.
func snmpMessage(version uint32, pdu byte, id, status, index uint32, bindings ...[]byte) wire {
	body := ber(pdu, berInt(berInteger, id), berInt(berInteger, status), berInt(berInteger, index), ber(berSequence, bindings...))
	return ber(berSequence, berInt(berInteger, version), berText(berOctets, "public"), body)
}

// snmpTraps are notifications of both versions, which nobody answers.
func (g *Gen) snmpTraps(p path) {
	t := g.talk(p, 162)
	body := ber(snmpTrapV1, berObject(1, 3, 6, 1, 4, 1, 8072, 3, 2, 10), ber(snmpIPAddress, p.client.AsSlice()),
		berInt(berInteger, 2), berInt(berInteger, 0), berInt(snmpTicks, 12345), ber(berSequence, binding(ifInOctets, berInt(snmpCounter, 7))))
	t.ask(ber(berSequence, berInt(berInteger, 0), berText(berOctets, "public"), body))
	t.wait(10)
	t.ask(snmpMessage(1, snmpTrapV2, g.u32()>>1, 0, 0, binding(sysUpTime, berInt(snmpTicks, 12346)), binding(trapOID, linkDown)))
}
