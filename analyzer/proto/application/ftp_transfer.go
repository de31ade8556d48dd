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

// isOf tells whether a flow is between the hosts of the control connection.
func (t *ftpTransfer) isOf(f *dpi.Flow) bool {
	client, server := &t.control[0].addr, &t.control[1].addr
	return f.Addr[0] == *client && f.Addr[1] == *server || f.Addr[1] == *client && f.Addr[0] == *server
}

// copyFrom makes t, whose strings are in s, a copy of o, whose strings are in from.
func (t *ftpTransfer) copyFrom(s *dpi.Store, o *ftpTransfer, from *dpi.Store) {
	mine := [...]*dpi.Blob{&t.user, &t.password, &t.name, &t.modified}
	theirs := [...]dpi.Blob{o.user, o.password, o.name, o.modified}
	var kept [len(mine)]dpi.Blob
	for i, b := range mine {
		s.Set(b, from.Bytes(theirs[i]))
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

// Announced data connections that a handler remembers, and how many of these may
// have the same hash: powers of two.
const (
	ftpAnnouncements = 1 << 10
	ftpAlike         = 8
)

// ftpAnnouncementLife is how long, in ns, a data connection may take to follow
// what announced it.
const ftpAnnouncementLife = int64(120e9)

// ftpContext is the memory of a handler: the data connections that control
// connections between the same hosts have announced.
type ftpContext struct {
	ftpTable
	info FTPInfo
}

// ftpTable holds announced data connections, each in one of the places that its
// address and port hash to. Where there is no room, the oldest goes. The table is
// made with the first announcement. As what is known of other hosts it serves
// connections between other hosts than those of the control connection: of
// servers with several addresses, or from server to server. These do not tell the
// control connection of themselves.
type ftpTable struct {
	table  []ftpAnnouncement
	serial uint32
}

// ftpAnnouncement is one place of the table.
type ftpAnnouncement struct {
	ftpTransfer
	serial uint32 // of the announcement, 0: the place is free
	time   int64  // of the latest news, ns
}

// alike returns the places of the table that end hashes to.
func (c *ftpTable) alike(end *ftpEnd) []ftpAnnouncement {
	hash := uint32(2166136261)
	for _, b := range end.addr {
		hash = (hash ^ uint32(b)) * 16777619
	}
	hash = (hash ^ uint32(end.port)) * 16777619
	at := (hash ^ hash>>15) & (ftpAnnouncements - ftpAlike)
	return c.table[at : at+ftpAlike]
}

// at returns the announcement of an end, nil if there is none.
func (c *ftpTable) at(end *ftpEnd) *ftpAnnouncement {
	places := c.alike(end)
	for i := range places {
		if a := &places[i]; a.serial != 0 && a.announced == *end {
			return a
		}
	}
	return nil
}

// place returns where the announcement of an end goes: where an earlier one of
// the same end is, else to a free place, else in place of the oldest.
func (c *ftpTable) place(end *ftpEnd) *ftpAnnouncement {
	if a := c.at(end); a != nil {
		return a
	}
	places := c.alike(end)
	oldest := &places[0]
	for i := range places {
		if a := &places[i]; a.serial == 0 {
			return a
		} else if a.time < oldest.time {
			oldest = a
		}
	}
	return oldest
}

// announce enters a new transfer, with strings in from, in the table, whose strings
// are in s, and returns its serial number.
func (c *ftpTable) announce(s *dpi.Store, t *ftpTransfer, from *dpi.Store, now int64) uint32 {
	if c.table == nil {
		c.table = make([]ftpAnnouncement, ftpAnnouncements)
	}
	c.serial++
	c.serial = max(c.serial, 1)
	a := c.place(&t.announced)
	a.copyFrom(s, t, from)
	a.serial, a.time = c.serial, now
	return c.serial
}

// update tells the table news of a transfer, if it still has it, and learns
// which data connection it got.
func (c *ftpTable) update(s *dpi.Store, t *ftpTransfer, serial uint32, now int64) {
	if a := c.bySerial(&t.announced, serial); a != nil {
		t.dataID, t.dataPeer = a.dataID, a.dataPeer
		if t.answered == 0 && a.answered >= t.requested {
			t.answered = a.answered
		}
		a.copyFrom(s, t, s)
		a.time = now
	}
}

// tell is update without learning.
func (c *ftpTable) tell(s *dpi.Store, t *ftpTransfer, from *dpi.Store, serial uint32, now int64) {
	if a := c.bySerial(&t.announced, serial); a != nil {
		a.copyFrom(s, t, from)
		a.dataID, a.dataPeer, a.time = 0, ftpEnd{}, now
	}
}

// bySerial returns an announcement, nil if it has been replaced.
func (c *ftpTable) bySerial(end *ftpEnd, serial uint32) *ftpAnnouncement {
	if c.table == nil || serial == 0 {
		return nil
	}
	if a := c.at(end); a != nil && a.serial == serial {
		return a
	}
	return nil
}

// find returns the announcement that a flow was made for, nil if there is none,
// and which side of the flow was announced; own tells whether the control
// connection was between the same hosts.
func (c *ftpTable) find(f *dpi.Flow, own bool, now int64) (a *ftpAnnouncement, side int) {
	if c.table == nil {
		return nil, 0
	}
	for _, side := range [...]int{1, 0} {
		end := ftpEnd{f.Addr[side], f.Port[side]}
		a := c.at(&end)
		if a != nil && now-a.time < ftpAnnouncementLife && (a.dataID == 0 || a.dataID == f.ID) && a.isOf(f) == own {
			return a, side
		}
	}
	return nil, 0
}

// classifyFTPData recognises data connections by what was announced.
func classifyFTPData(p *dpi.Packet, _ []byte) dpi.Verdict {
	h := p.Handler()
	c := dpi.Context[ftpContext](h, id.Ftp)
	if c == nil || p.Flow == nil {
		return dpi.No
	}
	a, side := c.find(p.Flow, true, p.Time)
	third := a == nil
	if third {
		a, side = dpi.Shared[ftpTable](h, id.Ftp).find(p.Flow, false, p.Time)
	}
	if a == nil {
		return dpi.No
	}
	s := dpi.State[ftpState](p, id.Ftp)
	if s == nil {
		return dpi.No
	}
	s.isData, s.third, s.serial = true, third, a.serial
	s.answered, s.dataID, s.dataPeer = p.Time, p.Flow.ID, ftpEnd{p.Flow.Addr[side^1], p.Flow.Port[side^1]}
	s.take(h, a)
	return dpi.Yes
}

// take makes a data connection's state a copy of its announcement, which it tells
// of itself unless others read that, too.
func (s *ftpState) take(h *dpi.Handler, a *ftpAnnouncement) {
	answered, number, peer := s.answered, s.dataID, s.dataPeer
	if s.third {
		s.copyFrom(h.Store, &a.ftpTransfer, h.SharedStore())
		s.dataID, s.dataPeer = number, peer
		if s.answered == 0 {
			s.answered = answered
		}
		return
	}
	if a.dataID == 0 {
		a.dataID, a.dataPeer = number, peer
		if a.answered == 0 {
			a.answered = answered
		}
	}
	s.copyFrom(h.Store, &a.ftpTransfer, h.Store)
}
