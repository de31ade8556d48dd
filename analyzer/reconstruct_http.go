package analyzer

import (
	"errors"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/reconstruct"
)

// followHTTP makes the worker's handler tell of the bodies of responses, beside
// whoever it tells already.
func (r *rebuilding) followHTTP() error {
	c := dpi.Context[application.HTTPContext](r.w.handler, id.Http)
	if c == nil {
		return errors.New("reconstruct-data http: the protocol is not registered")
	}
	r.w.handler.TrackProtocol(id.Http)
	onBody, onTransaction, onLeave := c.OnBody, c.OnTransaction, c.OnLeave
	c.OnBody = func(p *dpi.Packet, t *application.HTTPInfo, data []byte) {
		r.onBody(p, t, data)
		if onBody != nil {
			onBody(p, t, data)
		}
	}
	c.OnTransaction = func(p *dpi.Packet, t *application.HTTPInfo) {
		r.onEnd(p, t, true)
		if onTransaction != nil {
			onTransaction(p, t)
		}
	}
	c.OnLeave = func(p *dpi.Packet, t *application.HTTPInfo) {
		r.onEnd(p, t, false)
		if onLeave != nil {
			onLeave(p, t)
		}
	}
	return nil
}

// onBody takes a piece of a response's body.
func (r *rebuilding) onBody(p *dpi.Packet, t *application.HTTPInfo, data []byte) {
	b := r.at(p.Flow)
	if b.job != 0 && b.transaction != t.Number {
		r.endHTTP(p.Flow, b, &application.HTTPInfo{}, false)
	}
	if b.job == 0 {
		r.begin(b, reconstruct.HTTP, p)
		b.transaction = t.Number
	}
	r.add(b, data, r.all.options.HTTP.MaxFile, p.Time)
}

// onEnd takes the end of a transaction.
func (r *rebuilding) onEnd(p *dpi.Packet, t *application.HTTPInfo, whole bool) {
	if b := r.at(p.Flow); b.job != 0 {
		r.endHTTP(p.Flow, b, t, whole && b.transaction == t.Number)
	}
}

// endHTTP finishes a file; whole says that its end was seen.
func (r *rebuilding) endHTTP(f *dpi.Flow, b *body, t *application.HTTPInfo, whole bool) {
	if !whole || t.Lost || t.ContentLength >= 0 && uint64(t.ContentLength) != b.received {
		b.cut = true
	}
	file := reconstruct.File{Host: t.Host, URI: t.URI, MIME: t.MIMEType}
	if len(file.Host) == 0 {
		file.Host = hostOf(f.Addr[b.dir]) // who sent the response
	}
	file.Content, file.Report.ContentEncoding = contentCoding(t.ContentEncoding)
	file.Transfer, file.Report.TransferEncoding = transferCoding(t.TransferEncoding)
	file.Report.ContentLength = uint64(max(t.ContentLength, 0))
	if file.Report.Time = t.Request; t.Request == 0 {
		file.Report.Time = b.time
	}
	r.finish(f, b, &file)
}

// contentCoding returns how a body is packed, and how report 301 says it. The probe
// that this one replaces writes 0, which is also gzip, where nothing is said.
func contentCoding(c application.ContentEncoding) (reconstruct.Coding, uint8) {
	switch c {
	case application.ContentGzip:
		return reconstruct.Gzip, 0
	case application.ContentCompress:
		return reconstruct.Compress, 1
	case application.ContentDeflate:
		return reconstruct.Deflate, 2
	case application.ContentBrotli:
		return reconstruct.Brotli, 4
	case application.ContentIdentity:
		return reconstruct.Identity, 0
	}
	return reconstruct.OtherCoding, 0
}

// transferCoding is contentCoding of the transfer.
func transferCoding(c application.TransferEncoding) (reconstruct.Coding, uint8) {
	switch c {
	case application.TransferChunked:
		return reconstruct.Chunked, 0
	case application.TransferCompress:
		return reconstruct.Compress, 1
	case application.TransferDeflate:
		return reconstruct.Deflate, 2
	case application.TransferGzip:
		return reconstruct.Gzip, 3
	}
	return reconstruct.Identity, 0
}
