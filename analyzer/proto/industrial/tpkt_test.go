package industrial

import (
	"testing"

	"mmt/analyzer/proto/prototest"
)

// tpkt wraps what COTP's data unit carries.
func tpkt(user []byte) []byte { return wire(3, 0, uint16(7+len(user)), hex("02 f0 80"), user) }

// The connection request and confirm that open every conversation (X.224
// sections 13.3 and 13.4).
var (
	cotpRequest = hex("03 00 0016 11 e0 0000 0001 00 c1 02 0100 c2 02 0102 c0 01 0a")
	cotpConfirm = hex("03 00 0016 11 d0 0001 0002 00 c0 01 0a c1 02 0100 c2 02 0102")
	s7Setup     = hex("32 01 0000 0400 0008 0000 f0 00 0001 0001 01e0")
)

func TestCOTPUsers(t *testing.T) {
	n := prototest.New(t, all...)
	for name, c := range map[string]struct {
		user []byte
		want string
	}{
		"s7":                    {s7Setup, "tpkt.cotp.s7comm"},
		"s7 plus":               {hex("72 01 00 0c 31 00 00 04 ca"), "tpkt.cotp.s7comm_plus"},
		"mms":                   {hex("0d 16 05 06 13 01 00 16 01 02 c1 0c 06 05 28ca220201 06 01 51 00 00"), "tpkt.cotp.iso9506_1_mms"},
		"mms data":              {hex("01 00 01 00 61 0a 30 08 02 01 03 a0 03 02 01 01"), "tpkt.cotp.iso9506_1_mms"},
		"iso session":           {hex("0d 16 05 06 13 01 00 16 01 02 c1 0c 06 05 2603010101 06 01 51 00 00"), "tpkt.cotp"},
		"s7 plus of no version": {hex("72 09 00 0c 31 00 00 04 ca"), "tpkt.cotp"},
		"something":             {hex("55 66 77"), "tpkt.cotp"},
	} {
		f := n.TCP(40000, 102).Up(cotpRequest).Down(cotpConfirm).Up(tpkt(c.user))
		if got, want := f.Final(), "ethernet.ip.tcp."+c.want; got != want {
			t.Errorf("%s: path %s, want %s", name, got, want)
		}
	}
}

func TestTPKTElsewhere(t *testing.T) {
	n := prototest.New(t, all...)
	for name, f := range map[string]*prototest.Flow{
		"other port":    n.TCP(40000, 3000).Up(cotpRequest),
		"other version": n.TCP(40000, 102).Up(hex("04 00 0016 11 e0 0000 0001 00")),
		"other unit":    n.TCP(40000, 102).Up(hex("03 00 0016 11 20 0000 0001 00")),
	} {
		if got := f.Final(); got != "ethernet.ip.tcp.unknown" {
			t.Errorf("%s: path %s", name, got)
		}
	}
}

func TestS7Attributes(t *testing.T) {
	n := prototest.New(t, all...)
	want := map[string]string{
		"tpkt.version": "3", "tpkt.reserved": "0", "tpkt.length": "25",
		"cotp.length": "2", "cotp.pdu_type": "240",
		"s7comm.proto_id": "50", "s7comm.rosctr": "1", "s7comm.pdur": "1024",
		"s7comm.param_length": "8", "s7comm.data_length": "0", "s7comm.reserved": "0",
	}
	for name := range want {
		n.Register(name)
	}
	n.TCP(40000, 102).Up(cotpRequest).Down(cotpConfirm).Up(tpkt(s7Setup))
	for name, value := range want {
		if got := n.Value(name); got != value {
			t.Errorf("%s = %s, want %s", name, got, value)
		}
	}
}

func TestTPKTTruncated(t *testing.T) {
	n := prototest.New(t, all...)
	n.Register("s7comm.data_length", "cotp.pdu_type")
	message := tpkt(s7Setup)
	prototest.Prefixes(message, func(prefix []byte) {
		n.TCP(40000, 102).Up(cotpRequest).Up(prefix)
		if whole := len(prefix) >= 7+10; (n.Value("s7comm.data_length") != "") != whole {
			t.Errorf("cut at %d: data_length %q", len(prefix), n.Value("s7comm.data_length"))
		}
	})
}

func TestCoAPInside(t *testing.T) {
	n := prototest.New(t, all...)
	f := n.UDP(40000, 5683).Up(hex("40 02 0001 33 612e62 82 7264 49 6c776d326d3d312e30"))
	if f.Path() != "ethernet.ip.udp.coap.lwm2m" || f.Host() != "a.b" {
		t.Errorf("path %s, host %q", f.Path(), f.Host())
	}
}
