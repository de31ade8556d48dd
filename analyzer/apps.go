package analyzer

import (
	"net/netip"
	"strconv"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/mobile"
	"mmt/analyzer/session"
	"mmt/report"
)

// apps fills the part of a session report that depends on the application. Its
// records are used again for every report.
type apps struct {
	w    *Worker
	http report.HTTP
	tls  report.TLS
	rtp  report.RTP
	ftp  report.FTP
	gtp  report.GTP

	leaves  bool // transactions that give way to others are told
	streams streams
	length  []byte // a content length in digits
}

// init makes the handler gather what the wanted formats need.
func (a *apps) init(w *Worker) {
	a.w, a.streams.w, a.streams.bySlot = w, w, map[uint32]*stream{}
	a.attach()
}

// attach makes the handler gather what the options want, also after they have
// changed. What is wanted no more is still gathered, but not reported.
func (a *apps) attach() {
	w, o := a.w, &a.w.options
	if o.Sessions == 0 {
		return
	}
	for protocol, wanted := range map[dpi.ProtocolID]bool{id.Http: o.HTTP, id.Rtp: o.RTP, id.Srtp: o.RTP, id.Ftp: o.FTP, id.Gtp: o.GTP} {
		if wanted {
			w.handler.TrackProtocol(protocol)
		}
	}
	if c := dpi.Context[application.HTTPContext](w.handler, id.Http); c != nil && o.HTTP && !a.leaves {
		a.leaves = true
		before := c.OnLeave
		c.OnLeave = func(p *dpi.Packet, t *application.HTTPInfo) {
			if o.Sessions != 0 && o.HTTP {
				w.reporter.transaction(p, t)
			}
			if before != nil {
				before(p, t)
			}
		}
	}
	a.streams.attach()
}

// of returns the application's part of the report of s, nil if it has none.
func (a *apps) of(s *session.Session) report.App {
	o := &a.w.options
	if o.GTP {
		return a.tunnel(s) // the manual: no other format together with it
	}
	for _, app := range s.App() {
		switch {
		case app == id.Http && o.HTTP:
			return a.transaction(s, application.HTTPOf(a.w.handler, &s.Flow))
		case app == id.Ssl && o.TLS:
			a.tls.ServerName = a.w.handler.Store.Bytes(s.Host)
			return &a.tls
		case (app == id.Rtp || app == id.Srtp) && o.RTP:
			return a.stream(application.RTPOf(a.w.handler, &s.Flow))
		case app == id.Ftp && o.FTP:
			return a.transfer(application.FTPOf(a.w.handler, &s.Flow))
		}
	}
	return nil
}

// transaction fills format 1, or one of a video.
func (a *apps) transaction(s *session.Session, t *application.HTTPInfo) report.App {
	if t == nil {
		return nil
	}
	first := isFirstReport(s, t)
	a.length = a.length[:0]
	if t.ContentLength >= 0 {
		a.length = strconv.AppendInt(a.length, t.ContentLength, 10)
	}
	a.http = report.HTTP{
		Transaction: uint64(t.Number), Host: t.Host, MIME: t.MIMEType, Referer: t.Referer, CDN: t.CDN,
		URI: t.URI, Method: t.Method, Response: t.Response, ContentLength: a.length, Block: block(s, t),
	}
	if first && t.FirstResponse > 0 && t.Request > 0 {
		a.http.ResponseTime = microseconds(t.FirstResponse - t.Request)
		a.http.InteractionTime = microseconds(t.FirstResponse - t.FirstRequest)
	}
	a.w.reporter.userAgent(s, t, first)
	if stream := a.streams.of(s, t); stream != nil {
		return stream
	}
	return &a.http
}

// A session's Mark says which transaction its last report was about (the low 24
// bits of its number), and how many reports there were on it without the end.
const (
	markNumber = 1<<24 - 1
	markBlock  = 24
	markEnded  = 1 << 31 // one of the reports told the end
)

func isFirstReport(s *session.Session, t *application.HTTPInfo) bool {
	return s.Mark&markNumber != t.Number&markNumber
}

// block returns the request-response indicator of a report on transaction t,
// and notes the report: 0 for the one that tells the end, else 1, 2, ...
func block(s *session.Session, t *application.HTTPInfo) uint64 {
	if isFirstReport(s, t) {
		s.Mark = t.Number & markNumber
	}
	if t.Ended && s.Mark&markEnded == 0 {
		s.Mark = s.Mark&markNumber | markEnded
		return 0
	}
	n := s.Mark>>markBlock&0x7f + 1
	s.Mark = s.Mark&^(0x7f<<markBlock) | min(n, 0x7f)<<markBlock
	return uint64(n)
}

// microseconds turns a duration in ns into one that is never negative.
func microseconds(ns int64) uint64 { return uint64(max(ns, 0)) / 1000 }

// stream fills format 3.
func (a *apps) stream(r *application.RTPInfo) report.App {
	if r == nil {
		return nil
	}
	a.rtp = report.RTP{LossRate: r.LossRate(), Burstiness: r.Burstiness(), MaxJitter: uint64(r.MaxJitter), OrderErrors: r.OrderErrorRate()}
	r.Reset()
	return &a.rtp
}

// transfer fills format 4 for data connections; a control connection has none.
func (a *apps) transfer(f *application.FTPInfo) report.App {
	if f == nil || !f.Data {
		return nil
	}
	a.ftp = report.FTP{
		User: f.User, Password: f.Password, FileSize: f.FileSize, FileName: f.FileName, Direction: f.Direction,
		ControlSession: f.ControlSession, ResponseTime: microseconds(f.ResponseTime),
	}
	return &a.ftp
}

// tunnel fills format 5 for sessions inside GTP.
func (a *apps) tunnel(s *session.Session) report.App {
	t := dpi.FlowState[mobile.Tunnel](a.w.handler, &s.Flow, id.Gtp, false)
	if t == nil {
		return nil
	}
	a.gtp.OuterSource = netip.AddrFrom16(t.Src).Unmap()
	a.gtp.OuterDestination = netip.AddrFrom16(t.Dst).Unmap()
	a.gtp.TEIDs = append(a.gtp.TEIDs[:0], t.TEID[:t.N]...)
	return &a.gtp
}
