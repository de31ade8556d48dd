package probe

import (
	"strconv"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security"
	"mmt/metrics"
	"mmt/version"
)

// Snapshot implements metrics.Source. Figures of one worker are of one moment;
// what was received is what came to the workers and what was dropped before them.
func (m *monitor) Snapshot(s *metrics.Snapshot) {
	s.Reset()
	s.Version = version.String()
	if m.run.LogCount != nil {
		s.Log = metrics.Log(m.run.LogCount())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.crew == nil {
		return
	}
	m.look(s)
	s.Count(&m.past)
	s.Restarts = append(s.Restarts[:0], m.restarts...)
	s.Channels = m.crew.out.appendChannels(s.Channels)
}

// look puts the figures of the crew at hand into s.
func (m *monitor) look(s *metrics.Snapshot) {
	protocols := map[dpi.ProtocolID]*metrics.Protocol{}
	verdicts := map[metrics.Verdict]uint64{}
	for _, v := range m.vitals {
		v.published.Read(func(f *figures) {
			f.addTo(s)
			f.addProtocols(protocols, m.names)
			f.addVerdicts(verdicts)
			s.Workers = append(s.Workers, v.shown(f))
		})
		s.Rings = v.appendRing(s.Rings)
	}
	if v := m.vitals[0].worker.Verifier(); v != nil { // that of all workers
		addSecurity(&s.Security, v.Engine())
	}
	for _, p := range protocols {
		s.Protocols = append(s.Protocols, *p)
	}
	for v, n := range verdicts {
		v.Count = n
		s.Verdicts = append(s.Verdicts, v)
	}
	m.crew.addTo(s)
	m.sieve.addTo(s)
	s.Packets.Received += s.Dropped()
}

// fold keeps the counters of a crew that has ended.
func (m *monitor) fold() {
	var s metrics.Snapshot
	m.look(&s)
	s.Count(&m.past)
	m.past = s
}

func (f *figures) addTo(s *metrics.Snapshot) {
	t, p, n := &f.totals, &s.Packets, &s.Sessions
	p.Received += f.received
	p.Analyzed += t.Packets
	p.AnalyzedBytes += t.Bytes
	p.NoSession += t.NoSession
	p.GivenUp += t.DissectorPanics
	s.Reports += t.Reports
	s.QueryRefused += t.QueryRefused
	n.Active += t.Session.Active
	n.Limit += t.Session.Limit
	n.Created += t.Session.Created
	n.Expired += t.Session.Expired
	n.Evicted += t.Session.Evicted
	n.Reopened += t.Session.Closed
	n.Bypassed += t.BypassedFlows
	n.BypassRefused += t.BypassRefused
}

func addSecurity(s *metrics.Security, e *security.Engine) {
	n := e.Stats()
	s.Enabled = true
	s.Rules = uint64(e.Len())
	s.Instances = n.Waiting
	s.Refused = n.Refused
	s.NoMemory = n.NoMemory
	s.GivenUp = n.GivenUp
	s.Lost = n.Lost
	s.Truncated = n.Truncated
	s.Failures = n.Panics
}

func (f *figures) addProtocols(all map[dpi.ProtocolID]*metrics.Protocol, names *dpi.Registry) {
	for _, p := range f.protocols {
		if all[p.id] == nil {
			all[p.id] = &metrics.Protocol{Name: names.Name(p.id)}
		}
		all[p.id].Packets += p.packets
		all[p.id].Bytes += p.bytes
	}
}

func (f *figures) addVerdicts(all map[metrics.Verdict]uint64) {
	for _, v := range f.verdicts {
		all[metrics.Verdict{Rule: v.Rule, Outcome: v.Outcome.String()}] += v.Verdicts
	}
}

func (v *vitals) shown(f *figures) metrics.Worker {
	cpu, known := v.cpu.time()
	return metrics.Worker{Name: v.name, Packets: f.totals.Packets, CPUSeconds: cpu.Seconds(), HasCPU: known}
}

// appendRing appends the queue of the worker's packets that wait to be verified.
func (v *vitals) appendRing(list []metrics.Ring) []metrics.Ring {
	depth, capacity := v.worker.SecurityQueue()
	if capacity == 0 {
		return list
	}
	return append(list, metrics.Ring{Name: "security-" + v.name, Depth: uint64(depth), Capacity: uint64(capacity)})
}

// addTo adds what is lost and what waits before the workers.
func (c *crew) addTo(s *metrics.Snapshot) {
	n := c.stats()
	s.Drops = append(s.Drops, metrics.Drop{Stage: "capture", Reason: "filter", Packets: n.Filtered})
	if c.merger != nil {
		s.Reports += c.merger.Reports()
		s.QueryRefused += c.merger.QueryRefused()
	}
	c.saved.addTo(s)
	live, isLive := c.counters()
	if !isLive {
		return
	}
	lost, _ := c.lost()
	s.Drops = append(s.Drops,
		metrics.Drop{Stage: "nic", Reason: "missed", Packets: live.Missed},
		metrics.Drop{Stage: "capture", Reason: "full", Packets: n.Dropped - n.TooLong},
		metrics.Drop{Stage: "capture", Reason: "too-long", Packets: n.TooLong},
		metrics.Drop{Stage: "ring", Reason: "full", Packets: lost},
		metrics.Drop{Stage: "worker", Reason: "crash", Packets: c.pipe.Missed()})
	s.Rings = append(s.Rings, metrics.Ring{Name: "capture", Depth: live.Waiting})
	s.Downs = live.Downs
	for i := range c.workers {
		if depth, limit := c.pipe.Waiting(i); limit > 0 {
			s.Rings = append(s.Rings, metrics.Ring{Name: "worker-" + strconv.Itoa(i), Depth: depth, Capacity: limit})
		}
	}
}
