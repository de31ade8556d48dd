package analyzer

import "runtime/debug"

// survive leaves out the rest of a story at which the Merger has crashed: workers
// wait for nothing that will not come, and what they tell later is told.
func (m *Merger) survive() {
	if m.options.Crashed == nil {
		return
	}
	e := recover()
	if e == nil {
		return
	}
	if f := &m.strands[m.at]; f.story != nil {
		f.next = len(f.story.events)
	}
	m.options.Crashed(e, debug.Stack())
}
