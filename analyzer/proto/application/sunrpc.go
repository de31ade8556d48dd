package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SunRPC is Open Network Computing Remote Procedure Call, version 2 (RFC 5531),
// over UDP and, in records, over TCP. The program that is called is put on top
// of it; NFS, which is a protocol of its own here, takes its place.
var SunRPC = dpi.Protocol{
	ID:   id.Sunrpc,
	Name: "sunrpc",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{111, 2049, 635, 20048}, Classify: classifySunRPC},
		{Parent: id.Udp, Weight: 80, Ports: []uint16{111, 2049, 635, 20048}, Classify: classifySunRPC},
	},
	Inspect: inspectSunRPC,
}

// Programs, IANA "Remote Procedure Call (RPC) Program Numbers" and those of
// GlusterFS.
const (
	rpcPortmap     = 100000
	rpcNFS         = 100003
	rpcMount       = 100005
	rpcQuota       = 100011
	rpcLock        = 100021
	rpcStatus      = 100024
	rpcNFSACL      = 100227
	rpcGlusterFOP  = 1298437
	rpcGlusterHand = 14398633
	rpcGlusterPMap = 34123456
	rpcGlusterDump = 123451501
)

const nfsPort = 2049

const (
	rpcLastFragment = 1 << 31
	rpcMaxFragment  = 4 << 20 // bytes; NFS reads and writes at most 1 MiB
	rpcMaxAuth      = 400     // RFC 5531 section 8.2
)

// rpcMessage is a call or a reply.
type rpcMessage struct {
	mark                        bool // a record mark stands before it
	xid                         uint32
	reply                       bool
	program, version, procedure uint32 // of a call
	body                        []byte // arguments or results, as much as there is
}

// parse reads the message at the beginning of d; mark says that a record mark
// comes first.
func (m *rpcMessage) parse(d []byte, mark bool) dpi.Verdict {
	m.mark = mark
	if mark {
		if v := rpcRecordMark(d); v != dpi.Yes {
			return v
		}
		d = d[4:]
	}
	switch {
	case len(d) < 8:
		return dpi.More
	case be32(d[4:]) > 1:
		return dpi.No
	}
	m.xid, m.reply = be32(d), d[7] == 1
	if m.reply {
		return m.parseReply(d[8:])
	}
	return m.parseCall(d[8:])
}

// rpcRecordMark judges the header of a fragment, RFC 5531 section 11.
func rpcRecordMark(d []byte) dpi.Verdict {
	if len(d) > 0 && d[0]&0x7f != 0 {
		return dpi.No
	}
	if len(d) < 4 {
		return dpi.More
	}
	if n := be32(d) &^ rpcLastFragment; n < 24 || n > rpcMaxFragment || be32(d)&rpcLastFragment == 0 && n < 1024 {
		return dpi.No
	}
	return dpi.Yes
}

// parseCall reads what follows the message type of a call: version 2, program,
// version, procedure, credentials and verifier.
func (m *rpcMessage) parseCall(d []byte) dpi.Verdict {
	r := wireReader{b: d}
	version := r.uint(4)
	m.program, m.version, m.procedure = uint32(r.uint(4)), uint32(r.uint(4)), uint32(r.uint(4))
	if r.bad {
		return dpi.More
	}
	if version != 2 || m.version > 255 || m.procedure > 255 || m.program < rpcPortmap || m.program >= 1<<30 {
		return dpi.No
	}
	return m.authentication(&r, 2)
}

// parseReply reads what follows the message type of a reply: accepted or
// denied, verifier, and how it went.
func (m *rpcMessage) parseReply(d []byte) dpi.Verdict {
	r := wireReader{b: d}
	denied := r.uint(4)
	if r.bad {
		return dpi.More
	}
	if denied != 0 { // RPC_MISMATCH with two versions, or AUTH_ERROR with a reason
		if kind, why := r.uint(4), r.uint(4); r.bad || denied != 1 || kind > 1 || why > 14 {
			return dpi.No
		}
		return dpi.Yes
	}
	if v := m.authentication(&r, 1); v != dpi.Yes {
		return v
	}
	if status := r.uint(4); r.bad {
		return dpi.More
	} else if status > 5 {
		return dpi.No
	}
	m.body = r.b
	return dpi.Yes
}

// authentication skips n credentials: flavour, and opaque data with its length.
func (m *rpcMessage) authentication(r *wireReader, n int) dpi.Verdict {
	for range n {
		flavour, size := r.uint(4), r.uint(4)
		if r.bad {
			return dpi.More
		}
		if flavour > 6 && flavour/1000 != 390 && flavour != 300001 || size > rpcMaxAuth {
			return dpi.No
		}
		if r.take(pad4(int(size))); r.bad {
			return dpi.More
		}
	}
	m.body = r.b
	return dpi.Yes
}

// rpcOf reads the message at the beginning of what the packet brought, or of
// all that its direction did.
func rpcOf(p *dpi.Packet, d []byte) (m rpcMessage, v dpi.Verdict) {
	mark := p.Flow == nil || p.Flow.L4 == 6
	if v = m.parse(d, mark); v == dpi.No && len(p.Stream) < len(d) {
		v = m.parse(p.Stream, mark) // joined in the middle of a record
	}
	return m, v
}

// isRPCPort tells whether one of the ports is one where records are looked for
// even if the first segment does not start with one.
func isRPCPort(p *dpi.Packet) bool { return p.HasPort(nfsPort) || p.HasPort(111) }

func classifySunRPC(p *dpi.Packet, d []byte) dpi.Verdict {
	m, v := rpcOf(p, d)
	switch {
	case v == dpi.No && isRPCPort(p) && p.Flow.L4 == 6:
		return dpi.More
	case v == dpi.Yes && isNFS(p, &m):
		return dpi.No
	case v == dpi.Yes && m.reply && !m.mark && !p.HasPort(111) && len(d) < 24:
		return dpi.No
	}
	return v
}

// isNFS tells whether a message is one of NFS: a call says so, a reply comes
// from NFS's port.
func isNFS(p *dpi.Packet, m *rpcMessage) bool {
	if m.reply {
		return p.HasPort(nfsPort)
	}
	return m.program == rpcNFS || m.program == rpcNFSACL
}

// inspectSunRPC puts the program that is called on top.
func inspectSunRPC(p *dpi.Packet, d []byte) (done bool) {
	m, v := rpcOf(p, d)
	if v != dpi.Yes || m.reply {
		return v == dpi.No
	}
	switch m.program {
	case rpcPortmap:
		p.Push(id.RpcPortmap)
	case rpcMount:
		p.Push(id.RpcMount)
	case rpcQuota:
		p.Push(id.Rquota)
	case rpcLock, rpcStatus:
		p.Push(id.Nlm)
	case rpcNFS, rpcNFSACL:
		p.Become(id.Nfs)
	case rpcGlusterFOP, rpcGlusterHand, rpcGlusterPMap, rpcGlusterDump:
		p.Push(id.Gluster)
	}
	return true
}
