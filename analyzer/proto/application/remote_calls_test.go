package application

import (
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

var remoteCallProtocols = []dpi.Protocol{Thrift, Corba, JRMI, DCERPC, AJP, FastCGI, Dubbo, BRPC, MsgpackRPC, ZerocIce, Gearman, Raft, ZooKeeper, Serf,
	EPMD, HiSLIP, Z3950, LotusNotes, SAPRouter}

// dcerpcMessage is a PDU over a connection.
func dcerpcMessage(kind, length int) string {
	return raw(5, 0, kind, 3, 0x10, 0, 0, 0, length, length>>8, 0, 0, uint32(1), make([]byte, length-16))
}

func TestRemoteCalls(t *testing.T) {
	method := raw(uint32(0x80010001), uint32(4), "ping", uint32(0), 0)
	datagram := raw(4, 0, 0x28, 0, 0x10, 0, 0, 0, make([]byte, 56), 1, 0, 0, 0, uint16(0), uint16(0xffff), uint16(0xffff), 8, 0, uint16(0), 0, 0, make([]byte, 8))
	raftVote := raw(3, make([]byte, 7), 40, make([]byte, 7), 6, make([]byte, 7), 1, make([]byte, 7), 0xc6, make([]byte, 7), 4, make([]byte, 7), uint64(0))
	zoo := raw(uint32(44), uint32(0), uint64(0), uint32(30000), uint64(0), uint32(16), make([]byte, 16))
	z3950 := raw(z3950Init, 15, z3950Version, 2, 0, 0xe0, z3950Options, 3, 0, 0xc1, 0xa2, 0x85, 2, uint16(4096))
	recognise(t, remoteCallProtocols, []conversation{
		{name: "thrift", port: 9090, say: []string{">" + method}, want: "thrift"},
		{name: "thrift in frames", port: 9091, say: []string{">" + raw(uint32(len(method)), method)}, want: "thrift"},
		{name: "thrift compact", port: 9091, say: []string{">" + raw(0x82, 0x21, 1, 9, "emitBatch", 0x1c)}, want: "thrift"},
		{name: "thrift udp", udp: true, port: 6831, say: []string{">" + raw(0x82, 0x81, 1, 9, "emitBatch", 0x1c)}, want: "thrift"},
		{name: "not thrift", port: 9090, say: []string{">" + raw(uint32(0x80010001), uint32(4), "p ng", uint32(0), 0)}, want: "unknown"},
		{name: "corba", port: 2809, say: []string{">GIOP\x01\x02\x01\x00\x00\x00\x00\x10"}, want: "corba"},
		{name: "corba groups", udp: true, port: 5000, say: []string{">MIOP\x10\x01\x00\x00"}, want: "corba"},
		{name: "rmi", port: 1099, say: []string{">JRMI\x00\x02\x4b"}, want: "jrmi"},
		{name: "dcerpc", port: 135, say: []string{">" + dcerpcMessage(11, 72), "<" + dcerpcMessage(12, 60)}, want: "dcerpc"},
		{name: "dcerpc datagram", udp: true, port: 34964, say: []string{">" + datagram}, want: "dcerpc"},
		{name: "not dcerpc", port: 135, say: []string{">\x05\x00\x0b\x03\x22\x00\x00\x00\x48\x00\x00\x00\x01\x00\x00\x00"}, want: "unknown"},
		{name: "ajp ping", port: 8009, say: []string{">\x12\x34\x00\x01\x0a", "<AB\x00\x01\x09"}, want: "ajp"},
		{name: "ajp request", port: 8010, say: []string{">\x12\x34\x00\x80\x02\x02\x00\x08HTTP/1.1\x00"}, want: "ajp"},
		{name: "ajp answer", port: 8010, say: []string{"<AB\x00\x20\x04\x00\xc8\x00\x02OK\x00"}, want: "ajp"},
		{name: "fastcgi", port: 9000, say: []string{">" + raw(1, 1, uint16(1), uint16(8), 0, 0, uint16(1), 0, make([]byte, 5))}, want: "fastcgi"},
		{name: "fastcgi answer", port: 9001, say: []string{"<" + raw(1, 6, uint16(1), uint16(24), 0, 0, "Content-type: text/html\n")}, want: "fastcgi"},
		{name: "dubbo", port: 20880, say: []string{">" + raw(0xda, 0xbb, 0xc2, 0, uint64(1), uint32(5), "05abc")}, want: "dubbo"},
		{name: "brpc", port: 8002, say: []string{">PRPC\x00\x00\x00\x20\x00\x00\x00\x10"}, want: "brpc"},
		{name: "msgpack rpc", port: 18800, say: []string{">" + raw(0x94, 0, 1, 0xa4, "ping", 0x90)}, want: "msgpack_rpc", whole: true},
		{name: "ice", port: 10000, say: []string{"<IceP\x01\x00\x01\x00\x03\x00\x0e\x00\x00\x00"}, want: "zeroc_ice"},
		{name: "gearman", port: 4730, say: []string{">\x00REQ\x00\x00\x00\x07\x00\x00\x00\x05hello"}, want: "gearman"},
		{name: "raft connects", port: 9001, say: []string{">" + raw(1, make([]byte, 7), 2, make([]byte, 7), 16, make([]byte, 7), "127.0.0.1:9001\x00\x00")}, want: "raft"},
		{name: "raft votes", port: 9001, say: []string{">" + raftVote}, want: "raft", whole: true},
		{name: "raft of consul", port: 8300, say: []string{">" + raw(1, 0x88, 0xa9, "RPCHeader", 0x81)}, want: "raft"},
		{name: "zookeeper", port: 2182, say: []string{">" + zoo}, want: "zookeeper"},
		{name: "zookeeper answer", port: 2182, say: []string{"<" + raw(uint32(37), uint32(0), uint32(30000), uint64(1), uint32(16), make([]byte, 17))}, want: "zookeeper"},
		{name: "zookeeper word", port: 2181, say: []string{">ruok"}, want: "zookeeper", whole: true},
		{name: "serf", udp: true, port: 7946, say: []string{">" + raw(0, 0x86, 0xa5, "SeqNo", 1)}, want: "serf"},
		{name: "epmd", port: 4369, say: []string{">\x00\x04zabc"}, want: "epmd", whole: true},
		{name: "hislip", port: 4880, say: []string{">HS\x00\x00\x01\x00RS\x00\x00\x00\x00\x00\x00\x00\x07hislip0"}, want: "hislip"},
		{name: "z3950", port: 2100, say: []string{">" + z3950}, want: "z3950"},
		{name: "z3950 server only", port: 9991, say: []string{"<" + raw(z3950InitBack, z3950[1:])}, want: "z3950"},
		{name: "lotus notes", port: 1352, say: []string{">" + raw(0x7c, 0, 1, 2, 3, 4, 0, 0, 2, 0, 0, 0x40, 2, 0x0f, make([]byte, 8))}, want: "lotus_notes"},
		{name: "sap router", port: 3299, say: []string{">" + raw(uint32(40), "NI_ROUTE\x00", make([]byte, 31))}, want: "sap_router"},
	})
}

// TestRandomPayload checks that what is random is not taken for any protocol of
// servers, on no port of theirs in particular.
func TestRandomPayload(t *testing.T) {
	n := prototest.New(t, slices.Concat(remoteCallProtocols, mailProtocols[1:], messageProtocols, fileProtocols[1:], databaseProtocols[1:], remoteProtocols[1:])...)
	state := uint64(1)
	for range 2000 {
		b := make([]byte, 64)
		for i := range b {
			state = state*6364136223846793005 + 1442695040888963407
			b[i] = byte(state >> 56)
		}
		for _, path := range [...]string{n.TCP(40000, 4444).Up(b).Final(), n.UDP(40000, 4444).Up(b).Final()} {
			if path != "ethernet.ip.tcp.unknown" && path != "ethernet.ip.udp.unknown" {
				t.Errorf("%x is taken for %s", b, path)
			}
		}
	}
}
