package config

import "time"

var systemReportBlock = single("system-report", FeatureSystemReport, "CPU and memory of the machine",
	func(c *Config) *SystemReport { return &c.SystemReport },
	enable(func(s *SystemReport) *bool { return &s.Enable }, "report the machine's CPU and memory use"),
	seconds("period", 1, maxSeconds, 5, func(s *SystemReport) *time.Duration { return &s.Period }, "seconds between two reports"),
	outputChannel(func(s *SystemReport) *Channels { return &s.OutputChannel }),
).changes(live)

var behaviourBlock = single("behaviour", FeatureBehaviour, "reports for MMT-Behaviour", func(c *Config) *Behaviour { return &c.Behaviour },
	enable(func(b *Behaviour) *bool { return &b.Enable }, "write the reports for MMT-Behaviour"),
	text("output-file", "data.csv", func(b *Behaviour) *string { return &b.OutputFile }, "last part of the names of the files").must(),
	outputDir(dirBehave, func(b *Behaviour) *string { return &b.OutputDir }, "folder of the files"),
	retainFiles(func(b *Behaviour) *int { return &b.RetainFiles },
		"last sample files to keep, 0 for all, else more than thread-nb + 1"),
	boolean("sample-file", true, func(b *Behaviour) *bool { return &b.SampleFile },
		"begin a new file every output.cache-period seconds"),
).old("behavior").changes(live)

var reconstructDataBlock = many("reconstruct-data", FeatureReconstruction, "files that a protocol carries",
	func(c *Config) *[]ReconstructData { return &c.ReconstructData },
	func(r *ReconstructData) *string { return &r.Title },
	enable(func(r *ReconstructData) *bool { return &r.Enable }, "write the files that the protocol carries"),
	outputDir("", func(r *ReconstructData) *string { return &r.OutputDir }, "folder of the files"),
	number("limit-file-size", 0, maxCount, 100, func(r *ReconstructData) *int64 { return &r.LimitFileSize },
		"MB (10^6 bytes) of a file, the rest is left out, 0 for no limit"),
	number("limit-size", 0, maxCount, 10000, func(r *ReconstructData) *int64 { return &r.LimitSize },
		"MB of all files of a run, then no more are written, 0 for no limit"),
	number("limit-ratio", 0, maxCount, 100, func(r *ReconstructData) *int64 { return &r.LimitRatio },
		"times that a packed body may grow beyond 1 MB, else it stays packed, 0 for no limit"),
	outputChannel(func(r *ReconstructData) *Channels { return &r.OutputChannel }),
).only("ftp", "http")

var radiusReportBlock = single("radius-report", FeatureRadiusReport, "RADIUS messages", func(c *Config) *RadiusReport { return &c.RadiusReport },
	enable(func(r *RadiusReport) *bool { return &r.Enable }, "report RADIUS messages"),
	number("message-id", 0, 255, 0, func(r *RadiusReport) *int { return &r.MessageID }, "code of the messages to report, 0 for all"),
	outputChannel(func(r *RadiusReport) *Channels { return &r.OutputChannel }),
).changes(live)

var dataOutputBlock = single("data-output", "", "bounds of costly parts of reports", func(c *Config) *DataOutput { return &c.DataOutput },
	number("include-user-agent", -1, maxCount, -1, func(d *DataOutput) *int { return &d.IncludeUserAgent },
		"kB of a web flow before its user agent is parsed, 0 always, -1 never").when(FeatureUserAgent),
).changes(live)

var microFlowsBlock = single("micro-flows", FeatureMicroFlows, "small flows, reported together", func(c *Config) *MicroFlows { return &c.MicroFlows },
	enable(func(m *MicroFlows) *bool { return &m.Enable }, "report small flows together"),
	number("packet-threshold", 0, maxTotal, 2, func(m *MicroFlows) *int64 { return &m.PacketThreshold },
		"a flow of at most as many packets is a micro flow, 0 for no limit"),
	number("byte-threshold", 0, maxTotal, 100, func(m *MicroFlows) *int64 { return &m.ByteThreshold },
		"a flow of at most as many bytes is a micro flow, 0 for no limit"),
	number("report-packet-count", 0, maxTotal, 1000, func(m *MicroFlows) *int64 { return &m.ReportPacketCount },
		"report at this many packets, 0 for no limit"),
	number("report-byte-count", 0, maxTotal, 10000, func(m *MicroFlows) *int64 { return &m.ReportByteCount },
		"report at this many bytes, 0 for no limit"),
	number("report-flow-count", 0, maxTotal, 500, func(m *MicroFlows) *int64 { return &m.ReportFlowCount },
		"report at this many flows, 0 for no limit"),
	outputChannel(func(m *MicroFlows) *Channels { return &m.OutputChannel }),
).changes(live)

var sessionReportBlock = single("session-report", FeatureSessionReport, "IP sessions", func(c *Config) *SessionReport { return &c.SessionReport },
	enable(func(s *SessionReport) *bool { return &s.Enable }, "report IP sessions"),
	boolean("ftp", false, func(s *SessionReport) *bool { return &s.FTP }, "with more on FTP").when(FeatureSessionFTP),
	boolean("http", false, func(s *SessionReport) *bool { return &s.HTTP }, "with more on HTTP").when(FeatureSessionHTTP),
	boolean("rtp", false, func(s *SessionReport) *bool { return &s.RTP }, "with more on RTP").when(FeatureSessionRTP),
	boolean("ssl", false, func(s *SessionReport) *bool { return &s.SSL }, "with more on SSL").when(FeatureSessionSSL),
	boolean("gtp", false, func(s *SessionReport) *bool { return &s.GTP },
		"with more on GTP, excludes the others").when(FeatureSessionGTP),
	boolean("stream", false, func(s *SessionReport) *bool { return &s.Stream },
		"with more on video over HTTP, in place of what http tells of it").when(FeatureSessionStream),
	boolean("dns", true, func(s *SessionReport) *bool { return &s.DNS },
		"with transactions of DNS, in EVE only").changes(byRestart),
	enum("rtt-base", RTTCaptor, []RTTBase{RTTCaptor, RTTSender, RTTPreferSender}, nil,
		func(s *SessionReport) *RTTBase { return &s.RTTBase }, "clock of the round-trip times").when(FeatureSenderRTT).changes(byRestart),
	outputChannel(func(s *SessionReport) *Channels { return &s.OutputChannel }),
).changes(live)

var eventReportBlock = many("event-report", FeatureEventReport, "attributes at an event",
	func(c *Config) *[]EventReport { return &c.EventReports },
	func(e *EventReport) *string { return &e.Title },
	enable(func(e *EventReport) *bool { return &e.Enable }, "report attributes whenever the event occurs"),
	parsed("event", "an attribute", Attribute{}, func(e *EventReport) *Attribute { return &e.Event },
		"attribute that triggers the report", parseEvent, func(a Attribute) string { return quote(a.String()) }).must(),
	attributes("attributes", func(e *EventReport) *[]Attribute { return &e.Attributes }, "attributes to report"),
	attributes("delta-cond", func(e *EventReport) *[]Attribute { return &e.DeltaCond },
		"report only if one of these changed since the last report"),
	text("output-format", "", func(e *EventReport) *string { return &e.OutputFormat },
		"template in which attribute names are replaced, excludes attributes"),
	outputChannel(func(e *EventReport) *Channels { return &e.OutputChannel }),
).changes(live)

var queryReportBlock = many("query-report", FeatureQueryReport, "figures over attributes",
	func(c *Config) *[]QueryReport { return &c.QueryReports },
	func(q *QueryReport) *string { return &q.Title },
	enable(func(q *QueryReport) *bool { return &q.Enable }, "report figures over attributes"),
	millis("ms-period", 1, maxMillis, 1000, func(q *QueryReport) *time.Duration { return &q.Period }, "milliseconds between two reports"),
	listOf("select", "a list of attributes with "+oneOf(operators)+" around them", func(q *QueryReport) *[]Select { return &q.Select },
		"figures to report", ParseSelect, func(s Select) string { return quote(s.String()) }).must(),
	attributes("where", func(q *QueryReport) *[]Attribute { return &q.Where }, "attributes that a packet must have"),
	attributes("group-by", func(q *QueryReport) *[]Attribute { return &q.GroupBy }, "attributes whose values make a group"),
	outputChannel(func(q *QueryReport) *Channels { return &q.OutputChannel }),
).changes(live)

// attributes builds an option that lists attributes.
func attributes[B any](name string, field func(*B) *[]Attribute, help string) option {
	return listOf(name, "a list of attributes", field, help, ParseAttribute,
		func(a Attribute) string { return quote(a.String()) })
}
