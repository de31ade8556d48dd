// Package show prints what the dissection library sees in a trace, for the
// command mmt-dpi: the lists of protocols and attributes, the attributes of
// every packet, and the flows. It does not know reports or outputs.
package show

import (
	"bufio"
	"errors"
	"io"
	"net/netip"
	"strconv"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

// l4Names are the names of transports in a flow's line; others are shown by
// number.
var l4Names = map[uint8]string{1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPV6", 89: "OSPF", 103: "PIM", 112: "VRRP", 113: "PGM", 132: "SCTP", 136: "UDPLITE", 8: "EGP"}

// flowWriter prints each flow when it ends.
type flowWriter struct {
	w    *bufio.Writer
	h    *dpi.Handler
	json bool
	line []byte
	path []dpi.ProtocolID
}

// Flows prints one line per flow of src: transport, both ends, path,
// application, host name, packets and bytes each way, first and last time. It
// prints what it has also when src ends with an error, which it returns.
func Flows(out io.Writer, src dataplane.Source, asJSON bool) error {
	reg, services, err := proto.Load()
	if err != nil {
		return err
	}
	f := &flowWriter{w: bufio.NewWriter(out), json: asJSON}
	table := session.NewTable(session.Config{Ended: f.flow})
	if f.h, err = dpi.NewHandler(reg, table, dpi.Options{Services: services}); err != nil {
		return err
	}
	if !asJSON {
		f.header()
	}
	err = Run(src, func(b *dataplane.Burst) {
		for i := range b.N {
			table.Advance(b.Packets[i].Time)
			f.h.Process(b.Packets[i : i+1])
		}
	})
	table.Close()
	return errors.Join(err, f.w.Flush())
}

// Run feeds the bursts of src to process until its end.
func Run(src dataplane.Source, process func(*dataplane.Burst)) error {
	var b dataplane.Burst
	for {
		err := src.Receive(&b)
		if b.N > 0 && err == nil {
			process(&b)
		}
		src.Release(&b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (f *flowWriter) header() {
	f.w.WriteString("l4\tsrc\tsport\tdst\tdport\tpath\tapplication\thost\tpackets_up\tpackets_down\tbytes_up\tbytes_down\tfirst\tlast\n")
}

// flow prints the line of a flow and lets go of what is kept for it.
func (f *flowWriter) flow(s *session.Session) {
	f.h.Conclude(&s.Flow)
	if f.json {
		f.line = f.appendJSON(f.line[:0], s)
	} else {
		f.line = f.appendText(f.line[:0], s)
	}
	f.w.Write(f.line)
	f.h.EndFlow(&s.Flow)
}

// l4 returns the transport's name.
func l4(n uint8) string {
	if name := l4Names[n]; name != "" {
		return name
	}
	return strconv.Itoa(int(n))
}

// appendAddr appends an address as text.
func appendAddr(b []byte, a [16]byte) []byte { return netip.AddrFrom16(a).Unmap().AppendTo(b) }

// appendPath appends the names of the flow's path joined by dots.
func (f *flowWriter) appendPath(b []byte, s *session.Session) []byte {
	dir := dpi.Up
	if s.PathOf(dir) == 0 {
		dir = dpi.Down
	}
	f.path = f.h.AppendFlowPath(f.path[:0], &s.Flow, dir)
	for i, id := range f.path {
		if i > 0 {
			b = append(b, '.')
		}
		b = append(b, f.h.Registry().Name(id)...)
	}
	return b
}

// application returns the name of the service that the flow is about, "" if
// there is none.
func (f *flowWriter) application(s *session.Session) string {
	if id := f.h.Service(&s.Flow); id != dpi.Unknown {
		return f.h.Registry().Name(id)
	}
	return ""
}

func (f *flowWriter) appendText(b []byte, s *session.Session) []byte {
	tab := func() { b = append(b, '\t') }
	number := func(n uint64) { tab(); b = strconv.AppendUint(b, n, 10) }
	b = append(b, l4(s.L4)...)
	for i := range 2 {
		tab()
		b = appendAddr(b, s.Addr[i])
		number(uint64(s.Port[i]))
	}
	tab()
	b = f.appendPath(b, s)
	tab()
	b = append(b, f.application(s)...)
	tab()
	b = dpi.AppendPrintable(b, f.h.Store.Bytes(s.Host))
	number(s.Packets[0])
	number(s.Packets[1])
	number(s.Bytes[0])
	number(s.Bytes[1])
	tab()
	b = dpi.AppendTime(b, s.FirstTime)
	tab()
	return append(dpi.AppendTime(b, s.LastTime), '\n')
}

func (f *flowWriter) appendJSON(b []byte, s *session.Session) []byte {
	text := func(key string) { b = append(append(append(b, `,"`...), key...), `":"`...) }
	number := func(key string, n uint64) {
		b = append(append(append(b, `,"`...), key...), `":`...)
		b = strconv.AppendUint(b, n, 10)
	}
	b = append(append(b, `{"l4":"`...), l4(s.L4)...)
	b = append(b, '"')
	for i, names := range [2][2]string{{"src", "sport"}, {"dst", "dport"}} {
		text(names[0])
		b = append(appendAddr(b, s.Addr[i]), '"')
		number(names[1], uint64(s.Port[i]))
	}
	text("path")
	b = append(f.appendPath(b, s), '"')
	text("application")
	b = append(append(b, f.application(s)...), '"')
	b = append(b, `,"host":`...)
	b = strconv.AppendQuoteToASCII(b, string(dpi.AppendPrintable(nil, f.h.Store.Bytes(s.Host))))
	for i, dir := range [2]string{"up", "down"} {
		number("packets_"+dir, s.Packets[i])
		number("bytes_"+dir, s.Bytes[i])
	}
	b = dpi.AppendTime(append(b, `,"first":`...), s.FirstTime)
	b = dpi.AppendTime(append(b, `,"last":`...), s.LastTime)
	return append(b, '}', '\n')
}
