package probe

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/config"
	"mmt/metrics"
	"mmt/probe/notify"
)

// monitor shows a run to Prometheus, to systemd, and to who asks for lines of
// figures. The nil monitor shows nothing.
type monitor struct {
	run     *Run
	server  *metrics.Server // nil: not enabled
	systemd *notify.Socket  // nil: not under systemd
	done    chan struct{}
	watch   sync.WaitGroup

	mu       sync.Mutex // of what comes to be while scrapes are served
	crew     *crew
	sieve    *sieve // in front of it; nil: none
	vitals   []*vitals
	names    *dpi.Registry
	past     metrics.Snapshot // counters of the crews before
	restarts []metrics.Restart
	resting  bool // no packets are analysed, on purpose
	watched  bool // the watchdog runs
}

// startMonitor begins to serve what the block prometheus, systemd and Run.Stats ask
// for: nil if that is nothing.
func (r *Run) startMonitor() (*monitor, error) {
	systemd, err := notify.Open(os.Getenv)
	if err != nil {
		r.Log.Warn(err.Error())
	}
	m := &monitor{run: r, systemd: systemd, done: make(chan struct{})}
	for _, reason := range []string{afterCrash, afterUpdate, afterStop} {
		m.restarts = append(m.restarts, metrics.Restart{Reason: reason}) // what counts must begin with 0
	}
	p := &r.Config.Prometheus
	if p.Enable {
		if m.server, err = metrics.Listen(m, metrics.Options{Address: p.Address, Pprof: p.Pprof}); err != nil {
			systemd.Close()
			return nil, r.prometheusError(err)
		}
		r.Log.Info("metrics are served at http://" + m.server.Address() + "/metrics")
	}
	if m.server == nil && systemd == nil && r.Stats == nil {
		return nil, nil
	}
	return m, nil
}

// prometheusError tells where the address stands.
func (r *Run) prometheusError(err error) error {
	for _, option := range []string{"prometheus.address", "prometheus.enable"} {
		if at := r.Config.Where(option); at != (config.Pos{}) {
			return fmt.Errorf("%s: prometheus.address: %w", at, err)
		}
	}
	return fmt.Errorf("prometheus.address: %w", err)
}

// vitalsOf returns where workers, in their order, tell their figures.
func (m *monitor) vitalsOf(workers []*analyzer.Worker) []*vitals {
	all := make([]*vitals, len(workers))
	if m == nil {
		return all
	}
	for i, w := range workers {
		all[i] = newVitals(strconv.Itoa(i), w)
	}
	return all
}

// attach shows a crew, which is complete, with what is in front of it. The one before
// has ended.
func (m *monitor) attach(c *crew, s *sieve) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.crew != nil {
		m.fold()
	}
	m.crew, m.sieve, m.vitals, m.names = c, s, c.vitals, c.workers[0].Handler().Registry()
}

// ready tells that packets are analysed from now on.
func (m *monitor) ready() {
	if m == nil {
		return
	}
	if m.server != nil {
		m.server.SetReady(true)
	}
	m.tell(m.systemd.Ready(m.run.Config.Input.Source + " is analysed"))
	m.rest(false)
	if every := m.systemd.Interval(); every > 0 && !m.watched {
		m.watched = true
		m.watch.Go(func() { m.watchdog(every) })
	}
}

// rest tells whether no packets are analysed for a while, on purpose.
func (m *monitor) rest(yes bool) {
	if m == nil {
		return
	}
	if m.server != nil {
		m.server.SetReady(!yes)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.resting = yes
}

// restarted counts that the processing began again.
func (m *monitor) restarted(reason string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.restarts {
		if r := &m.restarts[i]; r.Reason == reason {
			r.Count++
		}
	}
}

// stopping tells that no more packets are taken.
func (m *monitor) stopping() {
	if m == nil {
		return
	}
	if m.server != nil {
		m.server.SetReady(false)
	}
	m.tell(m.systemd.Stopping())
}

// close ends all. What was attached may be closed before: its figures stay.
func (m *monitor) close() {
	if m == nil {
		return
	}
	close(m.done)
	m.watch.Wait()
	if m.server != nil {
		m.tell(m.server.Close())
	}
	m.tell(m.systemd.Close())
}

// tell logs that somebody could not be told.
func (m *monitor) tell(err error) {
	if err != nil {
		m.run.Log.Warn(fmt.Sprintf("monitoring: %v", err))
	}
}

// watchdog tells systemd that the run is alive, as long as all workers of a live
// capture come around; one that reads a trace may wait for the next part of it.
func (m *monitor) watchdog(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var before []uint64
	for {
		select {
		case <-m.done:
			return
		case <-tick.C:
			var alive bool
			if alive, before = m.beating(before); alive {
				m.tell(m.systemd.Alive())
			}
		}
	}
}

// beating tells whether all workers have come around since the last call, of which it
// gets what it returned, or need not.
func (m *monitor) beating(before []uint64) (alive bool, now []uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	alive = true
	for i, v := range m.vitals {
		now = append(now, v.beats.Load())
		alive = alive && (i >= len(before) || now[i] != before[i])
	}
	if m.crew != nil && !alive {
		_, live := m.crew.counters()
		alive = !live || m.resting
	}
	return alive, now
}
