package report

// beginEVE appends the session as an event of the given type, up to its own
// members; the number of the session is a gap.
func (r *Session) beginEVE(dst []byte, e *Encoder, event string) []byte {
	dst = e.beginEvent(dst, r.Time, event)
	dst = appendName(dst, "flow_id")
	r.Gaps = Gaps{ID: uint32(len(dst))}
	dst = appendUint(dst, r.ID)
	ends := Ends{Proto: r.Transport, Source: r.Client, Dest: r.Server, SrcPort: r.ClientPort, DstPort: r.ServerPort}
	if isICMP(r.Transport) {
		ends.SrcPort, ends.DstPort = uint16(r.Message[0]), uint16(r.Message[1])
	}
	dst = appendEnds(dst, &ends)
	if r.Application != 0 {
		dst = e.member(dst, "app_proto", []byte(eveApplication(e.eve.names(r.Application))))
	}
	return dst
}

// eveApplication returns the word of EVE for an application.
func eveApplication(name string) string {
	if name == "ssl" {
		return "tls"
	}
	return name
}

// appendFlow appends the event flow: what the session did since its last one.
func (r *Session) appendFlow(dst []byte, e *Encoder) []byte {
	dst = r.beginEVE(dst, e, "flow")
	dst = append(dst, `,"flow":{"pkts_toserver":`...)
	dst = appendUint(dst, r.Up.Packets)
	dst = appendMember(dst, "pkts_toclient", r.Down.Packets)
	dst = appendMember(dst, "bytes_toserver", r.Up.Data)
	dst = appendMember(dst, "bytes_toclient", r.Down.Data)
	dst = appendISOTime(appendName(dst, "start"), r.First)
	dst = appendISOTime(appendName(dst, "end"), r.Time)
	dst = appendMember(dst, "age", uint64(max(r.Time-r.First, 0))/1e9)
	dst = append(dst, `},"ether":{"src_mac":`...)
	dst = appendLowerMAC(dst, r.ClientMAC[:])
	dst = append(dst, `,"dest_mac":`...)
	dst = appendLowerMAC(dst, r.ServerMAC[:])
	dst = append(dst, '}')
	return append(r.appendFlowMMT(dst, e), "}}"...)
}

// appendFlowMMT appends the object mmt of a flow, open.
func (r *Session) appendFlowMMT(dst []byte, e *Encoder) []byte {
	dst = e.beginMMT(dst)
	dst = appendMember(dst, "period", r.Number)
	dst = appendMember(dst, "proto_id", uint64(r.Proto))
	dst = e.member(dst, "proto", []byte(e.eve.names(r.Proto)))
	dst = appendMember(dst, "family", uint64(r.Family))
	dst = appendMember(dst, "payload_toserver", r.Up.Payload)
	dst = appendMember(dst, "payload_toclient", r.Down.Payload)
	dst = appendPathMember(dst, "path_toserver", r.PathUp)
	dst = appendPathMember(dst, "path_toclient", r.PathDown)
	if r.TCP != (TCP{}) {
		dst = r.TCP.appendEVE(dst)
	}
	return dst
}

// appendPathMember appends the ids of a path as an array.
func appendPathMember(dst []byte, name string, path []uint32) []byte {
	dst = append(appendName(dst, name), '[')
	for i, id := range path {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendUint(dst, uint64(id))
	}
	return append(dst, ']')
}

// appendEVE appends the object tcp: times in microseconds.
func (t *TCP) appendEVE(dst []byte) []byte {
	dst = append(dst, `,"tcp":{"handshake":`...)
	dst = appendUint(dst, t.Handshake)
	dst = appendMember(dst, "response", t.Response)
	dst = appendMember(dst, "transfer", t.Transfer)
	dst = t.ClientRTT.append(append(dst, `,"rtt_client":`...))
	dst = t.ServerRTT.append(append(dst, `,"rtt_server":`...))
	dst = appendMember(dst, "retransmissions_toserver", t.ClientResends)
	dst = appendMember(dst, "retransmissions_toclient", t.ServerResends)
	return append(dst, '}')
}

func (r *RTT) append(dst []byte) []byte {
	dst = appendUint(append(dst, `{"min":`...), r.Min)
	dst = appendMember(dst, "max", r.Max)
	return append(appendMember(dst, "avg", r.Avg), '}')
}

// eveApp is what a session's application that makes an event beside flow.
type eveApp interface {
	// event returns the type of the event.
	event() string
	// appendEVE appends the members of the event from its own object on, "mmt"
	// open. gaps is where it notes its own.
	appendEVE(dst []byte, e *Encoder, gaps *Gaps) []byte
}

// HasEvent tells whether the application of the session makes a line of its own:
// in EVE only.
func (r *Session) HasEvent(e *Encoder) bool {
	_, ok := r.App.(eveApp)
	return ok && e.format == EVE
}

// AppendEvent appends the line of the session's application, of which HasEvent
// must have told that it is there. Gaps are set as by Append.
func (r *Session) AppendEvent(dst []byte, e *Encoder) []byte {
	app := r.App.(eveApp)
	dst = r.beginEVE(dst, e, app.event())
	dst = app.appendEVE(dst, e, &r.Gaps)
	return append(dst, "}}"...)
}
