package report

// Fragmentation is report 101: fragmented IP traffic of one protocol path,
// each stats-period in which there was any.
type Fragmentation struct {
	Time        int64    // last packet, nanoseconds since 1970
	Path        []uint32 // up to and including IP
	Fragments   Fragments
	Defragments Fragments
}

// Fragments counts IP fragments: as they came (Fragmentation.Fragments) or as
// they were put together again (Fragmentation.Defragments).
type Fragments struct {
	Data    uint64 // bytes, from the link layer on
	Packets uint64
}

// Append implements Record. The last two fields are the sums of both kinds.
func (r *Fragmentation) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "101", r.Time)
	dst = appendPathField(dst, r.Path)
	dst = r.Fragments.append(dst)
	dst = r.Defragments.append(dst)
	sum := Fragments{
		Data:    r.Fragments.Data + r.Defragments.Data,
		Packets: r.Fragments.Packets + r.Defragments.Packets,
	}
	return e.end(sum.append(dst))
}

func (f Fragments) append(dst []byte) []byte {
	return appendUintField(appendUintField(dst, f.Data), f.Packets)
}
