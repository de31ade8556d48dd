package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ZooKeeper is the client protocol of Apache ZooKeeper, told by how a session is
// opened, or on its port by the words that ask for the server's state.
var ZooKeeper = dpi.Protocol{
	ID:          id.Zookeeper,
	Name:        "zookeeper",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{zookeeperPort}, Classify: classifyZooKeeper}},
}

const (
	zookeeperPort     = 2181
	zookeeperPassword = 16
	// Lengths of a request and an answer without the byte for "read only".
	zookeeperRequest = 44
	zookeeperAnswer  = 36
)

// classifyZooKeeper expects a length and version 0; then, for a request, what
// was seen last; then the time-out, the session, and a password of 16 bytes.
func classifyZooKeeper(p *dpi.Packet, d []byte) dpi.Verdict {
	if p.HasPort(zookeeperPort) && isZooKeeperWord(d) {
		return dpi.Yes
	}
	if !isZero(d[:min(len(d), 3)]) {
		return dpi.No
	}
	if len(d) < 4 {
		return dpi.More
	}
	password := 0 // where its length is
	switch n := int(d[3]); n {
	case zookeeperRequest, zookeeperRequest + 1:
		password = 4 + 4 + 8 + 4 + 8
	case zookeeperAnswer, zookeeperAnswer + 1:
		password = 4 + 4 + 4 + 8
	default:
		return dpi.No
	}
	if len(d) < password+4 {
		return dpi.More
	}
	timeout := be32(d[password-12:])
	return verdict(be32(d[4:]) == 0 && timeout > 0 && timeout < 10_000_000 && be32(d[password:]) == zookeeperPassword)
}

// isZooKeeperWord tells whether d is a command of four letters.
func isZooKeeperWord(d []byte) bool {
	if len(d) != 4 && (len(d) != 5 || d[4] != '\n') {
		return false
	}
	return equalFoldAny(d[:4], "ruok", "imok", "stat", "srvr", "mntr", "conf", "cons", "dump", "envi", "isro", "wchs", "wchc", "srst")
}
