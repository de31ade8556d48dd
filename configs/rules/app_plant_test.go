package rules

import (
	"slices"
	"strings"
	"time"
)

// plantGoldens are the tests of the rules about plants and things.
func plantGoldens() []golden {
	write := modbus(1, 6, 0, 1, 0, 3)
	return slices.Concat(
		[]golden{
			only("1170.modbus_write_from_outside", "write", 4, plantSays(callee, "10.0.0.7", 502, write)),
			none("1170.modbus_write_from_outside", "read", plantSays(callee, "10.0.0.7", 502, modbus(1, 3, 0, 1, 0, 3))),
			none("1170.modbus_write_from_outside", "from inside", plantSays("172.31.255.255", "10.0.0.7", 502, write)),
		},
		counted("1171.modbus_function_probing", 3, 6, 4, func(t *trace, n int) {
			c := t.dial(client, server, 50000, 502)
			for i := range n {
				c.write(0, modbus(1, 20+i, 0, 1)).write(1, modbus(1, 0x94+i, 1))
			}
		}),
		[]golden{none("1171.modbus_function_probing", "other exception", func(t *trace) {
			c := t.dial(client, server, 50000, 502)
			for range 6 {
				c.write(0, modbus(1, 3, 0, 1, 0, 1)).write(1, modbus(1, 0x83, 2))
			}
		})},
		counted("1172.modbus_unit_scan", 5, 4, 2, func(t *trace, n int) {
			c := t.dial(client, server, 50000, 502)
			for i := range n {
				c.write(0, modbus(i+1, 3, 0, 1, 0, 1))
			}
		}),
		[]golden{
			only("1179.modbus_broadcast_write", "all units", 4, plantSays(client, server, 502, modbus(0, 6, 0, 1, 0, 3))),
			none("1179.modbus_broadcast_write", "one unit", plantSays(client, server, 502, write)),
			none("1179.modbus_broadcast_write", "read", plantSays(client, server, 502, modbus(0, 3, 0, 1, 0, 3))),
			only("1173.mqtt_without_password", "nothing", 4, plantSays(client, server, 1883, mqttConnect(2, ""))),
			none("1173.mqtt_without_password", "both", plantSays(client, server, 1883, mqttConnect(0xc2, "\x00\x01a\x00\x01b"))),
			only("1174.mqtt_subscribe_all", "everything", 6, plantSays(client, server, 1883, mqttConnect(2, ""), mqttSubscribe("#"))),
			only("1174.mqtt_subscribe_all", "the broker", 6, plantSays(client, server, 1883, mqttConnect(2, ""), mqttSubscribe("$SYS/broker/#"))),
			none("1174.mqtt_subscribe_all", "a branch", plantSays(client, server, 1883, mqttConnect(2, ""), mqttSubscribe("house/#"))),
			only("1175.s7_stop_or_program", "stop", 6, plantSays(client, server, 102, s7Connect, s7Job(0x29, "\x00\x00\x00\x00\x00\x09P_PROGRAM"))),
			none("1175.s7_stop_or_program", "read", plantSays(client, server, 102, s7Connect, s7Job(4, "\x01\x12\x0a\x10\x02\x00\x01\x00\x00\x83\x00\x00\x00"))),
			only("1176.dnp3_restart", "cold restart", 4, plantSays(client, server, 20000, dnp3(13))),
			none("1176.dnp3_restart", "read", plantSays(client, server, 20000, dnp3(1))),
		},
		counted("1177.iec104_command_burst", 5, 8, 2, func(t *trace, n int) {
			c := t.dial(client, server, 50000, 2404).write(0, hexOf("6804 07000000")).write(1, hexOf("6804 0b000000"))
			for i := range n {
				c.write(0, iec104(45, 6, i))
			}
		}),
		[]golden{none("1177.iec104_command_burst", "interrogations", func(t *trace) {
			c := t.dial(client, server, 50000, 2404).write(0, hexOf("6804 07000000")).write(1, hexOf("6804 0b000000"))
			for i := range 10 {
				c.write(0, iec104(100, 6, i))
			}
		})},
		counted("1178.dicom_title_guessing", 3, 6, 8, func(t *trace, n int) {
			for i := range n {
				associate(t, uint16(50000+i), hexOf("03 00 00000004 00 01 01 07"))
			}
		}),
		[]golden{tooSlow("1178.dicom_title_guessing", 4, 21*time.Second, func(t *trace) {
			associate(t, 50000, hexOf("03 00 00000004 00 01 01 07"))
		})},
	)
}

// plantSays is a connection in which the client sends messages, the first in
// packet 4.
func plantSays(from, to string, port uint16, messages ...[]byte) func(*trace) {
	return func(t *trace) {
		c := t.dial(from, to, 50000, port)
		for _, m := range messages {
			c.write(0, m)
		}
	}
}

// modbus is a message of Modbus over TCP.
func modbus(unit, function int, data ...int) []byte {
	b := bytesOf(uint16(1), uint16(0), uint16(2+len(data)), unit, function)
	for _, d := range data {
		b = append(b, byte(d))
	}
	return b
}

// mqttSubscribe is a SUBSCRIBE to one filter.
func mqttSubscribe(filter string) []byte {
	b := bytesOf(uint16(1), uint16(len(filter)), filter, 0)
	return bytesOf(0x82, len(b), b)
}

// s7Connect opens a connection of the ISO transport.
var s7Connect = hexOf("03000016 11e0 0000 0001 00 c1020100 c2020102 c0010a")

// s7Job is a job of S7 with a function and its parameters.
func s7Job(function int, parameters string) []byte {
	b := bytesOf(hexOf("02f080 3201 0000 0001"), uint16(1+len(parameters)), uint16(0), function, parameters)
	return bytesOf(uint16(0x0300), uint16(4+len(b)), b)
}

// dnp3 is a request of DNP3 from 1 to 10.
func dnp3(function int) []byte {
	return append(dnp3Sum(hexOf("0564 08 c4 0a00 0100")), dnp3Sum(bytesOf(0xc0, 0xc1, function))...)
}

// dnp3Sum appends the CRC that DNP3 puts behind each block.
func dnp3Sum(b []byte) []byte {
	crc := uint16(0)
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0xa6bc
			} else {
				crc >>= 1
			}
		}
	}
	return append(b, byte(^crc), byte(^crc>>8))
}

// iec104 is an I frame with one object.
func iec104(kind, cause, number int) []byte {
	return bytesOf(0x68, 14, 2*number, 0, 0, 0, kind, 1, cause, 0, 1, 0, 5, 0, 0, 1)
}

// associate asks for an association of DICOM and gets an answer: 8 packets, the
// 6th of which is the answer.
func associate(t *trace, port uint16, answer []byte) {
	title := func(name string) string { return name + strings.Repeat(" ", 16-len(name)) }
	body := bytesOf(uint16(1), uint16(0), title("STORE"), title("GUESS"), make([]byte, 32))
	t.dial(client, server, port, 104).write(0, bytesOf(1, 0, uint32(len(body)), body)).write(1, answer).reset(1)
}
