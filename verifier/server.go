package verifier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security"
	"mmt/verifier/wire"
)

const (
	maxProbes   = 1024                   // at a time
	maxWaiting  = 64                     // batches on their way to the engine
	drainPeriod = 300 * time.Millisecond // in which probes are read to the end when the server stops
	acceptPause = 100 * time.Millisecond // after an error of the listener
)

// ServerOptions are what a Server needs.
type ServerOptions struct {
	Registry   *dpi.Registry    // frozen
	Engine     *security.Engine // which Serve closes
	MaxMessage int              // bytes
	// Reorder is how long messages wait so that those of several probes can be
	// verified in the order of their times; 0: in the order in which they come.
	Reorder time.Duration
	Log     *slog.Logger
}

// Server verifies the messages of probes with one engine, so that properties can
// speak of what several probes have seen. It trusts nothing that comes in, and
// sends nothing back.
type Server struct {
	ServerOptions

	in      chan *batch
	free    sync.Pool
	merger  merger
	changes chan *change
	merged  chan struct{} // closed when nothing is verified any more

	mu    sync.Mutex // guards what follows
	conns map[net.Conn]struct{}
	ended bool
	stats ServerStats
}

// ServerStats counts what a server has seen.
type ServerStats struct {
	Probes   uint64 // connections
	Refused  uint64 // connections beyond those that may be open at a time
	Bad      uint64 // connections dropped because of a bad message
	Messages uint64 // verified
	Late     uint64 // of them, with a time before that of the one before
	Bytes    uint64 // of messages
	Unknown  uint64 // attributes that are not known here
	Short    uint64 // values too short for their type
}

// NewServer makes a server.
func NewServer(o ServerOptions) *Server {
	s := &Server{ServerOptions: o, in: make(chan *batch, maxWaiting), conns: map[net.Conn]struct{}{},
		changes: make(chan *change), merged: make(chan struct{})}
	s.free.New = func() any { return newBatch(s.MaxMessage) }
	s.merger = merger{engine: s.Engine, window: s.Reorder, recycle: func(b *batch) { s.free.Put(b) }}
	return s
}

// Serve accepts probes until ctx is done. Then it reads what they have sent so
// far, verifies it, and ends. The figures are complete when it returns.
func (s *Server) Serve(ctx context.Context, l net.Listener) (ServerStats, error) {
	stop := context.AfterFunc(ctx, func() { s.end(l) })
	defer stop()
	go func() {
		defer close(s.merged)
		s.merge()
	}()
	var probes sync.WaitGroup
	err := s.accept(ctx, l, &probes)
	probes.Wait()
	close(s.in)
	<-s.merged
	s.Engine.Close()
	s.stats.Messages, s.stats.Late = s.merger.messages, s.merger.late
	return s.stats, err
}

// end stops accepting, and wakes those who read, so that they end soon.
func (s *Server) end(l net.Listener) {
	l.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for c := range s.conns {
		c.SetReadDeadline(time.Now())
	}
}

// accept serves each probe that connects on a goroutine of its own.
func (s *Server) accept(ctx context.Context, l net.Listener, probes *sync.WaitGroup) error {
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil:
			s.Log.Error("a probe could not be accepted", "error", err)
			time.Sleep(acceptPause)
			continue
		}
		p, ok := s.admit(conn)
		if !ok {
			s.Log.Warn("a probe is refused: there are too many", "from", nameOf(conn), "most", maxProbes)
			conn.Close()
			continue
		}
		probes.Go(p.serve)
	}
}

// admit notes a connection.
func (s *Server) admit(conn net.Conn) (*probe, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) == maxProbes {
		s.stats.Refused++
		return nil, false
	}
	s.stats.Probes++
	s.conns[conn] = struct{}{}
	if s.ended {
		conn.SetReadDeadline(time.Now())
	}
	p := &probe{server: s, conn: conn, decoder: wire.Decoder{Registry: s.Registry, Max: s.MaxMessage}}
	p.log = s.Log.With("probe", s.stats.Probes, "from", nameOf(conn))
	return p, true
}

// change is a change of rules on its way to the engine.
type change struct {
	*security.Change
	settled chan struct{} // closed when the rules before are in use no more
}

// Change makes the engine verify by other rules from the next message on. It
// waits until the rules before are in use no more, and reports false if the
// server ended before that. It may be called while Serve runs.
func (s *Server) Change(c *security.Change) bool {
	x := &change{Change: c, settled: make(chan struct{})}
	select {
	case s.changes <- x:
	case <-s.merged:
		return false
	}
	select {
	case <-x.settled:
		return true
	case <-s.merged:
		return false
	}
}

// settlePeriod is how often it is looked whether a change has reached all threads.
const settlePeriod = 10 * time.Millisecond

// merge verifies what the probes send until all have ended.
func (s *Server) merge() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var changing *change // that has not reached all threads yet
	for {
		s.setTimer(timer, changing != nil)
		select {
		case b, ok := <-s.in:
			if !ok {
				s.merger.finish()
				return
			}
			s.merger.take(b, time.Now())
		case changing = <-s.changes:
			s.Engine.Apply(changing.Change)
		case <-timer.C:
		}
		if s.Reorder > 0 {
			s.merger.advance(time.Now())
		}
		if changing != nil && s.Engine.Settled() {
			close(changing.settled)
			changing = nil
		}
	}
}

// setTimer sets when merge looks after what waits.
func (s *Server) setTimer(timer *time.Timer, changing bool) {
	due, ok := s.merger.next()
	switch {
	case changing:
		timer.Reset(settlePeriod)
	case ok:
		timer.Reset(time.Until(due))
	}
}

// probe is a connection.
type probe struct {
	server   *Server
	conn     net.Conn
	decoder  wire.Decoder
	log      *slog.Logger
	messages uint64
	bytes    uint64
}

// serve reads messages until the probe ends or sends what is none.
func (p *probe) serve() {
	p.log.Info("probe connected")
	err := p.read()
	p.conn.Close()
	switch {
	case err == nil:
		p.log.Info("probe disconnected", "messages", p.messages)
	case errors.Is(err, wire.ErrMessage):
		p.log.Error("probe dropped: "+err.Error(), "messages", p.messages, "byte", p.bytes)
	default:
		p.log.Warn("connection of probe lost: "+err.Error(), "messages", p.messages)
	}
	p.server.leave(p, errors.Is(err, wire.ErrMessage))
}

// leave forgets a connection and adds up what came through it.
func (s *Server) leave(p *probe, bad bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, p.conn)
	s.stats.Bytes += p.bytes
	s.stats.Unknown += p.decoder.Unknown
	s.stats.Short += p.decoder.Short
	if bad {
		s.stats.Bad++
	}
}

// read hands whole messages over, as many as have come at a time.
func (p *probe) read() error {
	b := p.batch(nil)
	draining := false
	for {
		n, err := p.conn.Read(b.room())
		if errors.Is(err, os.ErrDeadlineExceeded) && !draining {
			// The time runs from here, not from the stop: on a busy machine this may
			// be much later.
			draining = true
			p.conn.SetReadDeadline(time.Now().Add(drainPeriod))
			continue
		}
		b.buf = b.buf[:len(b.buf)+n]
		bad := b.decode(&p.decoder)
		p.messages += uint64(len(b.messages))
		p.bytes += uint64(b.used)
		rest := b.rest()
		next := p.batch(rest)
		if len(b.messages) > 0 {
			p.server.in <- b
		} else {
			p.server.free.Put(b)
		}
		b = next
		switch {
		case bad != nil:
			return bad
		case errors.Is(err, io.EOF) && len(b.buf) > 0:
			return fmt.Errorf("%w: it ends after %d bytes", wire.ErrMessage, len(b.buf))
		case errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case err != nil:
			return err
		}
	}
}

// batch returns an empty batch with the start of a message.
func (p *probe) batch(rest []byte) *batch {
	b := p.server.free.Get().(*batch)
	b.start(rest)
	return b
}

// nameOf tells where a connection comes from. UNIX sockets do not say.
func nameOf(conn net.Conn) string {
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		return a.String()
	}
	return "this machine"
}
