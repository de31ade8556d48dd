package rulecomp

import (
	"math/big"
	"strconv"
	"strings"

	"mmt/analyzer/security/rule"
)

// units are the values of delay_units in microseconds.
var units = map[string]int64{
	"Y": 365 * 86400e6, "M": 30 * 86400e6, "D": 86400e6, "H": 3600e6,
	"m": 60e6, "s": 1e6, "ms": 1e3, "mms": 1,
}

// maxBound is the largest bound of a window: far from overflow when a packet's
// time is added.
const maxBound = 1 << 60

// windows reads the delays and counters of an element into n.
func (p *prop) windows(e *element, n *rule.Node) {
	unit := p.unitOf(e)
	n.Delay, n.HasDelay = p.window(e, "delay_min", "delay_max", unit)
	n.Count, n.HasCount = p.window(e, "counter_min", "counter_max", 1)
	none := rule.Window{}
	// [0, 0] is the default: writing it beside the other window says nothing.
	n.HasCount = n.HasCount && n.Count != none
	n.HasDelay = n.HasDelay && (n.Delay != none || !n.HasCount)
}

// unitOf reads delay_units.
func (p *prop) unitOf(e *element) int64 {
	text, ok := e.attr("delay_units")
	if !ok {
		return units["s"]
	}
	unit, ok := units[strings.TrimSpace(text)]
	if !ok {
		p.failIn(e, "delay_units", "unknown delay_units %q%s", text, unitMend(strings.TrimSpace(text)))
		return 1
	}
	return unit
}

// unitNames are what else people write for units.
var unitNames = map[string]string{
	"us": "mms", "µs": "mms", "microsecond": "mms", "microseconds": "mms",
	"msec": "ms", "millisecond": "ms", "milliseconds": "ms", "sec": "s", "second": "s", "seconds": "s",
	"min": "m", "mn": "m", "minute": "m", "minutes": "m", "h": "H", "hour": "H", "hours": "H",
	"d": "D", "day": "D", "days": "D", "month": "M", "months": "M", "y": "Y", "year": "Y", "years": "Y",
}

// unitMend names the unit that was meant.
func unitMend(text string) string {
	if unit, ok := unitNames[strings.ToLower(text)]; ok {
		return " (did you mean " + unit + "?)"
	}
	return " (it is one of Y, M, D, H, m, s, ms, mms)"
}

// window reads two bounds; given tells whether one of them is written.
func (p *prop) window(e *element, low, high string, unit int64) (w rule.Window, given bool) {
	before := p.mistakes
	lowText, hasLow := e.attr(low)
	highText, hasHigh := e.attr(high)
	if hasLow {
		w.Min = p.bound(e, low, lowText, unit, '+')
	}
	if hasHigh {
		w.Max = p.bound(e, high, highText, unit, '-')
	}
	if w.Min > w.Max && p.mistakes == before {
		at := low
		if !hasLow {
			at = high
		}
		p.failIn(e, at, "%s %q lies above %s %q", low, orZero(lowText), high, orZero(highText))
		return rule.Window{}, false
	}
	return w, hasLow || hasHigh
}

func orZero(text string) string {
	if text == "" {
		return "0"
	}
	return text
}

// bound reads one bound: a decimal number with, at its end, the mark that
// excludes the value itself ("+" of a lower bound, "-" of an upper one). A lower
// bound may also start with its mark, where the manual writes it; an upper one
// cannot, since "-5" is a negative number.
func (p *prop) bound(e *element, attribute, text string, unit int64, mark byte) int64 {
	number := strings.TrimSpace(text)
	strict := strings.HasSuffix(number, string(mark))
	switch {
	case strict:
		number = strings.TrimSpace(number[:len(number)-1])
	case mark == '+' && strings.HasPrefix(number, "+"):
		strict = true
		number = strings.TrimSpace(number[1:])
	case strings.HasSuffix(number, "+"):
		p.failIn(e, attribute, "%s %q: \"+\" means more than, which an upper bound cannot be", attribute, text)
		return 0
	case mark == '+' && strings.HasSuffix(number, "-"):
		p.failIn(e, attribute, "%s %q: \"-\" at the end means less than, which a lower bound cannot be", attribute, text)
		return 0
	}
	n, problem := scale(number, unit)
	if problem != "" {
		p.failIn(e, attribute, "%s %q %s", attribute, text, problem)
		return 0
	}
	if !strict {
		return n
	}
	if mark == '+' {
		return n + 1
	}
	return n - 1
}

// scale returns a decimal number times unit, or what is wrong with it.
func scale(number string, unit int64) (n int64, problem string) {
	digits := strings.TrimPrefix(number, "-")
	if digits == "" || len(digits) > 40 || strings.Trim(digits, "0123456789.") != "" {
		return 0, "is no decimal number"
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && n <= maxBound/unit && n >= -maxBound/unit {
		return n * unit, ""
	}
	r, ok := new(big.Rat).SetString(number)
	if !ok {
		return 0, "is no decimal number"
	}
	r.Mul(r, new(big.Rat).SetInt64(unit))
	switch {
	case !r.IsInt() && unit == 1:
		return 0, "is no whole number"
	case !r.IsInt():
		return 0, "is no whole number of microseconds"
	case !r.Num().IsInt64() || r.Num().Int64() > maxBound || r.Num().Int64() < -maxBound:
		return 0, "is too large"
	}
	return r.Num().Int64(), ""
}
