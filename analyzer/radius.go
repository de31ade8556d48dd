package analyzer

import (
	"encoding/binary"
	"net/netip"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/report"
)

// RADIUS says which messages are reported (report 9, manual section 3.1,
// radius-report).
type RADIUS struct {
	Output Channels // 0: none
	Code   uint8    // of the messages; 0: all
}

// The attributes of RADIUS that are reported, by their numbers.
const (
	radiusCode         = 1
	radiusFramedIP     = 12
	radiusCalling      = 22
	radiusStatus       = 24
	radiusSession      = 28
	radiusIMSI         = 42
	radiusSGSN         = 47
	radiusGGSN         = 48
	radiusCharging     = 54
	radiusSGSNNetwork  = 59
	radiusIMEI         = 61
	radiusRAT          = 62
	radiusUserLocation = 63
)

// radiusReporter reports RADIUS messages. Its record is used again for each.
type radiusReporter struct {
	w       *Worker
	record  report.RADIUS
	extract [radiusUserLocation + 1]dpi.ExtractFunc
	value   dpi.Value
}

// reportRADIUS makes the worker report RADIUS messages.
func (w *Worker) reportRADIUS() error {
	if w.options.RADIUS.Output == 0 {
		return nil
	}
	w.reportsRADIUS = true
	r := &radiusReporter{w: w}
	for number := range r.extract {
		if a := w.handler.Registry().Attribute(id.Radius, dpi.AttributeID(number)); a != nil {
			r.extract[number] = a.Extract
		}
	}
	_, err := w.handler.HandleAttribute(id.Radius, radiusCode, r.message)
	return err
}

// wantsPayload tells whether reports need every packet of a flow.
func (w *Worker) wantsPayload(f *dpi.Flow) bool {
	return w.options.RADIUS.Output != 0 && f.Is(id.Radius) || w.dns.wants(f)
}

// message reports a message.
func (r *radiusReporter) message(p *dpi.Packet, _ *dpi.Slot, v *dpi.Value) {
	o := &r.w.options.RADIUS
	if code := uint8(v.N); o.Output == 0 || o.Code != 0 && code != o.Code {
		return
	}
	layer := p.LayerOf(id.Radius, 0)
	r.record = report.RADIUS{
		Time: p.Time, Code: uint8(v.N),
		FramedIP: r.address(p, layer, radiusFramedIP), Calling: r.text(p, layer, radiusCalling),
		Status: uint32(r.number(p, layer, radiusStatus)), Session: r.text(p, layer, radiusSession),
		IMSI: r.text(p, layer, radiusIMSI), IMEI: r.text(p, layer, radiusIMEI),
		GGSN: r.address(p, layer, radiusGGSN), SGSN: r.address(p, layer, radiusSGSN),
		SGSNNetwork: r.text(p, layer, radiusSGSNNetwork), RAT: uint8(r.number(p, layer, radiusRAT)),
		Charging: r.text(p, layer, radiusCharging),
	}
	r.record.LAC, r.record.Cell = location(r.text(p, layer, radiusUserLocation))
	r.w.reporter.write(o.Output, &r.record)
}

// text returns the bytes of an attribute, nil if the message does not have it.
func (r *radiusReporter) text(p *dpi.Packet, layer, attribute int) []byte {
	if !r.extract[attribute](p, layer, &r.value) {
		return nil
	}
	return r.value.B
}

func (r *radiusReporter) number(p *dpi.Packet, layer, attribute int) uint64 {
	if !r.extract[attribute](p, layer, &r.value) {
		return 0
	}
	return r.value.N
}

// address returns an IPv4 address, which RADIUS has as a number.
func (r *radiusReporter) address(p *dpi.Packet, layer, attribute int) (a netip.Addr) {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(r.number(p, layer, attribute)))
	if b != [4]byte{} {
		a = netip.AddrFrom4(b)
	}
	return a
}

// Kinds of geographic location, TS 29.061 section 16.4.7.2. Behind the kind are
// three octets of the network, and again before the cell of locationBoth.
const (
	locationCGI    = 0   // location area, cell
	locationSAI    = 1   // location area, service area
	locationRAI    = 2   // location area, routing area
	locationTAI    = 128 // tracking area
	locationECGI   = 129 // cell
	locationBoth   = 130 // tracking area, cell
	locationHeader = 4
)

// location reads the area and the cell of a subscriber, 0 where they are not
// told. A tracking area stands for the location area of older networks.
func location(b []byte) (area, cell uint32) {
	if len(b) < locationHeader+2 {
		return 0, 0
	}
	kind, b := b[0], b[locationHeader:]
	switch {
	case kind <= locationSAI && len(b) >= 4:
		return uint32(binary.BigEndian.Uint16(b)), uint32(binary.BigEndian.Uint16(b[2:]))
	case kind <= locationRAI || kind == locationTAI:
		return uint32(binary.BigEndian.Uint16(b)), 0
	case kind == locationECGI && len(b) >= 4:
		return 0, binary.BigEndian.Uint32(b) & 0x0fffffff
	case kind == locationBoth && len(b) >= 9:
		return uint32(binary.BigEndian.Uint16(b)), binary.BigEndian.Uint32(b[5:]) & 0x0fffffff
	}
	return 0, 0
}
