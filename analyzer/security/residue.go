package security

// residue is what of a tree is still to come for an instance, as the machine
// builder follows all that can happen to it. It is never changed once made.
type residue struct {
	kind residueKind
	tree *tree
	win  int // window in which the node became active, noWindow at the start
	kids []*residue
}

type residueKind uint8

const (
	waits   residueKind = iota // a leaf whose event has not come
	inFirst                    // a sequence, kids[0] is what is left of its first part
	inLater                    // a sequence, kids[0] is what is left of its second part
	oneOf                      // alternatives that are open
	passes                     // the node holds
	fails                      // the node cannot hold any more
	ends                       // the property's context cannot hold any more
)

// noWindow is the window of what waits without limit.
const noWindow = -1

var (
	passed = &residue{kind: passes}
	failed = &residue{kind: fails}
	ended  = &residue{kind: ends}
)

// opening is a window that a step opens.
type opening struct {
	of   *tree // the sequence whose second part becomes active
	clip int   // window that bounds it, noWindow if none
}

// walker follows one step of a residue: an event in some windows, or windows
// that are over.
type walker struct {
	windows int // windows before the step; those it opens are numbered from here
	opened  []opening
}

// activate returns the residue of a node that begins in a window.
func (k *walker) activate(t *tree, win int) *residue {
	switch t.shape {
	case leafShape:
		return &residue{kind: waits, tree: t, win: win}
	case seqShape:
		return &residue{kind: inFirst, tree: t, win: win, kids: []*residue{k.activate(t.kids[0], win)}}
	}
	r := &residue{kind: oneOf, tree: t, win: win}
	for _, kid := range t.kids {
		r.kids = append(r.kids, k.activate(kid, win))
	}
	return r
}

// event returns the residue after an event, for the leaves whose window is
// among those given.
func (k *walker) event(r *residue, event int, in func(win int) bool) *residue {
	switch r.kind {
	case waits:
		if r.tree.event == event && in(r.win) {
			return passed
		}
		return r
	case oneOf:
		return k.eventOneOf(r, event, in)
	case inFirst, inLater:
		return k.settle(r, k.event(r.kids[0], event, in))
	}
	return r
}

// eventOneOf is event for alternatives. In the context a copy commits itself to
// the alternative that it takes.
func (k *walker) eventOneOf(r *residue, event int, in func(win int) bool) *residue {
	kids := make([]*residue, len(r.kids))
	for i, kid := range r.kids {
		kids[i] = k.event(kid, event, in)
		if kids[i] != kid && !r.tree.moving {
			return kids[i]
		}
	}
	return r.among(kids)
}

// over returns the residue after a window is over.
func (k *walker) over(r *residue, win int) *residue {
	switch r.kind {
	case waits:
		if r.win == win {
			return failed
		}
		return r
	case oneOf:
		kids := make([]*residue, len(r.kids))
		for i, kid := range r.kids {
			kids[i] = k.over(kid, win)
		}
		return r.among(kids)
	case inFirst, inLater:
		return k.settle(r, k.over(r.kids[0], win))
	}
	return r
}

// among returns alternatives of which some may have come to an end.
func (r *residue) among(kids []*residue) *residue {
	var open []*residue
	same := true
	for i, kid := range kids {
		same = same && kid == r.kids[i]
		switch kid.kind {
		case passes:
			return passed
		case fails, ends:
		default:
			open = append(open, kid)
		}
	}
	switch {
	case same:
		return r
	case len(open) == 0:
		return failed
	}
	return &residue{kind: oneOf, tree: r.tree, win: r.win, kids: open}
}

// settle returns a sequence after a step of the part that is active.
func (k *walker) settle(r, kid *residue) *residue {
	t := r.tree
	switch {
	case kid == r.kids[0]:
		return r
	case kid.kind == ends:
		return ended
	case kid.kind != passes && kid.kind != fails:
		return &residue{kind: r.kind, tree: t, win: r.win, kids: []*residue{kid}}
	case r.kind == inFirst && kid.kind == passes:
		return &residue{kind: inLater, tree: t, win: noWindow, kids: []*residue{k.activate(t.kids[1], k.open(t, r.win))}}
	case r.kind == inFirst:
		if t.root {
			return ended
		}
		return failed
	case (kid.kind == passes) != t.negate:
		return passed
	}
	return failed
}

// open opens the window of a sequence's second part.
func (k *walker) open(t *tree, win int) int {
	clip := noWindow
	if t.clip {
		clip = win
	}
	k.opened = append(k.opened, opening{of: t, clip: clip})
	return k.windows + len(k.opened) - 1
}

// leaf is an event that a residue waits for, and in which window.
type leaf struct {
	tree *tree
	win  int
	// back tells that the event completes a context whose trigger came before.
	back bool
}

// leaves appends the events that r waits for.
func (r *residue) leaves(list []leaf) []leaf {
	if r.kind == waits {
		return append(list, leaf{tree: r.tree, win: r.win})
	}
	for _, kid := range r.kids {
		n := len(list)
		list = kid.leaves(list)
		if r.kind == inLater && r.tree.before {
			for i := range list[n:] {
				list[n+i].back = true
			}
		}
	}
	return list
}
