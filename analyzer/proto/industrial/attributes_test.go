package industrial

import (
	"testing"

	"mmt/analyzer/proto/prototest"
)

// TestOwnAttributes reads the attributes that the library's manual does not
// have.
func TestOwnAttributes(t *testing.T) {
	crc := func(b []byte) []byte {
		return withSum(b, func(b []byte) []byte { return le.AppendUint16(nil, ^crc16Reflected(b, 0xa6bc, 0)) })
	}
	restart := wire(crc(hex("05 64 08 c4 0a 00 01 00")), crc(hex("c0 c1 0d")))
	setup := hex("0300 0019 02f080 32 01 0000 0400 0008 0000 f0 00 0001 0001 01e0")
	tests := []struct {
		what string
		port uint16
		send []byte
		want map[string]string
	}{
		{"write", 502, hex("0001 0000 0006 11 06 0001 0003"), map[string]string{
			"modbus.transaction_id": "1", "modbus.protocol_id": "0", "modbus.length": "6", "modbus.unit_id": "17",
			"modbus.function_code": "6", "modbus.exception_code": ""}},
		{"exception", 502, hex("0001 0000 0003 11 86 02"), map[string]string{
			"modbus.function_code": "134", "modbus.exception_code": "2"}},
		{"restart", 20000, restart, map[string]string{
			"dnp3.destination": "10", "dnp3.source": "1", "dnp3.function_code": "13"}},
		{"link only", 20000, dnp3Reset, map[string]string{"dnp3.function_code": ""}},
		{"interrogation", 2404, hex("6804 43000000 680e 00000000 64 01 06 00 0100 000000 14"), map[string]string{
			"iec60870.type_id": "100", "iec60870.cause": "6"}},
		{"start", 2404, hex("6804 07000000"), map[string]string{"iec60870.type_id": "", "iec60870.cause": ""}},
		{"S7 job", 102, setup, map[string]string{"s7comm.rosctr": "1", "s7comm.function": "240"}},
		{"S7 answer", 102, hex("0300 0016 02f080 32 03 0000 0400 0002 0001 0000 04 01 ff"), map[string]string{"s7comm.function": "4"}},
		{"S7 system message", 102, hex("0300 0015 02f080 32 07 0000 0400 0004 0000 00 01 12 04"), map[string]string{"s7comm.function": ""}},
	}
	n := prototest.New(t, all...)
	for _, tt := range tests {
		for name := range tt.want {
			n.Register(name)
		}
		n.TCP(40000, tt.port).Up(tt.send)
		for name, want := range tt.want {
			if got := n.Value(name); got != want {
				t.Errorf("%s: %s is %q, want %q", tt.what, name, got, want)
			}
		}
		prototest.Prefixes(tt.send, func(prefix []byte) { n.TCP(40000, tt.port).Up(prefix) })
	}
}
