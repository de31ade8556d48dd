package report

// Limits of the strings of a session report, in bytes; what is longer is cut.
// They are those of the probe's earlier versions, so that consumers' columns
// keep fitting.
const (
	MaxHost          = 63
	MaxMIME          = 126
	MaxReferer       = 254
	MaxURI           = 1023
	MaxMethod        = 9
	MaxResponse      = 19 // "401 Authorization Required" becomes "401 Authorization R"
	MaxContentLength = 19
)

// HTTP is application format 1: one report per transaction.
type HTTP struct {
	ResponseTime    uint64 // microseconds, request to response
	Transaction     uint64 // number of the transaction in its session, from 1
	InteractionTime uint64 // microseconds, first request to last response
	Host            []byte
	MIME            []byte
	Referer         []byte
	CDN             uint8 // 0 none seen, 1 seen in the message, 2 delivery by a CDN
	URI             []byte
	Method          []byte
	Response        []byte // status code and reason
	ContentLength   []byte // as the header says, which is not always a number
	Block           uint64 // 0 last block; 1, 2, ... while it lasts over several periods
}

func (*HTTP) format() string { return ",1" }

func (h *HTTP) appendFields(dst []byte, e *Encoder) []byte {
	dst = appendUintField(dst, h.ResponseTime)
	dst = appendUintField(dst, h.Transaction)
	dst = appendUintField(dst, h.InteractionTime)
	dst = e.textField(dst, cut(h.Host, MaxHost))
	dst = e.textField(dst, cut(h.MIME, MaxMIME))
	dst = e.textField(dst, cut(h.Referer, MaxReferer))
	dst = appendUintField(dst, uint64(h.CDN))
	dst = e.textField(dst, cut(h.URI, MaxURI))
	dst = e.textField(dst, cut(h.Method, MaxMethod))
	dst = e.textField(dst, cut(h.Response, MaxResponse))
	dst = e.textField(dst, cut(h.ContentLength, MaxContentLength))
	return appendUintField(dst, h.Block)
}
