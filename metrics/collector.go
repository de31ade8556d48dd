package metrics

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Collector gives the figures of a Source to Prometheus.
type Collector struct {
	source Source

	mu       sync.Mutex
	snapshot Snapshot
}

// NewCollector makes a Collector.
func NewCollector(source Source) *Collector { return &Collector{source: source} }

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, f := range families {
		out <- f.desc
	}
}

// Collect implements prometheus.Collector: all figures are of one moment.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.source.Snapshot(&c.snapshot)
	for _, f := range families {
		f.read(&c.snapshot, func(v float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(f.desc, f.kind, v, labels...)
		})
	}
}

// family is one metric with all its labels.
type family struct {
	name, unit, help string
	kind             prometheus.ValueType
	labels           []string
	desc             *prometheus.Desc
	read             func(s *Snapshot, yield yield)
}

// yield takes a value and the values of its labels.
type yield func(v float64, labels ...string)

func counter(name, unit, help string, read func(*Snapshot, yield), labels ...string) family {
	return newFamily(prometheus.CounterValue, name, unit, help, read, labels)
}

func gauge(name, unit, help string, read func(*Snapshot, yield), labels ...string) family {
	return newFamily(prometheus.GaugeValue, name, unit, help, read, labels)
}

func newFamily(kind prometheus.ValueType, name, unit, help string, read func(*Snapshot, yield), labels []string) family {
	return family{
		name: name, unit: unit, help: help, kind: kind, labels: labels, read: read,
		desc: prometheus.V2.NewDesc(name, help, prometheus.UnconstrainedLabels(labels), nil, prometheus.WithUnit(unit)),
	}
}

// one is a family with a single value.
func one(get func(*Snapshot) uint64) func(*Snapshot, yield) {
	return func(s *Snapshot, yield yield) { yield(float64(get(s))) }
}

// secure is one where properties are verified.
func secure(get func(*Security) uint64) func(*Snapshot, yield) {
	return func(s *Snapshot, yield yield) {
		if s.Security.Enabled {
			yield(float64(get(&s.Security)))
		}
	}
}

// reconstructed is one where files are reconstructed.
func reconstructed(get func(*Reconstruction) uint64) func(*Snapshot, yield) {
	return func(s *Snapshot, yield yield) {
		if s.Reconstruction.Enabled {
			yield(float64(get(&s.Reconstruction)))
		}
	}
}

// dumped is one where packets of protocols are dumped.
func dumped(get func(*Dump) uint64) func(*Snapshot, yield) {
	return func(s *Snapshot, yield yield) {
		if s.Dump.Enabled {
			yield(float64(get(&s.Dump)))
		}
	}
}

// evident is one where packets around verdicts are kept.
func evident(get func(*Evidence) uint64) func(*Snapshot, yield) {
	return func(s *Snapshot, yield yield) {
		if s.Evidence.Enabled {
			yield(float64(get(&s.Evidence)))
		}
	}
}

// each is a family with a value for each element of a list.
func each[T any](list func(*Snapshot) []T, read func(*T, yield)) func(*Snapshot, yield) {
	return func(s *Snapshot, yield yield) {
		all := list(s)
		for i := range all {
			read(&all[i], yield)
		}
	}
}

func ringsOf(s *Snapshot) []Ring         { return s.Rings }
func workersOf(s *Snapshot) []Worker     { return s.Workers }
func protocolsOf(s *Snapshot) []Protocol { return s.Protocols }
func channelsOf(s *Snapshot) []Channel   { return s.Channels }

// boolean is 1 for true.
func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func ruleLabel(id uint32) string { return strconv.FormatUint(uint64(id), 10) }
