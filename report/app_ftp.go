package report

// MaxFTPText limits each string of an FTP report, in bytes. RFC 959 has no
// limit; without one a hostile control connection could fill a whole line.
const MaxFTPText = 512

// FTP is application format 4.
type FTP struct {
	User           []byte
	Password       []byte
	FileSize       uint64 // bytes
	FileName       []byte
	Direction      uint8  // of the data: the value of attribute ftp.data_direction
	ControlSession uint64 // id of the control session to which a data session belongs
	ResponseTime   uint64 // microseconds, of the file transfer

	controlAt uint32 // see Gaps
}

func (*FTP) format() string { return ",4" }

func (f *FTP) appendFields(dst []byte, e *Encoder) []byte {
	dst = e.textField(dst, cut(f.User, MaxFTPText))
	dst = e.textField(dst, cut(f.Password, MaxFTPText))
	dst = appendUintField(dst, f.FileSize)
	dst = e.textField(dst, cut(f.FileName, MaxFTPText))
	dst = appendUintField(dst, uint64(f.Direction))
	f.controlAt = uint32(len(dst)) + 1
	dst = appendUintField(dst, f.ControlSession)
	return appendUintField(dst, f.ResponseTime)
}
