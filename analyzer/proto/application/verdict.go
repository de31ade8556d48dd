package application

import "mmt/analyzer/dpi"

// verdict makes a judgement that more payload would not change.
func verdict(ok bool) dpi.Verdict {
	if ok {
		return dpi.Yes
	}
	return dpi.No
}

// yesOrMore makes a judgement that only more payload can help if it is not
// Yes.
func yesOrMore(ok bool) dpi.Verdict {
	if ok {
		return dpi.Yes
	}
	return dpi.More
}

// moreUnless makes a judgement for payload that is not enough yet but may be
// hopeless already.
func moreUnless(hopeless bool) dpi.Verdict {
	if hopeless {
		return dpi.No
	}
	return dpi.More
}

// patience is how many packets of a direction are looked at where a protocol is
// expected: a broken packet says nothing about the next one.
const patience = 4

// onOwnPort makes a judgement of a datagram on a port of the protocol.
func onOwnPort(p *dpi.Packet, ok bool) dpi.Verdict {
	if ok {
		return dpi.Yes
	}
	return moreUnless(p.Asked(p.Dir) > patience)
}
