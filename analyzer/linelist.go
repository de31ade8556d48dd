package analyzer

// lineList is lines, one after the other.
type lineList struct {
	text  []byte
	notes []lineNote
}

// lineNote says what is to be known of a line.
type lineNote struct {
	to    Channels
	end   int // of the line in the text
	kind  VerdictKind
	again bool // it tells what the one before it tells, in another form
}

func (l *lineList) add(line []byte, note lineNote) {
	l.text = append(l.text, line...)
	note.end = len(l.text)
	l.notes = append(l.notes, note)
}

func (l *lineList) each(f func(line []byte, note *lineNote)) {
	from := 0
	for i := range l.notes {
		n := &l.notes[i]
		f(l.text[from:n.end], n)
		from = n.end
	}
}

func (l *lineList) reset() { l.text, l.notes = l.text[:0], l.notes[:0] }
