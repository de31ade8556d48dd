package output

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mmt/ipfix"
)

// IPFIXOptions say where a collector is and what it gets.
type IPFIXOptions struct {
	Network, Address string        // "udp" or "tcp", and host:port
	Domain           uint32        // observation domain
	TemplateRefresh  time.Duration // templates are sent again after it, over UDP
}

// IPFIX is the Remote of a collector of IPFIX. Its "lines" are records of package
// ipfix, which may hold any byte. What holds for lines of Socket holds for them:
// over TCP they come at least once, over UDP some may not come at all.
type IPFIX struct {
	opt       IPFIXOptions
	socket    *Socket
	messages  ipfix.Messages
	templates time.Time // when they were sent last
}

// NewIPFIX makes the Remote. It does not connect.
func NewIPFIX(o IPFIXOptions) *IPFIX {
	return &IPFIX{opt: o, socket: NewSocket(o.Network, o.Address), messages: ipfix.Messages{Domain: o.Domain}}
}

// Open implements Remote.
func (x *IPFIX) Open(ctx context.Context) error {
	x.templates = time.Time{}
	if x.opt.Network == "tcp" {
		x.messages.Reset()
	}
	return x.socket.Open(ctx)
}

// Close implements Remote.
func (x *IPFIX) Close() error { return x.socket.Close() }

// Send implements Remote.
func (x *IPFIX) Send(ctx context.Context, b *Batch) (sent int, err error) {
	defer x.socket.until(ctx)()
	sent, err = x.sendAll(b)
	if x.opt.Network == "udp" {
		return sent, err
	}
	var refused *givenUp
	if gone := x.socket.drain(ctx); gone != nil || err != nil && !errors.As(err, &refused) {
		return 0, fmt.Errorf("tcp %s: %w", x.opt.Address, errors.Join(err, gone))
	}
	return sent, err
}

// sendAll writes all records, and the templates before them if it is time.
func (x *IPFIX) sendAll(b *Batch) (sent int, err error) {
	now := time.Now()
	second := uint32(now.Unix())
	if x.isDue(now) {
		if _, err := x.socket.conn.Write(x.messages.Templates(second)); err != nil {
			return 0, err
		}
		x.templates = now
	}
	for sent < b.Len() {
		n := x.fill(b, sent, second)
		if n == 0 {
			return sent, Refused(1, errors.New("this is no record of IPFIX"))
		}
		if _, err := x.socket.conn.Write(x.messages.Message()); err != nil {
			return sent, err
		}
		x.messages.Sent()
		sent += n
	}
	return sent, nil
}

// isDue tells whether templates must be sent: at first, and over UDP, where they
// may get lost, now and then (RFC 7011 section 8.4).
func (x *IPFIX) isDue(now time.Time) bool {
	return x.templates.IsZero() || x.opt.Network == "udp" && now.Sub(x.templates) >= x.opt.TemplateRefresh
}

// fill makes a message of as many records as it has room for, and says how many.
func (x *IPFIX) fill(b *Batch, from int, second uint32) (n int) {
	x.messages.Begin(second)
	for from+n < b.Len() {
		record := b.Line(from + n)
		if !ipfix.IsRecord(record) || !x.messages.Add(record) {
			break
		}
		n++
	}
	return n
}
