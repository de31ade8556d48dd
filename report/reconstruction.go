package report

// MaxFilePath limits the path of a report 301, bytes; systems have a limit of their
// own (PATH_MAX).
const MaxFilePath = 4096

// Reconstruction is report 301: a file that a session carried was written.
type Reconstruction struct {
	Time             int64  // of the request, nanoseconds since 1970
	Status           uint8  // 0 complete, 1 incomplete, 2 cannot be decoded, 3 unsupported encoding
	ContentLength    uint64 // bytes, as announced; 0 if not
	Received         uint64 // bytes, before decoding
	ContentEncoding  uint8  // 0 gzip, or none was named; 1 compress, 2 deflate, 3 identity, 4 br
	TransferEncoding uint8  // 0 chunked, or none was named; 1 compress, 2 deflate, 3 gzip, 4 identity
	Path             []byte // "" if nothing was written
}

// Append implements Record.
func (r *Reconstruction) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "301", r.Time)
	dst = appendUintField(dst, uint64(r.Status))
	dst = appendUintField(dst, r.ContentLength)
	dst = appendUintField(dst, r.Received)
	dst = appendUintField(dst, uint64(r.ContentEncoding))
	dst = appendUintField(dst, uint64(r.TransferEncoding))
	dst = e.textField(dst, cut(r.Path, MaxFilePath))
	return e.end(dst)
}
