package report

// Format is the way in which lines are written (option output.format).
type Format uint8

// The two formats of the manual (section 3.1, block output), and the form of
// events that other network monitors share (eve.go).
const (
	CSV Format = iota
	JSON
	EVE
)

// Record is one report, ready to be written.
type Record interface {
	// Append appends the record as one line, without line end, to dst.
	Append(dst []byte, e *Encoder) []byte
}

// Encoder holds what all lines of one probe have in common: the format and the
// second and third field, already rendered.
type Encoder struct {
	format Format
	csv    *Encoder // of files whose readers know no EVE
	eve    eveCommon
	common []byte // ,<probe id>,"<source>",
}

// NewEncoder makes an encoder for lines of the probe probeID that reads its
// traffic from source: a trace file as the user named it, or an interface.
func NewEncoder(f Format, probeID uint32, source string) *Encoder {
	e := &Encoder{format: f}
	e.common = appendUintField(nil, uint64(probeID))
	e.common = append(e.common, ',')
	e.common = e.appendText(e.common, []byte(source))
	e.common = append(e.common, ',')
	if f == EVE {
		e.eve, e.csv = newEVECommon(e, probeID, source), NewEncoder(CSV, probeID, source)
	}
	return e
}

// ofFiles returns the encoder of files that are made for one program, which knows
// no EVE.
func (e *Encoder) ofFiles() *Encoder {
	if e.csv != nil {
		return e.csv
	}
	return e
}

// begin appends the four common fields. id is the format id in digits, t the
// timestamp in nanoseconds since 1970.
func (e *Encoder) begin(dst []byte, id string, t int64) []byte {
	switch e.format {
	case JSON:
		dst = append(dst, '[')
	case EVE:
		dst = e.beginEvent(dst, t, eventTypeOf(id))
		dst = append(e.beginMMT(dst), `,"report":[`...)
	}
	dst = append(dst, id...)
	dst = append(dst, e.common...)
	return appendTime(dst, t)
}

// end closes the line that begin opened.
func (e *Encoder) end(dst []byte) []byte {
	switch e.format {
	case JSON:
		return append(dst, ']')
	case EVE:
		return append(dst, "]}}"...)
	}
	return dst
}

// textField appends a comma and s as a quoted string.
func (e *Encoder) textField(dst, s []byte) []byte {
	return e.appendText(append(dst, ','), s)
}
