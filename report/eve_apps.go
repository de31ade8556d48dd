package report

import "bytes"

func (*HTTP) event() string { return "http" }

// appendEVE implements eveApp. A length or a status that is no number is left
// out.
func (h *HTTP) appendEVE(dst []byte, e *Encoder, _ *Gaps) []byte {
	dst = appendMember(dst, "tx_id", max(h.Transaction, 1)-1)
	dst = append(dst, `,"http":{"protocol":"HTTP"`...)
	dst = e.member(dst, "hostname", cut(h.Host, MaxHost))
	dst = e.member(dst, "url", cut(h.URI, MaxURI))
	dst = e.member(dst, "http_method", cut(h.Method, MaxMethod))
	dst = e.member(dst, "http_content_type", cut(h.MIME, MaxMIME))
	dst = e.member(dst, "http_refer", cut(h.Referer, MaxReferer))
	dst = appendDigits(dst, "status", leadingDigits(h.Response, 3))
	if digits := leadingDigits(h.ContentLength, 15); len(digits) == len(h.ContentLength) {
		dst = appendDigits(dst, "length", digits)
	}
	dst = append(dst, '}')
	dst = e.beginMMT(dst)
	dst = e.member(dst, "response", cut(h.Response, MaxResponse))
	dst = appendMember(dst, "response_time", h.ResponseTime)
	dst = appendMember(dst, "interaction_time", h.InteractionTime)
	dst = appendMember(dst, "cdn", uint64(h.CDN))
	return appendMember(dst, "block", h.Block)
}

// leadingDigits returns the digits at the start of text, at most max.
func leadingDigits(text []byte, max int) []byte {
	n := 0
	for n < len(text) && n < max && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return text[:n]
}

// appendDigits appends a number that is there as digits; none are left out. JSON
// knows no zeros before a number.
func appendDigits(dst []byte, name string, digits []byte) []byte {
	if len(digits) == 0 {
		return dst
	}
	if digits = bytes.TrimLeft(digits, "0"); len(digits) == 0 {
		return appendMember(dst, name, 0)
	}
	return append(appendName(dst, name), digits...)
}

func (*TLS) event() string { return "tls" }

func (t *TLS) appendEVE(dst []byte, e *Encoder, _ *Gaps) []byte {
	dst = append(dst, `,"tls":{`...)
	if name := cut(t.ServerName, MaxHost); len(name) > 0 {
		dst = e.appendText(append(dst, `"sni":`...), name)
	}
	dst = e.beginMMT(append(dst, '}'))
	return appendMember(dst, "cdn", uint64(t.CDN))
}

func (*FTP) event() string { return "ftp" }

// ftpDirections are the words for FTP.Direction.
var ftpDirections = [...]string{"unknown", "upload", "download"}

func (f *FTP) appendEVE(dst []byte, e *Encoder, gaps *Gaps) []byte {
	direction := f.Direction
	if int(direction) >= len(ftpDirections) {
		direction = 0
	}
	dst = append(append(dst, `,"ftp":{"direction":"`...), ftpDirections[direction]...)
	dst = append(dst, '"')
	dst = e.member(dst, "user", cut(f.User, MaxFTPText))
	dst = e.member(dst, "password", cut(f.Password, MaxFTPText))
	dst = e.member(dst, "filename", cut(f.FileName, MaxFTPText))
	dst = appendMember(dst, "size", f.FileSize)
	dst = appendName(dst, "control_flow_id")
	gaps.ControlSession = uint32(len(dst))
	dst = appendUint(dst, f.ControlSession)
	dst = e.beginMMT(append(dst, '}'))
	return appendMember(dst, "response_time", f.ResponseTime)
}

func (*RTP) event() string { return "rtp" }

func (r *RTP) appendEVE(dst []byte, e *Encoder, _ *Gaps) []byte {
	dst = appendRatio(append(dst, `,"rtp":{"loss_rate":`...), r.LossRate)
	dst = appendRatio(append(dst, `,"burstiness":`...), r.Burstiness)
	dst = appendRatio(append(dst, `,"order_errors":`...), r.OrderErrors)
	dst = appendMember(dst, "max_jitter", r.MaxJitter)
	return e.beginMMT(append(dst, '}'))
}

func (*GTP) event() string { return "gtp" }

func (g *GTP) appendEVE(dst []byte, e *Encoder, _ *Gaps) []byte {
	dst = append(dst, `,"gtp":{"teids":[`...)
	for i, id := range g.TEIDs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendUint(dst, uint64(id))
	}
	dst = append(dst, ']')
	dst = appendAddrMember(dst, "src_ip", g.OuterSource)
	dst = appendAddrMember(dst, "dest_ip", g.OuterDestination)
	return e.beginMMT(append(dst, '}'))
}
