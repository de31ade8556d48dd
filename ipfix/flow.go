package ipfix

// Flow is a session, or what it did since its last record. Arrays of two are by
// direction: 0 is from the source, which sent the first packet.
type Flow struct {
	Addr        [2][16]byte // of IPv4 in the last four bytes
	V6          bool
	Port        [2]uint16
	Proto       uint8    // IP protocol number
	Message     [2]uint8 // type and code of the first message of ICMP
	First, Last int64    // packet times, ns since 1970
	Octets      [2]uint64
	Packets     [2]uint64
	MAC         [2][6]byte
	Application uint32 // protocol id of this program; 24 bits are told
}

const (
	// initiator is the biflowDirection of RFC 5103 section 6.3: the source is who
	// began.
	initiator = 1
	// userDefined is the engine of RFC 6759 section 4.1 whose numbers are not of
	// a public registry.
	userDefined = 6
)

// Append appends the record with the number of its template before it.
func (f *Flow) Append(dst []byte) []byte {
	id, from := uint16(templateV4), 12
	if f.V6 {
		id, from = templateV6, 0
	}
	dst = order.AppendUint16(dst, id)
	dst = append(dst, f.Addr[0][from:]...)
	dst = append(dst, f.Addr[1][from:]...)
	dst = append(dst, f.Message[0], f.Message[1])
	dst = order.AppendUint16(dst, f.Port[0])
	dst = order.AppendUint16(dst, f.Port[1])
	dst = append(dst, f.Proto, initiator)
	dst = order.AppendUint64(dst, milliseconds(f.First))
	dst = order.AppendUint64(dst, milliseconds(f.Last))
	for i := range f.Octets {
		dst = order.AppendUint64(dst, f.Octets[i])
		dst = order.AppendUint64(dst, f.Packets[i])
	}
	dst = append(dst, f.MAC[0][:]...)
	dst = append(dst, f.MAC[1][:]...)
	return order.AppendUint32(dst, userDefined<<24|f.Application&(1<<24-1))
}

// milliseconds turns ns since 1970 into the time of RFC 7011 section 6.1.8.
func milliseconds(t int64) uint64 { return uint64(max(t, 0)) / 1e6 }
