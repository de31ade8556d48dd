package application

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

var fileProtocols = []dpi.Protocol{FTP, SMB, NetBIOS, NFS, SunRPC, AFP, Rsync, ISCSI, NVMeTCP, NBD, Lustre, Ceph, AFS, NDMP, Bacula, Netbackup, Git, SVN, CVS, Distcc, PJL, LPD}

// rpcCall is a call with the credentials of nobody; record says that it is for
// TCP.
func rpcCall(record bool, program, version, procedure int, arguments ...any) string {
	body := prototest.Bytes(uint32(7), uint32(0), uint32(2), uint32(program), uint32(version), uint32(procedure), make([]byte, 16), prototest.Bytes(arguments...))
	if record {
		return raw(uint32(rpcLastFragment|len(body)), body)
	}
	return string(body)
}

// rpcReply is an accepted reply.
func rpcReply(record bool, results ...any) string {
	body := prototest.Bytes(uint32(7), uint32(1), uint32(0), uint32(0), uint32(0), uint32(0), prototest.Bytes(results...))
	if record {
		return raw(uint32(rpcLastFragment|len(body)), body)
	}
	return string(body)
}

// inSession puts a message of SMB into the packet of a session.
func inSession(message []byte) string { return raw(0, 0, uint16(len(message)), message) }

// smb1Message is a message of version 1: command, flags of a reply, words and
// data.
func smb1Message(command int, reply bool, words, data []byte) []byte {
	flags := 0x18
	if reply {
		flags |= 0x80
	}
	return prototest.Bytes("\xffSMB", command, uint32(0), flags, 0x07, 0xc0, make([]byte, 20), len(words)/2, words, len(data), len(data)>>8, data)
}

// smb2Message is a message of version 2.
func smb2Message(command int, reply bool, body ...any) []byte {
	flags := 0
	if reply {
		flags = 1
	}
	return prototest.Bytes("\xfeSMB", 64, 0, 1, 0, uint32(0), command, 0, 1, 0, flags, make([]byte, 47), prototest.Bytes(body...))
}

// ndmpMessage is a header with its record mark.
func ndmpMessage(kind, message, request int) string {
	return raw(uint32(rpcLastFragment|24), uint32(1), uint32(1_600_000_000), uint32(kind), uint32(message), uint32(request), uint32(0))
}

func TestFiles(t *testing.T) {
	name := raw(32, "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0)
	negotiate := inSession(smb1Message(0x72, false, nil, []byte("\x02NT LM 0.12\x00")))
	iscsiLogin := raw(0x43, 0x87, 0, 0, uint32(40), make([]byte, 40), "InitiatorName=iqn.2024-01.org.example:a\x00\x00\x00\x00")
	lnet := raw(uint32(0xc1000000), make([]byte, 20), 1, 2, 3, 4, 0, 0, 2, 0, 5, 6, 7, 8, 0, 0, 2, 0, 0x39, 0x30, 0, 0, 0x39, 0x30, 0, 0, 1, 0, 0, 0, 16, 0, 0, 0)
	recognise(t, fileProtocols, []conversation{
		{name: "smb1", port: 445, say: []string{">" + negotiate}, want: "netbios.smb"},
		{name: "smb2", port: 445, say: []string{">" + inSession(smb2Message(0, false, make([]byte, 36)))}, want: "netbios.smb"},
		{name: "smb3 encrypted", port: 10445, say: []string{">" + inSession(append([]byte("\xfdSMB"), make([]byte, 48)...))}, want: "netbios.smb"},
		{name: "smb in a session", port: 139, say: []string{">" + raw(nbRequest, 0, uint16(68), name, name), "<" + raw(nbPositive, 0, uint16(0)), ">" + negotiate}, want: "netbios.smb"},
		{name: "session joined later", port: 139, say: []string{"<" + raw(nbPositive, 0, uint16(0)), ">" + negotiate}, want: "netbios.smb"},
		{name: "not smb", port: 445, say: []string{">\x00\x00\x00\x10GET / HTTP/1.1\r\n"}, want: "unknown"},
		{name: "nfs over tcp", port: 2049, say: []string{">" + rpcCall(true, rpcNFS, 4, 0)}, want: "nfs"},
		{name: "nfs reply", port: 2049, say: []string{"<" + rpcReply(true)}, want: "nfs"},
		{name: "nfs over udp", udp: true, port: 2049, say: []string{">" + rpcCall(false, rpcNFS, 3, 1)}, want: "nfs"},
		{name: "nfs elsewhere", port: 20490, say: []string{">" + rpcCall(true, rpcNFS, 3, 0)}, want: "nfs"},
		{name: "portmap", udp: true, port: 111, say: []string{">" + rpcCall(false, rpcPortmap, 2, 3), "<" + rpcReply(false, uint32(2049))}, want: "sunrpc.rpc_portmap"},
		{name: "mount", port: 20048, say: []string{">" + rpcCall(true, rpcMount, 3, 1)}, want: "sunrpc.rpc_mount"},
		{name: "locks", port: 4045, say: []string{">" + rpcCall(true, rpcLock, 4, 2)}, want: "sunrpc.nlm"},
		{name: "gluster", port: 24007, say: []string{">" + rpcCall(true, rpcGlusterHand, 2, 2)}, want: "sunrpc.gluster"},
		{name: "reply, then nfs", port: 20490, say: []string{"<" + rpcReply(true), ">" + rpcCall(true, rpcNFS, 3, 0)}, want: "nfs"},
		{name: "another version of rpc", port: 2049, say: []string{">" + raw(uint32(rpcLastFragment|40), uint32(7), uint32(0), uint32(3), uint32(rpcNFS), make([]byte, 24))}, want: "unknown"},
		{name: "afp", port: 548, say: []string{">" + raw(0, dsiOpen, uint16(1), uint32(0), uint32(6), uint32(0), 1, 4, uint32(1024))}, want: "afp"},
		{name: "afp status", port: 1548, say: []string{">" + raw(0, dsiStatus, uint16(1), uint32(0), uint32(0), uint32(0))}, want: "afp"},
		{name: "afp in the middle", port: 548, say: []string{">" + raw(0, dsiCommand, uint16(9), uint32(0), uint32(2), uint32(0), 18, 0)}, want: "afp"},
		{name: "rsync", port: 873, say: []string{"<@RSYNCD: 31.0\n"}, want: "rsync"},
		{name: "iscsi login", port: 3261, say: []string{">" + iscsiLogin}, want: "iscsi"},
		{name: "iscsi in the middle", port: 3260, whole: true, say: []string{">" + raw(0x01, 0x81, make([]byte, 46)), "<" + raw(0x21, 0x80, make([]byte, 46))}, want: "iscsi"},
		{name: "nvme", port: 4420, say: []string{">" + raw(0, 0, 128, 0, 128, make([]byte, 123))}, want: "nvme_tcp"},
		{name: "nbd", port: 10809, say: []string{"<NBDMAGICIHAVEOPT\x00\x03"}, want: "nbd"},
		{name: "lustre", port: 988, say: []string{">" + raw(0x00, 0x71, 0xce, 0xac, 1, 0, 0, 0, uint64(0))}, want: "lustre"},
		{name: "lustre message", port: 1988, say: []string{">" + raw(0xc1, 0, 0, 0, lnet[4:])}, want: "lustre"},
		{name: "ceph", port: 6789, say: []string{"<ceph v027"}, want: "ceph"},
		{name: "afs", udp: true, port: 7000, say: []string{">" + raw(uint32(0x60000000), uint32(0x80000004), uint32(1), uint32(1), uint32(2), 1, 5, 0, 0, uint16(0), uint16(1), uint32(132))}, want: "afs"},
		{name: "ndmp", port: 10000, say: []string{"<" + ndmpMessage(0, 0x502, 0), ">" + ndmpMessage(0, 0x900, 0)}, want: "ndmp"},
		{name: "bacula", port: 9102, say: []string{">" + raw(uint32(25), "Hello Director x calling\n")}, want: "bacula"},
		{name: "netbackup", port: 1556, say: []string{">ack=1\nextension=bpcd\n\n"}, want: "netbackup"},
		{name: "git", port: 9418, say: []string{">0033git-upload-pack /p.git\x00host=example.org\x00"}, want: "git"},
		{name: "git server", port: 9418, say: []string{"<00500123456789012345678901234567890123456789 HEAD\x00multi_ack"}, want: "git"},
		{name: "not git", port: 9418, say: []string{">0033hello"}, want: "unknown"},
		{name: "svn", port: 3690, say: []string{"<( success ( 2 2 ( ) ( edit-pipeline"}, want: "svn"},
		{name: "cvs", port: 2401, say: []string{">BEGIN AUTH REQUEST\n/cvs\n"}, want: "cvs"},
		{name: "distcc", port: 3632, say: []string{">DIST00000001ARGC00000005"}, want: "distcc"},
		{name: "printer", port: 9100, say: []string{">\x1b%-12345X@PJL JOB\r\n"}, want: "pjl"},
		{name: "lpd", port: 515, say: []string{">\x02queue\n", "<\x00"}, want: "lpd"},
	})
}

func TestSMBAttributes(t *testing.T) {
	wide := []byte("\\\x00a\x00.\x00t\x00x\x00t\x00")
	create := append([]byte{0xff, 0, 0, 0, 0, byte(len(wide)), 0}, make([]byte, 41)...)
	// A write of five bytes behind three of padding: the data block starts at 63.
	write := prototest.Bytes(0xff, make([]byte, 19), 5, 0, 66, 0, make([]byte, 4))
	read2 := prototest.Bytes(17, 0, 80, 0, 4, 0, 0, 0, make([]byte, 8), "DATA")
	name2 := prototest.Bytes(57, 0, make([]byte, 42), 120, 0, len(wide)-2, 0, make([]byte, 8), wide[2:])
	for _, c := range []struct {
		name    string
		message []byte
		want    map[string]string
	}{
		{"negotiate", smb1Message(0x72, false, nil, []byte("\x02NT LM 0.12\x00")), map[string]string{"smb.version": "1", "smb.command": "114", "smb.padding": "", "smb.payload": ""}},
		{"create", smb1Message(smb1NTCreate, false, create, append([]byte{0}, wide...)), map[string]string{"smb.nt_create_file": string(wide[2:])}},
		{"write", smb1Message(smb1Write, false, write, []byte("PADhello")), map[string]string{"smb.padding": "PAD", "smb.payload": "68656c6c6f"}},
		{"create 2", smb2Message(smb2Create, false, name2), map[string]string{"smb.version": "2", "smb.command": "5", "smb.nt_create_file": string(wide[2:])}},
		{"read 2", smb2Message(smb2Read, true, read2), map[string]string{"smb.payload": "44415441"}},
		{"encrypted", append([]byte("\xfdSMB"), make([]byte, 48)...), map[string]string{"smb.version": "3", "smb.command": ""}},
	} {
		n := prototest.New(t, SMB)
		n.Register("smb.version", "smb.command", "smb.padding", "smb.payload", "smb.nt_create_file")
		n.TCP(40000, 445).Up([]byte(inSession(c.message)))
		for attribute, want := range c.want {
			if got := n.Value(attribute); got != want {
				t.Errorf("%s: %s = %q, want %q", c.name, attribute, got, want)
			}
		}
		prototest.Prefixes([]byte(inSession(c.message)), func(prefix []byte) { n.TCP(40000, 445).Up([]byte(negotiateSMB), prefix) })
	}
}

// negotiateSMB makes a flow SMB.
var negotiateSMB = inSession(smb1Message(0x72, false, nil, []byte("\x02NT LM 0.12\x00")))
