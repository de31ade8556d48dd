package application

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmt/analyzer/proto/prototest"
	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// opaque is bytes behind their length, padded.
func opaque(text string) []byte {
	return prototest.Bytes(uint32(len(text)), text, make([]byte, pad4(len(text))-len(text)))
}

func TestNFSAttributes(t *testing.T) {
	handle := opaque("a handle of a directory")
	putFH := prototest.Bytes(uint32(nfsPutFH), handle)
	attributes := prototest.Bytes(uint32(2), uint64(0x1000000002), opaque("\x00\x00\x01\xa4"))
	open := func(how ...any) []byte {
		return prototest.Bytes(uint32(nfsOpen), uint32(1), uint32(2), uint32(0), uint64(9), opaque("owner"), prototest.Bytes(how...))
	}
	compound := func(tag string, operations ...any) string {
		return rpcCall(true, rpcNFS, 4, 1, opaque(tag), uint32(1), uint32(len(operations)), prototest.Bytes(operations...))
	}
	for _, c := range []struct{ name, call, opcode, file, to string }{
		{"lookup 4", compound("", putFH, prototest.Bytes(uint32(nfsLookup), opaque("a.txt"))), "15", "a.txt", ""},
		{"open 4", compound("", putFH, open(uint32(0), uint32(0), opaque("b.txt"))), "18", "b.txt", ""},
		{"create 4", compound("", putFH, open(uint32(1), uint32(0), attributes, uint32(0), opaque("c.txt"))), "18", "c.txt", ""},
		{"create exclusively 4", compound("", putFH, open(uint32(1), uint32(2), uint64(1), uint32(0), opaque("d"))), "18", "d", ""},
		{"open delegated 4", compound("", putFH, open(uint32(0), uint32(2), make([]byte, 16), opaque("e"))), "18", "e", ""},
		{"remove 4", compound("", prototest.Bytes(uint32(nfsSequence), make([]byte, 32)), putFH, prototest.Bytes(uint32(nfsRemove), opaque("f"))), "28", "f", ""},
		{"rename 4", compound("", putFH, uint32(nfsSaveFH), putFH, prototest.Bytes(uint32(nfsRename), opaque("old"), opaque("newer"))), "29", "old", "newer"},
		{"link 4", compound("", putFH, prototest.Bytes(uint32(nfsCreate), uint32(5), opaque("to"), opaque("link"))), "6", "link", ""},
		{"attributes first 4", compound("", putFH, prototest.Bytes(uint32(nfsGetAttr), uint32(1), uint32(2)), prototest.Bytes(uint32(nfsLookup), opaque("g"))), "15", "g", ""},
		{"no name 4", compound("", putFH, prototest.Bytes(uint32(nfsGetAttr), uint32(1), uint32(2))), "", "", ""},
		{"lookup 3", rpcCall(true, rpcNFS, 3, nfs3Lookup, handle, opaque("h")), "3", "h", ""},
		{"rename 3", rpcCall(true, rpcNFS, 3, nfs3Rename, handle, opaque("i"), handle, opaque("j")), "14", "i", "j"},
		{"link 3", rpcCall(true, rpcNFS, 3, nfs3Link, handle, handle, opaque("k")), "15", "k", ""},
		{"read 3", rpcCall(true, rpcNFS, 3, 6, handle), "", "", ""},
		{"lookup 2", rpcCall(true, rpcNFS, 2, nfs2Lookup, make([]byte, 32), opaque("l")), "4", "l", ""},
		{"rename 2", rpcCall(true, rpcNFS, 2, nfs2Rename, make([]byte, 32), opaque("m"), make([]byte, 32), opaque("n")), "11", "m", "n"},
		{"link 2", rpcCall(true, rpcNFS, 2, nfs2Link, make([]byte, 64), opaque("o")), "12", "o", ""},
	} {
		n := prototest.New(t, NFS)
		n.Register("nfs.file_opcode", "nfs.file_name", "nfs.file_new_name")
		n.TCP(800, 2049).Up([]byte(c.call))
		if got := [3]string{n.Value("nfs.file_opcode"), n.Value("nfs.file_name"), n.Value("nfs.file_new_name")}; got != [3]string{c.opcode, c.file, c.to} {
			t.Errorf("%s: opcode, names %q", c.name, got)
		}
		prototest.Prefixes([]byte(c.call), func(prefix []byte) { n.TCP(800, 2049).Up([]byte(rpcCall(true, rpcNFS, 3, 0)), prefix) })
	}
}

func TestNFSHeader(t *testing.T) {
	n := prototest.New(t, NFS)
	names := []string{"nfs.xid", "nfs.message_type", "nfs.rpc_version", "nfs.program", "nfs.program_version", "nfs.procedure", "nfs.tag", "nfs.minorversion", "nfs.nb_operations"}
	n.Register(names...)
	values := func() string {
		all := make([]string, len(names))
		for i, name := range names {
			all[i] = n.Value(name)
		}
		return strings.Join(all, " ")
	}
	f := n.TCP(800, 2049).Up([]byte(rpcCall(true, rpcNFS, 4, 1, opaque("tag"), uint32(1), uint32(0))))
	if got := values(); got != "7 0 2 100003 4 1 tag 1 0" {
		t.Errorf("call: %s", got)
	}
	f.Down([]byte(rpcReply(true)))
	if got := values(); got != "7 1       " {
		t.Errorf("reply: %q", got)
	}
	n.UDP(800, 2049).Up([]byte(rpcCall(false, rpcNFS, 3, 1)))
	if got := values(); got != "7 0 2 100003 3 1   " {
		t.Errorf("call over UDP: %q", got)
	}
}

// TestNFSTrace reads names from a real trace whose connection was joined in the
// middle.
func TestNFSTrace(t *testing.T) {
	n := prototest.New(t, NFS)
	n.Register("nfs.file_name")
	got := ""
	eachPacket(t, "security/pcap/30.31.nfs_upload.pcap", func(data []byte) {
		n.Raw(dataplane.LinkEthernet, data)
		if name := n.Value("nfs.file_name"); name != "" && !strings.HasSuffix(got, name) {
			got += " " + name
		}
	})
	if !strings.HasPrefix(got, " .hidden test.txt") {
		t.Errorf("names of files:%s", got)
	}
}

// eachPacket calls f with the packets of a trace of the corpus beside the
// repository; where there is none, the test is skipped.
func eachPacket(t *testing.T, name string, f func(data []byte)) {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "corpus", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("no trace to read: ", err)
	}
	src, err := pcapfile.Open(path, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var burst dataplane.Burst
	for src.Receive(&burst) == nil {
		for _, p := range burst.Packets[:burst.N] {
			f(p.Data)
		}
		src.Release(&burst)
	}
}
