package analyzer

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/reconstruct"
	"mmt/analyzer/session"
)

// packet is the packet handler that takes what data connections of FTP carry, one
// direction of them. Where no file has been named when they begin, it is a listing.
func (r *rebuilding) packet(p *dpi.Packet) {
	if len(p.Stream) == 0 || p.Flow == nil || !p.Flow.Is(id.Ftp) {
		return
	}
	b := r.at(p.Flow)
	if b.job == 0 {
		t := application.FTPOf(r.w.handler, p.Flow)
		if t == nil || !t.Data || b.listing {
			return
		}
		if b.listing = len(t.FileName) == 0; b.listing {
			return
		}
		r.begin(b, reconstruct.FTP, p)
	}
	if b.dir != p.Dir {
		return
	}
	b.cut = b.cut || p.Gap
	r.add(b, p.Stream, r.all.options.FTP.MaxFile, p.Time)
}

// ftpUpload is the value of attribute ftp.data_direction for files that go to the
// server.
const ftpUpload = 1

// endFTP finishes the file of a data connection.
func (r *rebuilding) endFTP(s *session.Session, b *body) {
	var file reconstruct.File
	server := b.dir
	if t := application.FTPOf(r.w.handler, &s.Flow); t != nil {
		file.URI = t.FileName
		if t.Direction == ftpUpload {
			server ^= 1
		} else if t.FileSize != 0 {
			file.Report.ContentLength = t.FileSize
			b.cut = b.cut || t.FileSize != b.received
		}
	}
	b.cut = b.cut || s.IsSteady() // nobody has ended the connection
	file.Host = hostOf(s.Addr[server])
	file.Report.Time = b.time
	r.finish(&s.Flow, b, &file)
}
