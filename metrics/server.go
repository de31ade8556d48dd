package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Bounds of a client's patience and ours.
const (
	readTimeout  = 5 * time.Second
	writeTimeout = 90 * time.Second // a profile takes 30 s
	closeTimeout = 2 * time.Second
)

// Options of a Server.
type Options struct {
	Address string // host:port; no host: all interfaces, port 0: any that is free
	Pprof   bool   // serve /debug/pprof/, too
}

// Server serves /metrics, /healthz (the process lives) and /readyz (packets are
// analysed).
type Server struct {
	listener net.Listener
	http     http.Server
	ready    atomic.Bool
	ended    chan struct{}
}

// NewRegistry makes a registry of the figures of source, of the process and of
// the garbage collector, and of nothing else.
func NewRegistry(source Source) *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		NewCollector(source),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewGoCollector(
			collectors.WithGoCollectorMemStatsMetricsDisabled(),
			collectors.WithoutGoCollectorRuntimeMetrics(regexp.MustCompile(".*")),
			collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsGC),
		),
	)
	return reg
}

// Listen begins to serve. It is not ready until SetReady. The error names the
// address and what to do.
func Listen(source Source, options Options) (*Server, error) {
	listener, err := net.Listen("tcp", options.Address)
	if err != nil {
		return nil, fmt.Errorf("cannot serve metrics: %w (choose an address of this machine with a free port, as in \"127.0.0.1:9465\")", err)
	}
	s := &Server{listener: listener, ended: make(chan struct{})}
	s.http = http.Server{Handler: s.handler(source, options.Pprof), ReadTimeout: readTimeout, WriteTimeout: writeTimeout}
	go func() {
		defer close(s.ended)
		s.http.Serve(listener) // ends by Close; nobody could be told of another end but by failing scrapes
	}()
	return s, nil
}

// Address returns where the server listens.
func (s *Server) Address() string { return s.listener.Addr().String() }

// SetReady tells /readyz whether packets are analysed. Any goroutine may call it.
func (s *Server) SetReady(ready bool) { s.ready.Store(ready) }

// Close lets scrapes that have begun end and serves no more.
func (s *Server) Close() error {
	s.SetReady(false)
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close() // a profile that somebody takes must not hold up the end
	}
	<-s.ended
	return err
}

func (s *Server) handler(source Source, profiles bool) http.Handler {
	reg := NewRegistry(source)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "alive\n") })
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "mmt-probe: /metrics /healthz /readyz\n")
	})
	if profiles {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if !s.ready.Load() {
		http.Error(w, "no packets are analysed (yet, or any more)", http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, "ready\n")
}
