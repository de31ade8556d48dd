package report

// TLS is application format 2.
type TLS struct {
	ServerName []byte // cut to MaxHost bytes
	CDN        uint8  // as HTTP.CDN; 1 cannot be seen in encrypted traffic
}

func (*TLS) format() string { return ",2" }

func (t *TLS) appendFields(dst []byte, e *Encoder) []byte {
	dst = e.textField(dst, cut(t.ServerName, MaxHost))
	return appendUintField(dst, uint64(t.CDN))
}
