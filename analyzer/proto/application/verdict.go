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
