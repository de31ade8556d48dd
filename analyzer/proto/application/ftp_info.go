package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// FTPInfo is what is known of a flow of FTP: of its own transfer for a data
// connection, of the latest one for a control connection. The slices are valid
// until the next packet is processed.
type FTPInfo struct {
	Data           bool // a data connection
	User, Password []byte
	FileName       []byte // nil for listings
	FileSize       uint64 // bytes, as the server told, else as many as were transferred; 0 if not known
	Direction      uint8  // 1 upload, 2 download, 0 not known (attribute data_direction)
	ControlSession uint64 // session id of the control connection
	DataSession    uint64 // session id of the data connection, 0 if none was seen
	// ResponseTime is the time from the command that asks for a transfer to the
	// server's first answer or the first data, ns; 0 if not known.
	ResponseTime int64
}

// FTPOf returns what is known of a flow of FTP, nil if it is none or if nothing
// is known. The value is the handler's own and valid until the next call.
func FTPOf(h *dpi.Handler, f *dpi.Flow) *FTPInfo {
	s := dpi.FlowState[ftpState](h, f, id.Ftp, false)
	c := dpi.Context[ftpContext](h, id.Ftp)
	if s == nil || c == nil {
		return nil
	}
	s.refresh(h)
	c.info = FTPInfo{
		Data: s.isData,
		User: h.Store.Bytes(s.user), Password: h.Store.Bytes(s.password), FileName: h.Store.Bytes(s.name),
		FileSize: s.size, Direction: s.direction, ControlSession: s.controlID, DataSession: s.dataID,
	}
	if s.isData && s.size == 0 && s.kind == ftpFile {
		c.info.FileSize = max(f.Data[0], f.Data[1])
	}
	if s.requested != 0 && s.answered > s.requested {
		c.info.ResponseTime = s.answered - s.requested
	}
	return &c.info
}
