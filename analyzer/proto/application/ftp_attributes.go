package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Values of attribute packet_type.
const (
	ftpDataPacket     = 1
	ftpCommandPacket  = 2
	ftpResponsePacket = 3
)

// ftpAttributes are those of the manual's library. Those of scope packet are
// read from the packet's payload, the others from what its control connection
// has said so far.
var ftpAttributes = []dpi.Attribute{
	ftpNumber(1, "session_connection_type", dpi.U8, dpi.ScopeSession, func(_ *dpi.Packet, s *ftpState) uint64 {
		if s.isData {
			return ftpDataConnection
		}
		return ftpControlConnection
	}),
	ftpAddr(2, "server_control_addr", func(s *ftpState) *ftpEnd { return &s.control[1] }),
	ftpPort(3, "server_control_port", func(s *ftpState) *ftpEnd { return &s.control[1] }),
	ftpAddr(4, "client_control_addr", func(s *ftpState) *ftpEnd { return &s.control[0] }),
	ftpPort(5, "client_control_port", func(s *ftpState) *ftpEnd { return &s.control[0] }),
	ftpKnown(6, "control_ip_session_id", dpi.U64, func(s *ftpState) uint64 { return s.controlID }),
	ftpText(7, "user_name", dpi.ScopeOther, func(s *ftpState) dpi.Blob { return s.user }),
	ftpText(8, "password", dpi.ScopeOther, func(s *ftpState) dpi.Blob { return s.password }),
	ftpText(9, "session_features", dpi.ScopeOther, func(s *ftpState) dpi.Blob { return s.features }),
	ftpText(10, "ftp_server_system", dpi.ScopeSession, func(s *ftpState) dpi.Blob { return s.system }),
	ftpNumber(11, "ftp_status", dpi.U16, dpi.ScopeOther, func(_ *dpi.Packet, s *ftpState) uint64 { return uint64(s.status) }),
	ftpBytes(12, "last_command", dpi.Pointer, dpi.ScopeOther, func(s *ftpState) dpi.Blob { return s.command }),
	ftpBytes(13, "last_response_code", dpi.Pointer, dpi.ScopeOther, func(s *ftpState) dpi.Blob { return s.reply }),
	ftpText(14, "current_directory", dpi.ScopeOther, func(s *ftpState) dpi.Blob { return s.where }),
	ftpAddr(15, "server_data_addr", func(s *ftpState) *ftpEnd { return s.dataEnd(ftpPassive) }),
	ftpPort(16, "server_data_port", func(s *ftpState) *ftpEnd { return s.dataEnd(ftpPassive) }),
	ftpAddr(17, "client_data_addr", func(s *ftpState) *ftpEnd { return s.dataEnd(ftpActive) }),
	ftpPort(18, "client_data_port", func(s *ftpState) *ftpEnd { return s.dataEnd(ftpActive) }),
	ftpKnown(19, "data_ip_session_id", dpi.U64, func(s *ftpState) uint64 { return s.dataID }),
	ftpKnown(20, "data_type", dpi.U8, func(s *ftpState) uint64 { return uint64(s.kind) }),
	{ID: 21, Name: "transfer_type", Type: dpi.StringPointer, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeSession, Extract: ftpTransferType},
	ftpKnown(22, "ftp_session_mode", dpi.U8, func(s *ftpState) uint64 { return uint64(s.mode) }),
	ftpKnown(23, "data_direction", dpi.U8, func(s *ftpState) uint64 { return uint64(s.direction) }),
	ftpText(24, "file_name", dpi.ScopeSession, func(s *ftpState) dpi.Blob { return s.name }),
	ftpKnown(25, "file_size", dpi.U32, func(s *ftpState) uint64 { return s.size }),
	ftpText(26, "file_last_modified", dpi.ScopeSession, func(s *ftpState) dpi.Blob { return s.modified }),
	ftpNumber(27, "packet_type", dpi.U8, dpi.ScopePacket, ftpPacketType),
	ftpPacketText(28, "packet_request", ftpCommandPacket, func(line []byte) []byte { word, _ := textWord(line); return word }),
	ftpPacketText(29, "packet_request_parameter", ftpCommandPacket, func(line []byte) []byte { _, rest := textWord(line); return rest }),
	{ID: 30, Name: "packet_response_code", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: ftpResponseCode},
	ftpPacketText(31, "packet_reponse_value", ftpResponsePacket, func(line []byte) []byte { _, text, _ := replyCode(line); return text }),
	ftpNumber(32, "packet_payload_len", dpi.U32, dpi.ScopePacket, func(p *dpi.Packet, _ *ftpState) uint64 { return uint64(len(p.Payload)) }),
}

// ftpOf returns what is known of the packet's flow, nil if nothing is.
func ftpOf(p *dpi.Packet) *ftpState {
	s := dpi.HasState[ftpState](p, id.Ftp)
	if s != nil {
		s.refresh(p.Handler())
	}
	return s
}

// refresh takes over what the control and the data connection have learned of
// each other since.
func (s *ftpState) refresh(h *dpi.Handler) {
	c := dpi.Context[ftpContext](h, id.Ftp)
	table := &c.ftpTable
	if s.third {
		table = dpi.Shared[ftpTable](h, id.Ftp)
	}
	a := table.bySerial(&s.announced, s.serial)
	switch {
	case a == nil:
	case s.isData:
		s.take(h, a)
	default:
		s.dataID, s.dataPeer = a.dataID, a.dataPeer
	}
}

// dataEnd returns the end of the data connection that listens in the given
// mode, nil if it is not known: in passive mode the server's end was announced,
// in active mode the client's.
func (s *ftpState) dataEnd(mode uint8) *ftpEnd {
	switch {
	case s.mode == 0:
		return nil
	case s.mode == mode:
		return &s.announced
	}
	return &s.dataPeer
}

func ftpNumber(n dpi.AttributeID, name string, t dpi.DataType, scope dpi.Scope, get func(*dpi.Packet, *ftpState) uint64) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: t, Pos: dpi.PositionNotKnown, Scope: scope,
		Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
			s := ftpOf(p)
			return s != nil && v.SetU(t, get(p, s))
		}}
}

// ftpKnown is a number that is 0 while it is not known.
func ftpKnown(n dpi.AttributeID, name string, t dpi.DataType, get func(*ftpState) uint64) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: t, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeSession,
		Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
			s := ftpOf(p)
			return s != nil && get(s) != 0 && v.SetU(t, get(s))
		}}
}

func ftpBytes(n dpi.AttributeID, name string, t dpi.DataType, scope dpi.Scope, get func(*ftpState) dpi.Blob) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: t, Pos: dpi.PositionNotKnown, Scope: scope,
		Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
			s := ftpOf(p)
			return s != nil && get(s) != 0 && v.SetBytes(t, p.Handler().Store.Bytes(get(s)))
		}}
}

func ftpText(n dpi.AttributeID, name string, scope dpi.Scope, get func(*ftpState) dpi.Blob) dpi.Attribute {
	return ftpBytes(n, name, dpi.StringPointer, scope, get)
}

func ftpAddr(n dpi.AttributeID, name string, get func(*ftpState) *ftpEnd) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.IP4Addr, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeSession,
		Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
			if s := ftpOf(p); s != nil {
				// IPv4 addresses come after ::ffff.
				if e := get(s); e != nil && e.addr[10] == 0xff && e.addr[11] == 0xff {
					return v.SetIP4(e.addr[12:])
				}
			}
			return false
		}}
}

func ftpPort(n dpi.AttributeID, name string, get func(*ftpState) *ftpEnd) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.U16, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeSession,
		Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
			if s := ftpOf(p); s != nil {
				if e := get(s); e != nil && e.port != 0 {
					return v.SetU(dpi.U16, uint64(e.port))
				}
			}
			return false
		}}
}

// ftpTransferTypes are the types of RFC 959 section 3.1.1.
var ftpTransferTypes = []byte("AEIL")

func ftpTransferType(p *dpi.Packet, _ int, v *dpi.Value) bool {
	s := ftpOf(p)
	if s == nil {
		return false
	}
	for i, t := range ftpTransferTypes {
		if t == s.transferType {
			return v.SetBytes(dpi.StringPointer, ftpTransferTypes[i:i+1])
		}
	}
	return false
}

func ftpPacketType(p *dpi.Packet, s *ftpState) uint64 {
	switch {
	case s.isData:
		return ftpDataPacket
	case s.known && p.Dir == s.serving:
		return ftpResponsePacket
	}
	return ftpCommandPacket
}

// ftpPacketLine returns the first line of a packet of the given type, nil if
// the packet is of another type or carries no text.
func ftpPacketLine(p *dpi.Packet, kind uint64) []byte {
	s := dpi.HasState[ftpState](p, id.Ftp)
	if s == nil || s.opaque || len(p.Payload) == 0 || ftpPacketType(p, s) != kind {
		return nil
	}
	line, _, ok := textLine(p.Payload)
	if !ok {
		line = trimCR(p.Payload)
	}
	return line
}

func ftpPacketText(n dpi.AttributeID, name string, kind uint64, part func(line []byte) []byte) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.StringPointer, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, _ int, v *dpi.Value) bool {
			text := part(ftpPacketLine(p, kind))
			return len(text) > 0 && v.SetBytes(dpi.StringPointer, text)
		}}
}

func ftpResponseCode(p *dpi.Packet, _ int, v *dpi.Value) bool {
	code, _, ok := replyCode(ftpPacketLine(p, ftpResponsePacket))
	return ok && v.SetU(dpi.U16, uint64(code))
}
