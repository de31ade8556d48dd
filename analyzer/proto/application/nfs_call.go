package application

// nfsCall is what a call of NFS says about files. All slices are views.
type nfsCall struct {
	compound   bool // version 4: tag, minor and operations are there
	tag        []byte
	minor      uint32
	operations uint32
	opcode     uint32 // the first operation that names a file
	name       []byte // the file's name in its directory
	newName    []byte // where it is renamed or linked to
}

// Procedures of versions 2 and 3 that name files, RFC 1094 section 2.2 and RFC
// 1813 section 3.3.
const (
	nfs2Lookup = 4
	nfs2Create = 9
	nfs2Rename = 11
	nfs2Link   = 12
	nfs2Rmdir  = 15
	nfs2Handle = 32 // bytes of a file handle

	nfs3Lookup   = 3
	nfs3Create   = 8
	nfs3Rename   = 14
	nfs3Link     = 15
	nfs4Compound = 1
)

// parse reads the arguments of a call.
func (c *nfsCall) parse(m *rpcMessage) {
	r := wireReader{b: m.body}
	c.opcode = m.procedure
	switch {
	case m.version == 2:
		c.version2(&r)
	case m.version == 3:
		c.version3(&r)
	case m.version == 4 && m.procedure == nfs4Compound:
		c.version4(&r)
	}
}

// version2 reads a directory's handle, of fixed length, and a name.
func (c *nfsCall) version2(r *wireReader) {
	switch op := c.opcode; {
	case op == nfs2Lookup, op >= nfs2Create && op <= nfs2Rename, op > nfs2Link && op <= nfs2Rmdir:
		r.take(nfs2Handle)
		c.name = xdrText(r)
		if op == nfs2Rename {
			r.take(nfs2Handle)
			c.newName = xdrText(r)
		}
	case op == nfs2Link:
		r.take(2 * nfs2Handle)
		c.name = xdrText(r)
	}
}

// version3 reads a directory's handle and a name.
func (c *nfsCall) version3(r *wireReader) {
	switch op := c.opcode; {
	case op == nfs3Lookup, op >= nfs3Create && op <= nfs3Rename:
		xdrOpaque(r)
		c.name = xdrText(r)
		if op == nfs3Rename {
			xdrOpaque(r)
			c.newName = xdrText(r)
		}
	case op == nfs3Link:
		xdrOpaque(r)
		xdrOpaque(r)
		c.name = xdrText(r)
	}
}

// Operations of version 4, RFC 7530 section 16 and RFC 8881 section 18.
const (
	nfsAccess        = 3
	nfsClose         = 4
	nfsCommit        = 5
	nfsCreate        = 6
	nfsGetAttr       = 9
	nfsGetFH         = 10
	nfsLink          = 11
	nfsLookup        = 15
	nfsLookupParent  = 16
	nfsNverify       = 17
	nfsOpen          = 18
	nfsOpenConfirm   = 20
	nfsPutFH         = 22
	nfsPutPubFH      = 23
	nfsPutRootFH     = 24
	nfsRead          = 25
	nfsReadDir       = 26
	nfsReadLink      = 27
	nfsRemove        = 28
	nfsRename        = 29
	nfsRenew         = 30
	nfsRestoreFH     = 31
	nfsSaveFH        = 32
	nfsSetAttr       = 34
	nfsVerify        = 37
	nfsWrite         = 38
	nfsSequence      = 53
	nfsStateID       = 16 // bytes
	nfsSequenceArg   = 32 // bytes of a SEQUENCE operation
	nfsMaxOperations = 64 // operations that are looked through
)

// version4 reads a COMPOUND up to the first operation that names a file.
func (c *nfsCall) version4(r *wireReader) {
	c.tag = xdrOpaque(r)
	c.minor, c.operations = uint32(r.uint(4)), uint32(r.uint(4))
	if r.bad {
		c.tag = nil
		return
	}
	c.compound = true
	for range min(c.operations, nfsMaxOperations) {
		c.opcode = uint32(r.uint(4))
		if r.bad || c.operation(r) || !c.skip(r) {
			return
		}
	}
}

// operation reads an operation that names a file. ok is false if it is none.
func (c *nfsCall) operation(r *wireReader) (ok bool) {
	switch c.opcode {
	case nfsLookup, nfsRemove, nfsLink:
		c.name = xdrText(r)
	case nfsRename:
		c.name = xdrText(r)
		c.newName = xdrText(r)
	case nfsCreate:
		switch r.uint(4) {
		case 5: // a symbolic link: where it points
			xdrOpaque(r)
		case 3, 4: // a device: its numbers
			r.take(8)
		}
		c.name = xdrText(r)
	case nfsOpen:
		c.open(r)
	default:
		return false
	}
	return true
}

// open reads the name in an OPEN, RFC 7530 section 16.16.
func (c *nfsCall) open(r *wireReader) {
	r.take(4 + 4 + 4 + 8) // seqid, access, deny, client
	xdrOpaque(r)          // owner
	if r.uint(4) == 1 {   // create: unchecked, guarded, exclusive, exclusive with attributes
		mode := r.uint(4)
		if mode >= 2 {
			r.take(8)
		}
		if mode != 2 {
			xdrAttributes(r)
		}
	}
	switch r.uint(4) { // claim: by name, delegated before by name, delegated now by name
	case 0, 3:
		c.name = xdrText(r)
	case 2:
		r.take(nfsStateID)
		c.name = xdrText(r)
	}
}

// skip passes over an operation that names no file. ok is false if its length
// is not known.
func (c *nfsCall) skip(r *wireReader) (ok bool) {
	switch c.opcode {
	case nfsGetFH, nfsLookupParent, nfsPutPubFH, nfsPutRootFH, nfsReadLink, nfsRestoreFH, nfsSaveFH:
	case nfsAccess:
		r.take(4)
	case nfsClose, nfsOpenConfirm:
		r.take(4 + nfsStateID)
	case nfsCommit:
		r.take(8 + 4)
	case nfsGetAttr:
		xdrBitmap(r)
	case nfsNverify, nfsVerify:
		xdrAttributes(r)
	case nfsPutFH:
		xdrOpaque(r)
	case nfsRead:
		r.take(nfsStateID + 8 + 4)
	case nfsReadDir:
		r.take(8 + 8 + 4 + 4)
		xdrBitmap(r)
	case nfsRenew:
		r.take(8)
	case nfsSetAttr:
		r.take(nfsStateID)
		xdrAttributes(r)
	case nfsWrite:
		r.take(nfsStateID + 8 + 4)
		xdrOpaque(r)
	case nfsSequence:
		r.take(nfsSequenceArg)
	default:
		return false
	}
	return !r.bad
}

// xdrOpaque reads bytes that follow their length and are padded to a multiple of
// four (RFC 4506 section 4.10).
func xdrOpaque(r *wireReader) []byte {
	n := int(r.uint(4))
	b := r.take(n)
	r.take(pad4(n) - n)
	return b
}

// xdrText reads a name, nil if there is none or only its beginning.
func xdrText(r *wireReader) []byte {
	if b := xdrOpaque(r); !r.bad && len(b) <= 1024 {
		return b
	}
	return nil
}

// xdrBitmap skips an array of numbers.
func xdrBitmap(r *wireReader) { r.take(int(min(r.uint(4), 16)) * 4) }

// xdrAttributes skips the attributes of a file: which, and their values.
func xdrAttributes(r *wireReader) {
	xdrBitmap(r)
	xdrOpaque(r)
}
