package metrics

// families are all metrics of the probe. Units are those that the names carry;
// "" where something is only true, or told by its labels.
var families = []family{
	gauge("mmt_build_info", "", "1, with the version of the probe.",
		func(s *Snapshot, yield yield) { yield(1, s.Version) }, "version"),

	counter("mmt_received_packets_total", "packets", "Packets that came for the probe: analysed and dropped ones, exactly.",
		one(func(s *Snapshot) uint64 { return s.Packets.Received })),
	counter("mmt_analyzed_packets_total", "packets", "Packets that were analysed.",
		one(func(s *Snapshot) uint64 { return s.Packets.Analyzed })),
	counter("mmt_analyzed_bytes_total", "bytes", "Bytes on the wire of the packets that were analysed.",
		one(func(s *Snapshot) uint64 { return s.Packets.AnalyzedBytes })),
	counter("mmt_dropped_packets_total", "packets", "Packets that were not analysed, by how far they came and why.",
		each(func(s *Snapshot) []Drop { return s.Drops },
			func(d *Drop, yield yield) { yield(float64(d.Packets), d.Stage, d.Reason) }), "stage", "reason"),
	counter("mmt_sessionless_packets_total", "packets", "Analysed packets that belong to no session.",
		one(func(s *Snapshot) uint64 { return s.Packets.NoSession })),
	counter("mmt_given_up_packets_total", "packets", "Analysed packets of which a part was not, because a dissector failed.",
		one(func(s *Snapshot) uint64 { return s.Packets.GivenUp })),
	counter("mmt_interface_downs_total", "downs", "Times that the interface went down or away.",
		one(func(s *Snapshot) uint64 { return s.Downs })),

	counter("mmt_probe_restarts_total", "restarts", "Times that the processing began again: after a crash, for an update of the configuration, after a stop.",
		each(func(s *Snapshot) []Restart { return s.Restarts },
			func(r *Restart, yield yield) { yield(float64(r.Count), r.Reason) }), "reason"),

	counter("mmt_log_messages_total", "messages", "Messages of the execution log, by what came of them: held are repeats, lost found no room or could not be written.",
		func(s *Snapshot, yield yield) {
			yield(float64(s.Log.Written), "written")
			yield(float64(s.Log.Held), "held")
			yield(float64(s.Log.Lost), "lost")
		}, "outcome"),

	gauge("mmt_ring_depth_packets", "packets", "Packets that wait in a queue.",
		each(ringsOf, func(r *Ring, yield yield) { yield(float64(r.Depth), r.Name) }), "ring"),
	gauge("mmt_ring_capacity_packets", "packets", "Packets that a queue holds at most.",
		each(ringsOf, func(r *Ring, yield yield) {
			if r.Capacity > 0 {
				yield(float64(r.Capacity), r.Name)
			}
		}), "ring"),
	counter("mmt_worker_packets_total", "packets", "Packets that an analysing thread has analysed.",
		each(workersOf, func(w *Worker, yield yield) { yield(float64(w.Packets), w.Name) }), "worker"),
	counter("mmt_worker_cpu_seconds_total", "seconds", "Processor time that an analysing thread has used.",
		each(workersOf, func(w *Worker, yield yield) {
			if w.HasCPU {
				yield(w.CPUSeconds, w.Name)
			}
		}), "worker"),

	gauge("mmt_active_sessions", "sessions", "Sessions in the tables.",
		one(func(s *Snapshot) uint64 { return s.Sessions.Active })),
	gauge("mmt_limit_sessions", "sessions", "Sessions that the tables hold at most.",
		one(func(s *Snapshot) uint64 { return s.Sessions.Limit })),
	counter("mmt_created_sessions_total", "sessions", "Sessions that have begun.",
		one(func(s *Snapshot) uint64 { return s.Sessions.Created })),
	counter("mmt_expired_sessions_total", "sessions", "Sessions that ended by a timeout.",
		one(func(s *Snapshot) uint64 { return s.Sessions.Expired })),
	counter("mmt_reopened_sessions_total", "sessions", "Sessions that ended because a new connection of the same ends began.",
		one(func(s *Snapshot) uint64 { return s.Sessions.Reopened })),
	counter("mmt_evicted_sessions_total", "sessions", "Sessions that ended early because a table was full.",
		one(func(s *Snapshot) uint64 { return s.Sessions.Evicted })),

	gauge("mmt_bypassed_sessions", "sessions", "Sessions whose packets the prefilter counts instead of handing them out.",
		one(func(s *Snapshot) uint64 { return s.Sessions.Bypassed })),
	counter("mmt_bypass_refused_sessions_total", "sessions", "Sessions that could be bypassed and found no place among those that are.",
		one(func(s *Snapshot) uint64 { return s.Sessions.BypassRefused })),

	counter("mmt_protocol_packets_total", "packets", "Packets that have a protocol in some layer; one packet counts for each of its protocols.",
		each(protocolsOf, func(p *Protocol, yield yield) { yield(float64(p.Packets), p.Name) }), "protocol"),
	counter("mmt_protocol_bytes_total", "bytes", "Bytes on the wire of the packets that have a protocol in some layer.",
		each(protocolsOf, func(p *Protocol, yield yield) { yield(float64(p.Bytes), p.Name) }), "protocol"),

	gauge("mmt_security_rules", "rules", "Rules that are verified.",
		secure(func(s *Security) uint64 { return s.Rules })),
	gauge("mmt_security_instances", "instances", "Instances of rules that wait for their next event.",
		secure(func(s *Security) uint64 { return s.Instances })),
	counter("mmt_security_refused_instances_total", "instances", "Instances that security.max-instances left out.",
		secure(func(s *Security) uint64 { return s.Refused })),
	counter("mmt_security_discarded_instances_total", "instances", "Instances given up for lack of memory.",
		secure(func(s *Security) uint64 { return s.NoMemory })),
	counter("mmt_security_given_up_instances_total", "instances", "Instances given up after the failure of a function or attribute.",
		secure(func(s *Security) uint64 { return s.GivenUp })),
	counter("mmt_security_lost_packets_total", "packets", "Analysed packets that were not verified because a ring was full.",
		secure(func(s *Security) uint64 { return s.Lost })),
	counter("mmt_security_truncated_values_total", "values", "Attribute values that were not verified because their message had no room.",
		secure(func(s *Security) uint64 { return s.Truncated })),
	counter("mmt_security_failures_total", "failures", "Failures of functions and attributes of rules.",
		secure(func(s *Security) uint64 { return s.Failures })),
	counter("mmt_verdicts_total", "verdicts", "Verdicts reported, by rule and outcome; only of rules that gave some.",
		each(func(s *Snapshot) []Verdict { return s.Verdicts },
			func(v *Verdict, yield yield) { yield(float64(v.Count), ruleLabel(v.Rule), v.Outcome) }), "rule", "outcome"),

	counter("mmt_report_lines_total", "lines", "Report lines that the analysis has made; one line may go to several channels.",
		one(func(s *Snapshot) uint64 { return s.Reports })),
	counter("mmt_output_written_lines_total", "lines", "Report lines that an output channel took.",
		each(channelsOf, func(c *Channel, yield yield) { yield(float64(c.Written), c.Name) }), "channel"),
	counter("mmt_output_lost_lines_total", "lines", "Report lines that an output channel lost or had no room for, by why.",
		each(channelsOf, func(c *Channel, yield yield) {
			for _, l := range c.Lost {
				yield(float64(l.Lines), c.Name, l.Reason)
			}
		}), "channel", "reason"),
	gauge("mmt_output_pending_lines", "lines", "Report lines that wait for an output channel.",
		each(channelsOf, func(c *Channel, yield yield) { yield(float64(c.Pending), c.Name) }), "channel"),
	gauge("mmt_output_spilled_lines", "lines", "Of the lines that wait, those on disk.",
		each(channelsOf, func(c *Channel, yield yield) { yield(float64(c.Spilled), c.Name) }), "channel"),
	gauge("mmt_output_spilled_bytes", "bytes", "Bytes that the lines that wait on disk take there.",
		each(channelsOf, func(c *Channel, yield yield) { yield(float64(c.SpilledBytes), c.Name) }), "channel"),
	counter("mmt_output_damaged_files_total", "files", "Files of waiting lines that could not be read to their end.",
		each(channelsOf, func(c *Channel, yield yield) { yield(float64(c.DamagedFiles), c.Name) }), "channel"),
	gauge("mmt_output_failing", "", "1 while an output channel does not take report lines.",
		each(channelsOf, func(c *Channel, yield yield) { yield(boolean(c.Failing), c.Name) }), "channel"),

	counter("mmt_query_refused_packets_total", "packets", "Packets that found no room among the groups of query reports.",
		one(func(s *Snapshot) uint64 { return s.QueryRefused })),

	counter("mmt_reconstructed_files_total", "files", "Files of what sessions carry that were written.",
		reconstructed(func(r *Reconstruction) uint64 { return r.Files })),
	counter("mmt_reconstructed_bytes_total", "bytes", "Bytes of the files of what sessions carry.",
		reconstructed(func(r *Reconstruction) uint64 { return r.Bytes })),
	counter("mmt_reconstruction_refused_files_total", "files",
		"Files of what sessions carry that were left packed (bomb), or left out by a limit or the disk (limit).",
		func(s *Snapshot, yield yield) {
			if r := &s.Reconstruction; r.Enabled {
				yield(float64(r.Bombs), "bomb")
				yield(float64(r.Refused), "limit")
			}
		}, "reason"),
	counter("mmt_reconstruction_lost_pieces_total", "pieces", "Pieces of files of what sessions carry that the disk was too slow for.",
		reconstructed(func(r *Reconstruction) uint64 { return r.Lost })),

	counter("mmt_dump_files_total", "files", "Trace files of packets of protocols that were begun.",
		dumped(func(d *Dump) uint64 { return d.Files })),
	counter("mmt_dump_packets_total", "packets", "Packets of protocols that were written to trace files.",
		dumped(func(d *Dump) uint64 { return d.Packets })),
	counter("mmt_dump_lost_packets_total", "packets", "Packets of protocols that were not written because the disk was too slow or failed.",
		dumped(func(d *Dump) uint64 { return d.Lost })),

	counter("mmt_alert_pcap_files_total", "files", "Trace files of packets around verdicts that were begun.",
		evident(func(e *Evidence) uint64 { return e.Files })),
	counter("mmt_alert_pcap_packets_total", "packets", "Packets around verdicts that were written to trace files.",
		evident(func(e *Evidence) uint64 { return e.Packets })),
	counter("mmt_alert_pcap_lost_packets_total", "packets", "Packets around verdicts that were not written because the disk was too slow or failed.",
		evident(func(e *Evidence) uint64 { return e.Lost })),
	counter("mmt_alert_pcap_verdicts_total", "verdicts",
		"Verdicts that have a file of packets, share that of another (joined), came too late for them (missed) or were too many (refused).",
		func(s *Snapshot, yield yield) {
			if e := &s.Evidence; e.Enabled {
				yield(float64(e.Files), "saved")
				yield(float64(e.Joined), "joined")
				yield(float64(e.Missed), "missed")
				yield(float64(e.Refused), "refused")
			}
		}, "outcome"),
}
