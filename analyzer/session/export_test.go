package session

// RTTBlocks returns how many blocks of segments that were not acknowledged are
// in use.
func (t *Table) RTTBlocks() int { return t.rtts.used() }
