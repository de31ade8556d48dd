package report

import "net/netip"

// Session is report 100: a session that was active in the stats-period, or
// that ended. Fields are those of the manual's report 100, in order; counters
// run since the last report of the same session, durations are microseconds.
type Session struct {
	Time        int64  // last packet, nanoseconds since 1970
	Number      uint64 // report number: periods since the start
	Proto       uint32 // id of the last protocol in the path
	PathUp      []uint32
	PathDown    []uint32 // empty while there was no downlink packet
	ActiveFlows uint64
	Up, Down    Volume // uplink is from client to server

	First      int64      // the session's first packet, nanoseconds since 1970
	Client     netip.Addr // source of the first packet
	Server     netip.Addr
	ClientMAC  [6]byte
	ServerMAC  [6]byte
	ID         uint64
	ServerPort uint16
	ClientPort uint16
	Thread     uint32
	TCP        TCP

	// In EVE only.
	Transport   uint8    // IP protocol number
	Message     [2]uint8 // type and code of the first message of ICMP
	Application uint32   // id of the first protocol above the transport, 0 for none

	Family       uint32 // application family (class) id
	ContentClass uint32
	App          App // what the application adds; nil is format 0

	// Gaps is set by Append. Who learns the numbers of sessions only later renders
	// them as 0, and fills them in then.
	Gaps Gaps
}

// Gaps are the places, in a line of report 100, of three numbers: the offset of
// their first digit, 0 for one that the line does not have.
type Gaps struct{ ActiveFlows, ID, ControlSession uint32 }

// Fill appends line to dst, with the given numbers in place of the zeros at its
// gaps.
func (g Gaps) Fill(dst, line []byte, activeFlows, id, controlSession uint64) []byte {
	from := uint32(0)
	for _, gap := range [...]struct {
		at uint32
		n  uint64
	}{{g.ActiveFlows, activeFlows}, {g.ID, id}, {g.ControlSession, controlSession}} {
		if gap.at == 0 {
			continue
		}
		dst = append(dst, line[from:gap.at]...)
		dst = appendUint(dst, gap.n)
		from = gap.at + 1
	}
	return append(dst, line[from:]...)
}

// Volume is traffic of one direction.
type Volume struct {
	Data    uint64 // bytes, headers included
	Payload uint64 // bytes above the last protocol in the path
	Packets uint64
}

// TCP holds what is measured of TCP only; all zero for other transports.
type TCP struct {
	Handshake uint64 // microseconds
	Response  uint64 // handshake end to first data, microseconds
	Transfer  uint64 // data transfer time, microseconds

	ClientRTT, ServerRTT         RTT
	ClientResends, ServerResends uint64 // retransmissions
}

// RTT is the time from data to its acknowledgement, microseconds.
type RTT struct{ Min, Max, Avg uint64 }

// App is the application's part of a session report: one of *HTTP, *TLS, *RTP,
// *FTP, *GTP, *Playlist, *TransportStream. Keep one value of each kind a worker and reuse it.
type App interface {
	// format returns the application format with its leading comma.
	format() string
	// appendFields appends the fields from 42 on, each with its comma.
	appendFields(dst []byte, e *Encoder) []byte
}

// Append implements Record.
func (r *Session) Append(dst []byte, e *Encoder) []byte {
	if e.format == EVE {
		return r.appendFlow(dst, e)
	}
	dst = e.begin(dst, "100", r.Time)
	r.Gaps = Gaps{}
	dst = r.appendTraffic(dst)
	dst = r.appendEnds(dst)
	dst = r.TCP.append(dst)
	dst = r.appendApp(dst, e)
	return e.end(dst)
}

// appendTraffic appends fields 5 to 18.
func (r *Session) appendTraffic(dst []byte) []byte {
	dst = appendUintField(dst, r.Number)
	dst = appendUintField(dst, uint64(r.Proto))
	dst = appendPathField(dst, r.PathUp)
	dst = appendPathField(dst, r.PathDown)
	r.Gaps.ActiveFlows = uint32(len(dst)) + 1
	dst = appendUintField(dst, r.ActiveFlows)
	total := Volume{
		Data:    r.Up.Data + r.Down.Data,
		Payload: r.Up.Payload + r.Down.Payload,
		Packets: r.Up.Packets + r.Down.Packets,
	}
	dst = total.append(dst)
	dst = r.Up.append(dst)
	return r.Down.append(dst)
}

// appendEnds appends fields 19 to 27.
func (r *Session) appendEnds(dst []byte) []byte {
	dst = appendTimeField(dst, r.First)
	dst = appendAddrField(dst, r.Client)
	dst = appendAddrField(dst, r.Server)
	dst = appendMACField(dst, &r.ClientMAC)
	dst = appendMACField(dst, &r.ServerMAC)
	r.Gaps.ID = uint32(len(dst)) + 1
	dst = appendUintField(dst, r.ID)
	dst = appendUintField(dst, uint64(r.ServerPort))
	dst = appendUintField(dst, uint64(r.ClientPort))
	return appendUintField(dst, uint64(r.Thread))
}

// appendApp appends fields 39 and following.
func (r *Session) appendApp(dst []byte, e *Encoder) []byte {
	format := ",0"
	if r.App != nil {
		format = r.App.format()
	}
	dst = append(dst, format...)
	dst = appendUintField(dst, uint64(r.Family))
	dst = appendUintField(dst, uint64(r.ContentClass))
	if r.App != nil {
		dst = r.App.appendFields(dst, e)
	}
	if f, ok := r.App.(*FTP); ok {
		r.Gaps.ControlSession = f.controlAt
	}
	return dst
}

func (v *Volume) append(dst []byte) []byte {
	dst = appendUintField(dst, v.Data)
	dst = appendUintField(dst, v.Payload)
	return appendUintField(dst, v.Packets)
}

// append appends fields 28 to 38.
func (t *TCP) append(dst []byte) []byte {
	if *t == (TCP{}) { // every session that is not TCP, and many that are
		return append(dst, ",0,0,0,0,0,0,0,0,0,0,0"...)
	}
	dst = appendUintField(dst, t.Handshake)
	dst = appendUintField(dst, t.Response)
	dst = appendUintField(dst, t.Transfer)
	dst = appendUintField(dst, t.ClientRTT.Min)
	dst = appendUintField(dst, t.ServerRTT.Min)
	dst = appendUintField(dst, t.ClientRTT.Max)
	dst = appendUintField(dst, t.ServerRTT.Max)
	dst = appendUintField(dst, t.ClientRTT.Avg)
	dst = appendUintField(dst, t.ServerRTT.Avg)
	dst = appendUintField(dst, t.ClientResends)
	return appendUintField(dst, t.ServerResends)
}
