package report

import "net/netip"

// MaxUserAgent limits the User-Agent of a report, bytes.
const MaxUserAgent = 512

// UserAgent is report 102: what the client of a web session tells of itself, for a
// session that has reached the volume of data-output.include-user-agent. Its text
// is followed by what was read from it; what it does not tell is empty.
type UserAgent struct {
	Time                    int64  // latest packet, nanoseconds since 1970
	Session                 uint64 // as in report 100
	Transaction             uint64 // likewise
	Client, Server          netip.Addr
	Host                    []byte
	Text                    []byte
	Program, ProgramVersion []byte
	System, SystemVersion   []byte
	Device                  []byte // "desktop", "mobile", "tablet", "tv", "robot"

	Gaps Gaps // set by Append: the place of Session
}

// Append implements Record.
func (r *UserAgent) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "102", r.Time)
	r.Gaps = Gaps{ID: uint32(len(dst)) + 1}
	dst = appendUintField(dst, r.Session)
	dst = appendUintField(dst, r.Transaction)
	dst = appendAddrField(dst, r.Client)
	dst = appendAddrField(dst, r.Server)
	dst = e.textField(dst, cut(r.Host, MaxHost))
	dst = e.textField(dst, cut(r.Text, MaxUserAgent))
	for _, text := range [...][]byte{r.Program, r.ProgramVersion, r.System, r.SystemVersion, r.Device} {
		dst = e.textField(dst, text)
	}
	return e.end(dst)
}
