package report

// Fragmentation is report 101: the IP traffic of one protocol path, and how much
// of it was fragments, each stats-period in which there were any.
type Fragmentation struct {
	Time       int64    // last fragment, nanoseconds since 1970
	Path       []uint32 // up to and including IP
	All        Fragments
	Fragmented Fragments
}

// Fragments counts IP packets: all of them, or those that are fragments.
type Fragments struct {
	Data    uint64 // bytes, from the link layer on
	Packets uint64
}

// Append implements Record. The last two fields are the sums of both.
func (r *Fragmentation) Append(dst []byte, e *Encoder) []byte {
	dst = e.begin(dst, "101", r.Time)
	dst = appendPathField(dst, r.Path)
	dst = r.All.append(dst)
	dst = r.Fragmented.append(dst)
	sum := Fragments{
		Data:    r.All.Data + r.Fragmented.Data,
		Packets: r.All.Packets + r.Fragmented.Packets,
	}
	return e.end(sum.append(dst))
}

func (f Fragments) append(dst []byte) []byte {
	return appendUintField(appendUintField(dst, f.Data), f.Packets)
}
