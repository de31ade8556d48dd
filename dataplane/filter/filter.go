// Package filter compiles tcpdump filter expressions (the language of the
// pcap-filter(7) manual page) and runs them on captured packets, without cgo
// and without allocation per packet.
//
// The way of an expression: text → tokens → tree (Parse) → tests for one link
// type (Compile) → a program whose jumps only go forward, so that it always
// ends. A load past the captured bytes rejects the packet, wherever it stands
// in the expression, as in every BPF machine.
//
// The meaning follows libpcap 1.10, also where it surprises: "and" and "or"
// bind equally and group to the left; "vlan", "mpls" and "pppoes" move the
// offsets of everything to the right of them; "tcp[...]" reads IPv4 only. It
// departs from libpcap, each time towards the right answer or an error, where
//   - "%" or "^" meets another operator without parentheses (libpcap groups
//     these unlike C): an error asks for parentheses;
//   - "port not 80" (libpcap drops the "not"): an error;
//   - an access on the right of an operator implies its protocol as one on the
//     left does: "1 + tcp[0] > 0" matches TCP only;
//   - "ip6 protochain" passes an authentication header by its true length;
//   - BSD loopback accepts the address family in either byte order, and PPP
//     accepts frames with and without the HDLC address and control bytes;
//   - Linux cooked captures (v1 and v2) know "vlan", "mpls", 802.2 and OSI frames;
//   - "net 10/8" and hexadecimal numbers in port ranges are understood;
//   - a protocol number that its field cannot hold is an error;
//   - a filter that can match nothing on a link type is no error, because a
//     trace may hold several link types.
//
// It does not know: Geneve, 802.11, ATM and OpenBSD pf words, names from
// /etc/ethers and /etc/networks, "gateway". These give an error that names the
// word. It does not decode packets for anything but filters.
package filter

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"mmt/dataplane"
)

// maxText bounds the length of an expression in bytes, and by that the work
// and the depth of everything done with it.
const maxText = 64 << 10

// Error tells what is wrong with an expression, and where.
type Error struct {
	Expr   string // the whole expression
	Offset int    // byte offset of the offending word in Expr
	Reason string // what is wrong and, where known, the mend
}

func (e *Error) Error() string {
	return fmt.Sprintf("filter %q, column %d: %s", e.Expr, e.Offset+1, e.Reason)
}

// Expr is a parsed expression, not yet bound to a link type.
type Expr struct {
	text string
	root node // nil matches every packet
}

// String returns the text that was parsed.
func (e *Expr) String() string { return e.text }

// Parse reads a filter expression. The empty expression matches every packet.
// Host names are looked up once, here, for at most five seconds each; port
// names come from the system's services list.
func Parse(text string) (*Expr, error) {
	return parse(text, lookupHost)
}

// Compile binds the expression to packets that start as link says. The error
// is an *Error where the expression asks for something that packets of this
// link type do not have.
func (e *Expr) Compile(link dataplane.LinkType) (*Program, error) {
	return compile(e, link)
}

// Compile parses text and compiles it for one link type.
func Compile(text string, link dataplane.LinkType) (*Program, error) {
	e, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return e.Compile(link)
}

// resolver turns a host name into its addresses.
type resolver func(name string) ([]netip.Addr, error)

func lookupHost(name string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
}
