package application

import "mmt/analyzer/dpi"

// ndnTexts is where the texts of a packet that are not in one piece are put
// together.
type ndnTexts struct {
	name, exclude, locator [2048]byte
}

func newNDNTexts() any { return new(ndnTexts) }

// ndnAttributes are the attributes of ndn and ndn_http. Their numbers are those
// of the elements, but for the first two and the last, a list of sessions that
// only a caller of the C library could read: it is never there.
func ndnAttributes(owner dpi.ProtocolID) []dpi.Attribute {
	return []dpi.Attribute{
		ndnField(2, "packet_type", dpi.U8, func(q ndnPacket) (uint64, bool) { return q.kind, true }),
		ndnField(3, "packet_length", dpi.U32, func(q ndnPacket) (uint64, bool) { return uint64(len(q.body)), true }),
		ndnText(8, "name_components", func(p *dpi.Packet, q ndnPacket) []byte {
			return joinNDN(textsOf(p, owner).name[:], q.name())
		}),
		ndnField(10, "nonce", dpi.U32, numberIn(ndnNonce, ndnInterest)),
		ndnField(12, "life_time", dpi.U32, numberIn(ndnLifetime, ndnInterest)),
		ndnField(13, "min_suffix", dpi.U32, selector(ndnMinSuffix)),
		ndnField(14, "max_suffix", dpi.U32, selector(ndnMaxSuffix)),
		ndnField(15, "publisher_publickey_locator", dpi.U8, ndnPacket.publisherKey),
		ndnText(16, "exclude", func(p *dpi.Packet, q ndnPacket) []byte {
			list, _ := q.selectorValue(ndnExclude)
			return joinNDN(textsOf(p, owner).exclude[:], list)
		}),
		ndnField(17, "child_selector", dpi.U8, selector(ndnChildSelector)),
		ndnField(18, "must_be_fresh", dpi.U8, ndnPacket.mustBeFresh),
		ndnField(19, "any", dpi.U8, ndnPacket.any),
		ndnText(21, "content", func(_ *dpi.Packet, q ndnPacket) []byte { return q.value(ndnData, ndnContent) }),
		ndnText(23, "signature_value", func(_ *dpi.Packet, q ndnPacket) []byte { return q.signature() }),
		ndnField(24, "content_type", dpi.U8, numberIn(ndnContentType, ndnData, ndnMetaInfo)),
		ndnField(25, "fresh_period", dpi.U32, numberIn(ndnFreshness, ndnData, ndnMetaInfo)),
		ndnText(26, "final_block_id", func(_ *dpi.Packet, q ndnPacket) []byte {
			_, component, _, _ := ndnElement(q.value(ndnData, ndnMetaInfo, ndnFinalBlock))
			return component
		}),
		ndnField(27, "signature_type", dpi.U8, ndnPacket.signatureType),
		ndnText(28, "key_locator", func(p *dpi.Packet, q ndnPacket) []byte {
			return q.keyLocator(textsOf(p, owner).locator[:])
		}),
		{ID: 30, Name: "list_sessions", Type: dpi.Pointer, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeSession,
			Extract: func(*dpi.Packet, int, *dpi.Value) bool { return false }},
	}
}

func textsOf(p *dpi.Packet, owner dpi.ProtocolID) *ndnTexts {
	return dpi.Context[ndnTexts](p.Handler(), owner)
}

func ndnField(n dpi.AttributeID, name string, t dpi.DataType, get func(ndnPacket) (uint64, bool)) dpi.Attribute {
	limit := uint64(1)<<(8*t.Size()) - 1
	return dpi.Attribute{ID: n, Name: name, Type: t, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			var q ndnPacket
			if _, ok := q.parse(p.LayerBytes(layer)); !ok {
				return false
			}
			number, ok := get(q)
			return ok && v.SetU(t, min(number, limit))
		}}
}

// ndnText is there unless it is empty.
func ndnText(n dpi.AttributeID, name string, get func(*dpi.Packet, ndnPacket) []byte) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.StringPointer, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			var q ndnPacket
			if _, ok := q.parse(p.LayerBytes(layer)); !ok {
				return false
			}
			text := get(p, q)
			return len(text) > 0 && v.SetBytes(dpi.StringPointer, text)
		}}
}

// value returns the value of the element at the end of a path of kinds, nil if
// there is none or the packet is of another kind.
func (q ndnPacket) value(of uint64, path ...uint64) []byte {
	if q.kind != of {
		return nil
	}
	d := q.body
	for _, kind := range path {
		d, _ = ndnFind(d, kind)
	}
	return d
}

// numberIn reads the number in an element of packets of a kind, which is inside
// others.
func numberIn(kind, of uint64, outer ...uint64) func(ndnPacket) (uint64, bool) {
	return func(q ndnPacket) (uint64, bool) {
		value, _ := ndnFind(q.value(of, outer...), kind)
		return ndnNumber(value)
	}
}

// selectorValue finds what an Interest says about the Data it wants: directly
// (0.3), or among its selectors.
func (q ndnPacket) selectorValue(kind uint64) (value []byte, ok bool) {
	if q.kind != ndnInterest {
		return nil, false
	}
	if value, ok = ndnFind(q.body, kind); ok {
		return value, ok
	}
	selectors, _ := ndnFind(q.body, ndnSelectors)
	return ndnFind(selectors, kind)
}

func selector(kind uint64) func(ndnPacket) (uint64, bool) {
	return func(q ndnPacket) (uint64, bool) {
		value, _ := q.selectorValue(kind)
		return ndnNumber(value)
	}
}

// mustBeFresh is 1 where the Interest asks for fresh Data, else absent.
func (q ndnPacket) mustBeFresh() (uint64, bool) {
	_, ok := q.selectorValue(ndnMustBeFresh)
	return 1, ok
}

// any is 1 where the Interest excludes a range, else absent.
func (q ndnPacket) any() (uint64, bool) {
	list, _ := q.selectorValue(ndnExclude)
	_, ok := ndnFind(list, ndnAny)
	return 1, ok
}

// publisherKey tells how the publisher's key is named: by 7, a name, or 29, a
// digest.
func (q ndnPacket) publisherKey() (uint64, bool) {
	value, _ := q.selectorValue(ndnPublisherKey)
	kind, inner, _, ok := ndnElement(value)
	if ok && kind == ndnKeyLocator {
		kind, _, _, ok = ndnElement(inner)
	}
	return kind, ok
}

// signatureInfo returns the elements that describe the signature.
func (q ndnPacket) signatureInfo() []byte {
	if q.kind == ndnInterest {
		return q.value(ndnInterest, ndnInterestSigInfo)
	}
	return q.value(ndnData, ndnSignatureInfo)
}

func (q ndnPacket) signature() []byte {
	if q.kind == ndnInterest {
		return q.value(ndnInterest, ndnInterestSigValue)
	}
	return q.value(ndnData, ndnSignatureValue)
}

func (q ndnPacket) signatureType() (uint64, bool) {
	value, _ := ndnFind(q.signatureInfo(), ndnSignatureType)
	return ndnNumber(value)
}

// keyLocator returns the name of the key that made the signature, written to
// out, or the key's digest.
func (q ndnPacket) keyLocator(out []byte) []byte {
	locator, _ := ndnFind(q.signatureInfo(), ndnKeyLocator)
	kind, value, _, _ := ndnElement(locator)
	if kind == ndnName {
		return joinNDN(out, value)
	}
	return value
}
