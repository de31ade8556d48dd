package traffic

// ONC RPC programs and NFS version 3 procedures (RFC 5531, RFC 1813).
const (
	rpcPortmap = 100000
	rpcNFS     = 100003

	nfsNull    = 0
	nfsGetAttr = 1
	nfsLookup  = 3
	nfsRead    = 6
)

const portNFS = 2049

// nfs asks the port mapper for the server's port and reads a file.
func nfs(g *Gen) {
	p := g.local()
	mapper := g.talk(p, 111)
	id := g.u32()
	mapper.exchange(rpcCall(id, rpcPortmap, 2, 3, nil, wire{}.u32(rpcNFS, 3, protoTCP, 0)), rpcReply(id, wire{}.u32(portNFS)))
	c := g.tcp(p, portNFS)
	c.now = mapper.now + 5*millisecond
	c.clientPort = uint16(g.between(700, 1023))
	c.open()
	root, file := xdr(g.bytes(32)), xdr(g.bytes(32))
	data := g.bytes(4000)
	c.nfsCall(nfsNull, nil, nil)
	c.nfsCall(nfsGetAttr, root, wire{}.u32(0).raw(fattr(2, 4096)))
	c.nfsCall(nfsLookup, wire{}.raw(root).raw(xdr([]byte("notes.txt"))),
		wire{}.u32(0).raw(file).u32(1).raw(fattr(1, 4000)).u32(0))
	c.nfsCall(nfsRead, wire{}.raw(file).u64(0).u32(32768),
		wire{}.u32(0, 1).raw(fattr(1, 4000)).u32(4000, 1).raw(xdr(data)))
	c.close()
}

// xdr encodes bytes of variable length (RFC 4506 section 4.10).
func xdr(b []byte) wire { return wire{}.len32(b).align(4) }

// rpcCall builds a call; credentials of nil are those of nobody.
func rpcCall(id, program, version, procedure uint32, credentials, args []byte) wire {
	w := wire{}.u32(id, 0, 2, program, version, procedure)
	if credentials == nil {
		w = w.u32(0, 0)
	} else {
		w = w.u32(1).len32(credentials)
	}
	return w.u32(0, 0).raw(args)
}

func rpcReply(id uint32, result []byte) wire { return wire{}.u32(id, 1, 0, 0, 0, 0).raw(result) }

// nfsCall is a call and its reply, each in a record of one fragment (RFC 5531
// section 11).
func (c *conn) nfsCall(procedure uint32, args, result []byte) {
	id := c.g.u32()
	user := wire{}.u32(0).raw(xdr([]byte("laptop"))).u32(1000, 1000, 1, 1000)
	c.request(rpcRecord(rpcCall(id, rpcNFS, 3, procedure, user, args)))
	c.reply(rpcRecord(rpcReply(id, result)))
}

func rpcRecord(message []byte) wire {
	const last = 1 << 31
	return wire{}.u32(last | uint32(len(message))).raw(message)
}

// fattr are the attributes of a file: kind 1 is a regular one, 2 a directory.
func fattr(kind uint32, size uint64) wire {
	w := wire{}.u32(kind, 0o644, 1, 1000, 1000).u64(size).u64(size).u64(0).u64(0x801).u64(42)
	for range 3 {
		w = w.u32(uint32(epoch/second), 0)
	}
	return w
}
