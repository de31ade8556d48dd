package metrics

// Restart counts how often the processing began again for one reason.
type Restart struct {
	Reason string
	Count  uint64
}

// Count adds the counters of an earlier part of the run; what is of one moment stays
// as it is.
func (s *Snapshot) Count(o *Snapshot) {
	s.Packets.add(&o.Packets)
	s.Sessions.add(&o.Sessions)
	s.Security.add(&o.Security)
	s.Downs += o.Downs
	s.Reports += o.Reports
	s.QueryRefused += o.QueryRefused
	s.Reconstruction.add(&o.Reconstruction)
	s.Dump.add(&o.Dump)
	s.Evidence.add(&o.Evidence)
	s.Drops = merge(s.Drops, o.Drops, (*Drop).adds)
	s.Workers = merge(s.Workers, o.Workers, (*Worker).adds)
	s.Protocols = merge(s.Protocols, o.Protocols, (*Protocol).adds)
	s.Verdicts = merge(s.Verdicts, o.Verdicts, (*Verdict).adds)
}

// merge adds what is in both lists, and appends what is not. adds tells whether a
// has taken b.
func merge[T any](list, more []T, adds func(a, b *T) bool) []T {
next:
	for i := range more {
		for k := range list {
			if adds(&list[k], &more[i]) {
				continue next
			}
		}
		list = append(list, more[i])
	}
	return list
}

func (d *Drop) adds(o *Drop) bool {
	if d.Stage != o.Stage || d.Reason != o.Reason {
		return false
	}
	d.Packets += o.Packets
	return true
}

func (w *Worker) adds(o *Worker) bool {
	if w.Name != o.Name {
		return false
	}
	w.Packets += o.Packets
	w.CPUSeconds += o.CPUSeconds
	w.HasCPU = w.HasCPU || o.HasCPU
	return true
}

func (p *Protocol) adds(o *Protocol) bool {
	if p.Name != o.Name {
		return false
	}
	p.Packets += o.Packets
	p.Bytes += o.Bytes
	return true
}

func (v *Verdict) adds(o *Verdict) bool {
	if v.Rule != o.Rule || v.Outcome != o.Outcome {
		return false
	}
	v.Count += o.Count
	return true
}

func (p *Packets) add(o *Packets) {
	p.Received += o.Received
	p.Analyzed += o.Analyzed
	p.AnalyzedBytes += o.AnalyzedBytes
	p.NoSession += o.NoSession
	p.GivenUp += o.GivenUp
}

func (s *Sessions) add(o *Sessions) {
	s.Created += o.Created
	s.Expired += o.Expired
	s.Evicted += o.Evicted
	s.Reopened += o.Reopened
	s.BypassRefused += o.BypassRefused
}

func (s *Security) add(o *Security) {
	s.Enabled = s.Enabled || o.Enabled
	s.Refused += o.Refused
	s.NoMemory += o.NoMemory
	s.GivenUp += o.GivenUp
	s.Lost += o.Lost
	s.Truncated += o.Truncated
	s.Failures += o.Failures
}

func (r *Reconstruction) add(o *Reconstruction) {
	r.Enabled = r.Enabled || o.Enabled
	r.Files += o.Files
	r.Bytes += o.Bytes
	r.Bombs += o.Bombs
	r.Refused += o.Refused
	r.Lost += o.Lost
}

func (d *Dump) add(o *Dump) {
	d.Enabled = d.Enabled || o.Enabled
	d.Files += o.Files
	d.Packets += o.Packets
	d.Lost += o.Lost
}

func (e *Evidence) add(o *Evidence) {
	e.Enabled = e.Enabled || o.Enabled
	e.Files += o.Files
	e.Packets += o.Packets
	e.Lost += o.Lost
	e.Joined += o.Joined
	e.Missed += o.Missed
	e.Refused += o.Refused
}
