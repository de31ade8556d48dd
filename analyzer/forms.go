package analyzer

import (
	"iter"

	"mmt/report"
)

// Form is a way to write lines, and the channels that want them so.
type Form struct {
	To      Channels
	Encoder *report.Encoder
}

// Forms are the ways in which lines are written. A channel stands in one of them;
// one that stands in none gets no lines.
type Forms []Form

// InOneForm writes the lines of all channels in the same way.
func InOneForm(e *report.Encoder) Forms { return Forms{{To: ^Channels(0), Encoder: e}} }

// Of returns, of each form that some of the channels want, these channels and what
// writes their line.
func (f Forms) Of(to Channels) iter.Seq2[Channels, *report.Encoder] {
	return func(yield func(Channels, *report.Encoder) bool) {
		for i := range f {
			if want := f[i].To & to; want != 0 && !yield(want, f[i].Encoder) {
				return
			}
		}
	}
}

// Wants tells whether one of the channels gets lines of a format.
func (f Forms) Wants(to Channels, format report.Format) bool {
	for want, e := range f.Of(to) {
		if want != 0 && e.Format() == format {
			return true
		}
	}
	return false
}
