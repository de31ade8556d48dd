package dpi_test

import (
	"fmt"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

// arpRequest asks who has 10.0.0.2.
var arpRequest = []byte{
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6, // ethernet
	0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2,
}

// dnsQuery asks for a.example over UDP.
var dnsQuery = []byte{
	2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, // ethernet
	0x45, 0, 0, 55, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 53, // ip
	0x9c, 0x40, 0, 53, 0, 35, 0, 0, // udp
	0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0, 1,
}

func ethernet(t int64, data []byte) []dataplane.Packet {
	return []dataplane.Packet{{Data: data, Time: t, Len: uint32(len(data)), Link: dataplane.LinkEthernet}}
}

// A handler, one registered attribute, one packet handler: what manual section
// 5.2 builds as main.
func Example() {
	reg, err := proto.NewRegistry()
	if err != nil {
		panic(err)
	}
	h, err := dpi.NewHandler(reg, session.NewTable(session.Config{}), dpi.Options{})
	if err != nil {
		panic(err)
	}
	port, err := h.RegisterByName("udp", "dest_port")
	if err != nil {
		panic(err)
	}
	err = h.AddPacketHandler(1, func(p *dpi.Packet) {
		fmt.Printf("packet %d, %d bytes", p.Index, p.Len)
		if v := port.Value(); v != nil {
			fmt.Printf(", udp.dest_port %d", v.N)
		}
		fmt.Println()
	})
	if err != nil {
		panic(err)
	}
	h.Process(ethernet(1, arpRequest))
	h.Process(ethernet(2, dnsQuery))
	// Output:
	// packet 1, 42 bytes
	// packet 2, 69 bytes, udp.dest_port 53
}

func ExampleHandler_HandleAttribute() {
	reg, _ := proto.NewRegistry()
	h, _ := dpi.NewHandler(reg, nil, dpi.Options{})
	id, src := reg.AttributeByName("ethernet", "src")
	h.HandleAttribute(id, src.ID, func(_ *dpi.Packet, s *dpi.Slot, v *dpi.Value) {
		fmt.Printf("%s = %s\n", s.Attribute.Name, v.AppendText(nil))
	})
	h.Process(ethernet(1, arpRequest))
	// Output: src = 02:00:00:00:00:01
}

func ExamplePacket_AppendPath() {
	reg, _ := proto.NewRegistry()
	h, _ := dpi.NewHandler(reg, session.NewTable(session.Config{}), dpi.Options{})
	h.AddPacketHandler(1, func(p *dpi.Packet) { fmt.Println(p.AppendPath(nil)) })
	h.Process(ethernet(1, arpRequest))
	// Output: [99 30]
}

func ExampleRegistry() {
	reg, _ := proto.NewRegistry()
	id, known := reg.ID("udp")
	fmt.Println(id, known, reg.Name(354), reg.IsRegistered(354), reg.IsFree(354))
	_, port := reg.AttributeByName("udp", "dest_port")
	fmt.Println(port.ID, port.Type, port.Len, port.Pos, port.Scope)
	// Output:
	// 376 true tcp true false
	// 2 u16 2 2 packet
}

func ExampleHandler_Stats() {
	reg, _ := proto.NewRegistry()
	h, _ := dpi.NewHandler(reg, session.NewTable(session.Config{}), dpi.Options{})
	for t := range int64(3) {
		h.Process(ethernet(t*1e9, dnsQuery))
	}
	udp, _ := reg.ID("udp")
	s := h.Stats(udp)
	fmt.Println(s.Packets, s.Data, s.Payload, s.Sessions, s.LastPacket-s.FirstPacket)
	// Output: 3 207 105 1 2000000000
}

// A protocol of one's own: recognised over UDP by its first bytes.
func ExampleRegistry_Register() {
	reg, _ := proto.NewRegistry()
	err := reg.Register(dpi.Protocol{
		ID: 4000, Name: "hello",
		Attributes: []dpi.Attribute{{ID: 1, Name: "version", Type: dpi.U8, Pos: 5}},
		Classifiers: []dpi.Classifier{{Parent: 376, Weight: 100, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
			if len(d) > 5 && string(d[:5]) == "HELLO" {
				return dpi.Yes
			}
			return dpi.No
		}}},
	})
	if err != nil {
		panic(err)
	}
	h, _ := dpi.NewHandler(reg, session.NewTable(session.Config{}), dpi.Options{})
	version, _ := h.RegisterByName("hello", "version")
	h.AddPacketHandler(1, func(p *dpi.Packet) { fmt.Println(p.AppendPath(nil), version.Value().N) })
	packet := append([]byte{}, dnsQuery[:42]...)
	packet = append(packet, "HELLO\x02"...)
	packet[17], packet[39] = 34, 14 // lengths of ip and udp
	h.Process(ethernet(1, packet))
	// Output: [99 178 376 4000] 2
}
