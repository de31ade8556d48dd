package traffic

// SCTP chunk types (RFC 9260 section 3.2).
const (
	sctpData         = 0
	sctpInit         = 1
	sctpInitAck      = 2
	sctpSack         = 3
	sctpHeartbeat    = 4
	sctpHeartbeatAck = 5
	sctpAbort        = 6
	sctpShutdown     = 7
	sctpShutdownAck  = 8
	sctpCookieEcho   = 10
	sctpCookieAck    = 11
	sctpShutdownDone = 14
)

const (
	portM3UA   = 2905
	sctpWindow = 106496
)

// sctp is an association that carries M3UA (RFC 4666) and ends in order, and
// one that is aborted.
func sctp(g *Gen) {
	a := g.associate(g.to("stp.example.net"))
	a.data(true, m3ua(3, 1, nil))
	a.data(false, m3ua(3, 4, nil))
	a.data(true, m3ua(4, 1, wire{}.u16(11, 8).u32(2)))
	a.data(false, m3ua(4, 3, wire{}.u16(11, 8).u32(2)))
	beat := wire{}.u16(1).u16(44).raw(g.bytes(40))
	a.chunks(true, sctpChunk(sctpHeartbeat, 0, beat))
	a.chunks(false, sctpChunk(sctpHeartbeatAck, 0, beat))
	a.chunks(true, sctpChunk(sctpShutdown, 0, wire{}.u32(a.serverSide.tsn-1)))
	a.chunks(false, sctpChunk(sctpShutdownAck, 0, nil))
	a.chunks(true, sctpChunk(sctpShutdownDone, 0, nil))
	b := g.associate(g.to4("stp2.example.net"))
	b.data(true, m3ua(3, 1, nil))
	b.chunks(false, sctpChunk(sctpAbort, 0, wire{}.u16(12, 4)))
}

// sctpSide is what one end of an association keeps: the tag that its peer
// must use, and the number of its next data chunk.
type sctpSide struct {
	tag, tsn uint32
	seq      uint16
}

// association is an SCTP association.
type association struct {
	*talk
	clientSide, serverSide sctpSide
}

func (a *association) sides(up bool) (from, to *sctpSide) {
	if up {
		return &a.clientSide, &a.serverSide
	}
	return &a.serverSide, &a.clientSide
}

// chunks sends a packet with the tag of its receiver.
func (a *association) chunks(up bool, chunks ...wire) {
	_, to := a.sides(up)
	a.tagged(up, to.tag, chunks...)
}

func (a *association) tagged(up bool, tag uint32, chunks ...wire) {
	a.step(up)
	src, dst := a.ports(up)
	a.emit(up, protoSCTP, sctpPacket(src, dst, tag, chunks...))
}

// associate is the four-way handshake; the first packet has no tag yet.
func (g *Gen) associate(p path) *association {
	a := &association{talk: g.talk(p, portM3UA), clientSide: sctpSide{tag: g.u32(), tsn: g.u32()}, serverSide: sctpSide{tag: g.u32(), tsn: g.u32()}}
	cookie := g.bytes(120)
	hello := func(s sctpSide) wire { return wire{}.u32(s.tag, sctpWindow).u16(10, 10).u32(s.tsn) }
	a.tagged(true, 0, sctpChunk(sctpInit, 0, hello(a.clientSide).u16(12, 8, 5, 6).u16(0xc000, 4)))
	a.chunks(false, sctpChunk(sctpInitAck, 0, hello(a.serverSide).u16(7, uint16(4+len(cookie))).raw(cookie)))
	a.chunks(true, sctpChunk(sctpCookieEcho, 0, cookie))
	a.chunks(false, sctpChunk(sctpCookieAck, 0, nil))
	return a
}

// data sends a whole message on stream 0 and has it acknowledged.
func (a *association) data(up bool, message []byte) {
	const wholeMessage, m3uaProtocol = 3, 3
	from, _ := a.sides(up)
	a.chunks(up, sctpChunk(sctpData, wholeMessage, wire{}.u32(from.tsn).u16(0, from.seq).u32(m3uaProtocol).raw(message)))
	a.chunks(!up, sctpChunk(sctpSack, 0, wire{}.u32(from.tsn, sctpWindow).u16(0, 0)))
	from.tsn++
	from.seq++
}

// m3ua builds a message of a class and type with its parameters.
func m3ua(class, typ byte, parameters []byte) wire {
	return wire{}.u8(1, 0, class, typ).u32(uint32(8 + len(parameters))).raw(parameters)
}
