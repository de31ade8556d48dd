package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// openedBy returns a protocol over TCP that is told by the very first bytes of
// either direction, which are long and peculiar enough to stand for it alone.
func openedBy(number dpi.ProtocolID, name string, openings ...string) dpi.Protocol {
	var first [256]bool // most flows go no further than their first byte
	for _, opening := range openings {
		first[opening[0]] = true
	}
	classify := func(_ *dpi.Packet, d []byte) dpi.Verdict {
		if len(d) > 0 && !first[d[0]] {
			return dpi.No
		}
		return startsWithAny(d, openings...)
	}
	return dpi.Protocol{
		ID:          number,
		Name:        name,
		Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Classify: classify}},
	}
}

// Protocols of remote access that are told by their opening.
var (
	// Citrix is Independent Computing Architecture, and the Common Gateway
	// Protocol that wraps it.
	Citrix = openedBy(id.Citrix, "citrix", "\x7f\x7fICA\x00", "\x1aCGP/01")
	// Spice is the Simple Protocol for Independent Computing Environments ("Spice
	// protocol", RedLinkMess): its magic and the major version, little endian.
	Spice = openedBy(id.Spice, "spice", "REDQ\x01\x00\x00\x00", "REDQ\x02\x00\x00\x00")
	// ADB is the Android Debug Bridge (Android, "ADB protocol documentation"):
	// the command and the version, little endian.
	ADB = openedBy(id.Adb, "adb", "CNXN\x00\x00\x00\x01", "CNXN\x01\x00\x00\x01", "STLS\x00\x00\x00\x01")
	// JDWP is the Java Debug Wire Protocol; both sides open with the same text.
	JDWP = openedBy(id.Jdwp, "jdwp", "JDWP-Handshake")
)

// Protocols of files and programs that are told by their opening.
var (
	// NBD is the Network Block Device ("The NBD protocol"): the old and the new
	// handshake, the client's flags, requests and replies.
	NBD = openedBy(id.Nbd, "nbd", "NBDMAGICIHAVEOPT", "NBDMAGIC\x00\x00\x42\x02\x81\x86\x12\x53",
		"\x00\x00\x00\x01IHAVEOPT", "\x00\x00\x00\x03IHAVEOPT", "\x25\x60\x95\x13\x00", "\x67\x44\x66\x98\x00\x00\x00")
	// SVN is Subversion's own protocol ("libsvn_ra_svn protocol").
	SVN = openedBy(id.Svn, "svn", "( success ( ", "( 2 ( edit-pipeline ")
	// CVS is the password server of the Concurrent Versions System ("The CVS
	// client/server protocol", section 3).
	CVS = openedBy(id.Cvs, "cvs", "BEGIN AUTH REQUEST\n/", "BEGIN VERIFICATION REQUEST\n/", "I LOVE YOU\n", "I HATE YOU\n")
	// Rsync is the protocol of rsync's daemon.
	Rsync = openedBy(id.Rsync, "rsync", "@RSYNCD: ")
	// Distcc is distributed compilation ("distcc network protocol").
	Distcc = openedBy(id.Distcc, "distcc", "DIST0000000", "DONE0000000")
	// Ceph greets with its version (Ceph, "msgr2 protocol" and "network protocol").
	Ceph = openedBy(id.Ceph, "ceph", "ceph v0", "ceph v2\n")
	// NVMe over TCP opens with the initialisation of a connection (NVM Express,
	// "TCP Transport", ICReq and ICResp): type, flags, lengths, version.
	NVMeTCP = openedBy(id.NvmeTcp, "nvme_tcp", "\x00\x00\x80\x00\x80\x00\x00\x00\x00\x00", "\x01\x00\x80\x00\x80\x00\x00\x00\x00\x00")
	// PJL is the Printer Job Language (HP, "Printer Job Language Technical
	// Reference Manual"), mostly on port 9100.
	PJL = openedBy(id.Pjl, "pjl", "\x1b%-12345X", "@PJL ")
	// Netbackup is the private branch exchange of Veritas NetBackup.
	Netbackup = openedBy(id.Netbackup, "netbackup", "ack=1\nextension=")
)

// Databases that are told by their opening.
var (
	// Neo4j is Bolt ("Bolt Protocol handshake").
	Neo4j = openedBy(id.Neo4j, "neo4j", "\x60\x60\xb0\x17\x00")
	// Tarantool greets with its version ("Binary protocol", greeting message).
	Tarantool = openedBy(id.Tarantool, "tarantool", "Tarantool 1.", "Tarantool 2.", "Tarantool 3.")
	// RethinkDB opens with the magic number of versions 0.3, 0.4 and 1.0, little
	// endian ("Writing RethinkDB drivers").
	RethinkDB = openedBy(id.Rethinkdb, "rethinkdb", "\x3e\xe8\x75\x5f", "\x20\x2d\x0c\x40", "\xc3\xbd\xc2\x34")
	// Firebird opens with op_connect for op_attach in version 2 or 3 of the
	// connect block, or with op_accept.
	Firebird = openedBy(id.Firebird, "firebird", "\x00\x00\x00\x01\x00\x00\x00\x13\x00\x00\x00\x02", "\x00\x00\x00\x01\x00\x00\x00\x13\x00\x00\x00\x03",
		"\x00\x00\x00\x03\xff\xff\x80")
	// SAPHana opens with the versions of its protocol ("SAP HANA SQL Command
	// Network Protocol Reference", initialization request).
	SAPHana = openedBy(id.SapHana, "sap_hana", "\xff\xff\xff\xff\x04\x20\x00\x04\x01")
	// HBase opens with its name, a version and how to authenticate (Apache HBase
	// Reference Guide, "0.95 RPC Specification").
	HBase = openedBy(id.Hbase, "hbase", "HBas\x00\x50", "HBas\x00\x51", "HBas\x00\x52")
)

// Message queues and remote calls that are told by their opening.
var (
	// ZeroC Ice starts each message with its name and the version of the protocol
	// ("The Ice Protocol", message header).
	ZerocIce = openedBy(id.ZerocIce, "zeroc_ice", "IceP\x01\x00")
	// NSQ is told by the client's choice of the protocol and its first command
	// ("TCP protocol spec").
	NSQ = openedBy(id.Nsq, "nsq", "  V2IDENTIFY\n", "  V2SUB ", "  V2PUB ", "  V2AUTH\n", "  V2MPUB ")
	// JRMI is Java Remote Method Invocation ("Java RMI wire protocol"): magic,
	// version, and one of three sub-protocols.
	JRMI = openedBy(id.Jrmi, "jrmi", "JRMI\x00\x01", "JRMI\x00\x02")
	// IBMMQ is WebSphere MQ, whose segments start with an eye-catcher.
	IBMMQ = openedBy(id.IbmMq, "ibm_mq", "TSH \x00\x00", "TSHM\x00\x00", "TSHC\x00\x00")
	// OpenWire names itself behind the length of its first command and the
	// command's type, WireFormatInfo ("OpenWire Version 2 Specification").
	OpenWire = dpi.Protocol{
		ID:          id.Openwire,
		Name:        "openwire",
		Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Classify: classifyOpenWire}},
	}
)

func classifyOpenWire(_ *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) > 1 && (d[0] != 0 || d[1] != 0), len(d) > 4 && d[4] != 1:
		return dpi.No
	case len(d) < 13:
		return dpi.More
	}
	return startsWith(d[5:], "ActiveMQ")
}
