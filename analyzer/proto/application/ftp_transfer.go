package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Values of the attributes of FTP.
const (
	ftpControlConnection = 1
	ftpDataConnection    = 2

	ftpPassive = 1
	ftpActive  = 2

	ftpUpload   = 1
	ftpDownload = 2

	ftpFile    = 1
	ftpListing = 2
	ftpUnknown = 3
)

// ftpEnd is one end of a connection.
type ftpEnd struct {
	addr [16]byte
	port uint16
}

// ftpTransfer is what a control connection says about a data connection.
type ftpTransfer struct {
	user, password dpi.Blob
	name, modified dpi.Blob  // of the file
	size           uint64    // of the file, bytes; 0 if not told
	announced      ftpEnd    // where the data connection goes
	control        [2]ftpEnd // client and server of the control connection
	controlID      uint64    // session id of the control connection
	dataID         uint64    // session id of the data connection, 0 while not seen
	dataPeer       ftpEnd    // who connected to the announced end
	requested      int64     // time of the command, ns
	answered       int64     // time of the first answer to it or data after it, ns
	mode           uint8
	direction      uint8
	kind           uint8
	transferType   uint8 // A, E, I or L
}

// copyFrom makes t a copy of o with strings of its own.
func (t *ftpTransfer) copyFrom(s *dpi.Store, o *ftpTransfer) {
	mine := [...]*dpi.Blob{&t.user, &t.password, &t.name, &t.modified}
	theirs := [...]dpi.Blob{o.user, o.password, o.name, o.modified}
	var kept [len(mine)]dpi.Blob
	for i, b := range mine {
		s.Set(b, s.Bytes(theirs[i]))
		kept[i] = *b
	}
	*t = *o
	for i, b := range mine {
		*b = kept[i]
	}
}

// free gives the strings back.
func (t *ftpTransfer) free(s *dpi.Store) {
	for _, b := range [...]dpi.Blob{t.user, t.password, t.name, t.modified} {
		s.Free(b)
	}
}

// Announced data connections that a handler remembers: a power of two.
const ftpAnnouncements = 1 << 10

// ftpAnnouncementLife is how long, in ns, a data connection may take to follow
// what announced it.
const ftpAnnouncementLife = int64(120e9)

// ftpContext is the memory of a handler: the data connections that control
// connections have announced, each in the place that its address and port hash
// to. A newer one takes the place of an older one. The table is made with the
// first announcement.
type ftpContext struct {
	table  []ftpAnnouncement
	serial uint32
	info   FTPInfo
}

// ftpAnnouncement is one place of the table.
type ftpAnnouncement struct {
	ftpTransfer
	serial uint32 // of the announcement, 0: the place is free
	time   int64  // of the latest news, ns
}

// place returns the place of the table that end hashes to.
func (c *ftpContext) place(end *ftpEnd) *ftpAnnouncement {
	hash := uint32(2166136261)
	for _, b := range end.addr {
		hash = (hash ^ uint32(b)) * 16777619
	}
	hash = (hash ^ uint32(end.port)) * 16777619
	return &c.table[(hash^hash>>15)&(ftpAnnouncements-1)]
}

// announce enters a new transfer in the table and returns its serial number.
func (c *ftpContext) announce(s *dpi.Store, t *ftpTransfer, now int64) uint32 {
	if c.table == nil {
		c.table = make([]ftpAnnouncement, ftpAnnouncements)
	}
	c.serial++
	c.serial = max(c.serial, 1)
	a := c.place(&t.announced)
	a.copyFrom(s, t)
	a.serial, a.time = c.serial, now
	return c.serial
}

// update tells the table news of a transfer, if it still has it, and learns
// which data connection it got.
func (c *ftpContext) update(s *dpi.Store, t *ftpTransfer, serial uint32, now int64) {
	if a := c.bySerial(&t.announced, serial); a != nil {
		t.dataID, t.dataPeer = a.dataID, a.dataPeer
		if t.answered == 0 && a.answered >= t.requested {
			t.answered = a.answered
		}
		a.copyFrom(s, t)
		a.time = now
	}
}

// bySerial returns an announcement, nil if it has been replaced.
func (c *ftpContext) bySerial(end *ftpEnd, serial uint32) *ftpAnnouncement {
	if c.table == nil || serial == 0 {
		return nil
	}
	if a := c.place(end); a.serial == serial {
		return a
	}
	return nil
}

// find returns the announcement that a flow was made for, nil if there is none,
// and which side of the flow was announced.
func (c *ftpContext) find(f *dpi.Flow, now int64) (a *ftpAnnouncement, side int) {
	for _, side := range [...]int{1, 0} {
		end := ftpEnd{f.Addr[side], f.Port[side]}
		a := c.place(&end)
		if a.serial != 0 && a.announced == end && now-a.time < ftpAnnouncementLife && (a.dataID == 0 || a.dataID == f.ID) {
			return a, side
		}
	}
	return nil, 0
}

// classifyFTPData recognises data connections by what was announced.
func classifyFTPData(p *dpi.Packet, _ []byte) dpi.Verdict {
	c := dpi.Context[ftpContext](p.Handler(), id.Ftp)
	if c == nil || c.table == nil || p.Flow == nil {
		return dpi.No
	}
	a, side := c.find(p.Flow, p.Time)
	if a == nil {
		return dpi.No
	}
	s := dpi.State[ftpState](p, id.Ftp)
	if s == nil {
		return dpi.No
	}
	peer := side ^ 1
	a.dataID, a.dataPeer = p.Flow.ID, ftpEnd{p.Flow.Addr[peer], p.Flow.Port[peer]}
	if a.answered == 0 {
		a.answered = p.Time
	}
	s.isData, s.serial = true, a.serial
	s.copyFrom(p.Handler().Store, &a.ftpTransfer)
	return dpi.Yes
}
