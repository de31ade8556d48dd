package config

import (
	"math"
	"time"
)

// Bounds that several options share.
const (
	maxThreads = 1024
	maxSnapLen = 262144           // what capture libraries take at most
	maxSeconds = 365 * 24 * 3600  // a year
	maxCount   = math.MaxInt32    // of packets, files, bytes of a buffer
	maxTotal   = 1e15             // of bytes over a long time
	maxMillis  = 24 * 3600 * 1000 // a day
	dirReports = "/opt/mmt/probe/result/report/online/"
	dirBehave  = "/opt/mmt/probe/result/behaviour/online/"
	dirPcap    = "/opt/mmt/probe/pcap/"
	dirAlert   = "/opt/mmt/probe/pcap/alert/"
	dirSpill   = "/opt/mmt/probe/spill/"

	maxMegabytes = 1 << 40 / 1000000 // of 10^6 bytes: a TiB
)

// blocks is the one table of the language: parsing, -X, -x, defaults and
// checks all read it. The block without a name is the top.
var blocks = []*block{
	topLevel,
	inputBlock,
	prefilterBlock,
	outputBlock,
	fileOutputBlock,
	redisOutputBlock,
	kafkaOutputBlock,
	mqttOutputBlock,
	mongoDBOutputBlock,
	socketOutputBlock,
	ipfixOutputBlock,
	dumpPcapBlock,
	alertPcapBlock,
	securityBlock,
	systemReportBlock,
	behaviourBlock,
	reconstructDataBlock,
	radiusReportBlock,
	dataOutputBlock,
	microFlowsBlock,
	sessionTimeoutBlock,
	sessionReportBlock,
	eventReportBlock,
	queryReportBlock,
	dynamicConfigBlock,
	prometheusBlock,
}

// enable is the switch that most blocks have. Manual 3.1 writes "enabled" in
// some examples.
func enable[B any](field func(*B) *bool, help string) option {
	return boolean("enable", false, field, help).also("enabled")
}

// outputDir is a folder that a block writes to.
func outputDir[B any](def string, field func(*B) *string, help string) option {
	return text("output-dir", def, field, help).must()
}

// retainFiles bounds the sample files that are kept.
func retainFiles[B any](field func(*B) *int, help string) option {
	return number("retain-files", 0, maxCount, 0, field, help)
}

func port[B any](def uint16, field func(*B) *uint16, help string) option {
	return number("port", 1, math.MaxUint16, def, field, help)
}

// threadsFeature asks for nothing when one thread analyses.
func threadsFeature(val string) Feature {
	if val == "0" || val == "1" {
		return ""
	}
	return FeatureThreads
}

// askIfTrue asks for a feature that is on by default.
func askIfTrue(f Feature) func(string) Feature {
	return func(val string) Feature {
		if val == "true" {
			return f
		}
		return ""
	}
}

var topLevel = single("", "", "the whole probe", func(c *Config) *Config { return c },
	number("probe-id", 0, math.MaxUint32, 0, func(c *Config) *uint32 { return &c.ProbeID },
		"identifier of the probe in all reports"),
	text("license", "", func(c *Config) *string { return &c.License },
		"path of the license file").changes(atStart),
	number("stack-type", 1, math.MaxUint16, 1, func(c *Config) *uint32 { return &c.StackType },
		"protocol id of the first layer: 1 Ethernet, 624 Linux cooked capture, 800 IEEE 802.15.4").when(FeatureStackTypes),
	number("stack-offset", 0, math.MaxUint16, 0, func(c *Config) *int { return &c.StackOffset },
		"bytes to skip before the first layer").when(FeatureStackTypes),
	seconds("stats-period", 1, maxSeconds, 5, func(c *Config) *time.Duration { return &c.StatsPeriod },
		"seconds between two statistics reports").changes(live),
	number("thread-nb", 0, maxThreads, 1, func(c *Config) *int { return &c.ThreadNb },
		"analysing threads, 0 for one thread that reads and analyses").whenValue(threadsFeature),
	number("thread-queue", 0, maxCount, 0, func(c *Config) *int { return &c.ThreadQueue },
		"packets of a network that may wait for one thread, 0 to let the probe choose"),
	parsed("thread-cores", `cores, as in "0-3,8", or "none"`, "", func(c *Config) *string { return &c.ThreadCores },
		"cores of the threads that read, then of those that analyse, empty to choose them, none to bind no thread", parseCores, quote),
	boolean("enable-proto-without-session-report", false, func(c *Config) *bool { return &c.EnableProtoWithoutSessionReport },
		"report protocols that belong to no IP session, such as ARP").when(FeatureNoSessionReport).changes(live),
	boolean("enable-ip-fragmentation-report", false, func(c *Config) *bool { return &c.EnableIPFragmentationReport },
		"report the fragmentation of IP packets").when(FeatureFragmentationReport).changes(live),
	boolean("enable-ip-defragmentation", false, func(c *Config) *bool { return &c.EnableIPDefragmentation },
		"put IP fragments together before any statistics").when(FeatureDefragment),
	boolean("enable-tcp-reassembly", false, func(c *Config) *bool { return &c.EnableTCPReassembly },
		"put TCP segments in order before any statistics").when(FeatureReassembly),
	boolean("enable-report-version-info", true, func(c *Config) *bool { return &c.EnableReportVersionInfo },
		"report the versions of the probe at its start").whenValue(askIfTrue(FeatureVersionReport)).changes(atStart),
	text("logfile", "", func(c *Config) *string { return &c.LogFile },
		"file of the execution log, empty for the journal or the system's log, - for standard error").changes(atStart),
	number("loglevel", 0, 7, 2, func(c *Config) *int { return &c.LogLevel },
		"how much is logged: 0 errors, 1 warnings as well, 2 to 6 what the probe does, 7 debugging").changes(atStart),
)

var dynamicConfigBlock = single("dynamic-config", FeatureDynamicConfig, "commands while the probe runs",
	func(c *Config) *DynamicConfig { return &c.DynamicConfig },
	enable(func(d *DynamicConfig) *bool { return &d.Enable }, "take commands while the probe runs"),
	text("descriptor", "", func(d *DynamicConfig) *string { return &d.Descriptor },
		"path of the UNIX socket that takes them").must(),
	parsed("http-address", listenKind+`, or "" for none`, "", func(d *DynamicConfig) *string { return &d.HTTPAddress },
		"where the same commands are taken by HTTP, empty for nowhere", parseListenOrNone, quote),
	text("token-file", "", func(d *DynamicConfig) *string { return &d.TokenFile },
		"file with the token that requests by HTTP must have"),
).changes(atStart)

var prometheusBlock = single("prometheus", FeatureMetrics, "figures for Prometheus",
	func(c *Config) *Prometheus { return &c.Prometheus },
	enable(func(p *Prometheus) *bool { return &p.Enable }, "serve /metrics, /healthz and /readyz"),
	parsed("address", listenKind, "127.0.0.1:9465", func(p *Prometheus) *string { return &p.Address },
		"where to serve them", parseListen, quote),
	boolean("pprof", false, func(p *Prometheus) *bool { return &p.Pprof },
		"serve profiles of the running probe, too, at /debug/pprof/"),
).changes(atStart)
