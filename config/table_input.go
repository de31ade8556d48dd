package config

import "time"

// maxPollers is far more than a NIC needs and than memory for rings allows.
const maxPollers = 64

// modeFeature says what an input mode asks for.
func modeFeature(val string) Feature {
	switch InputMode(val) {
	case ModeOnline:
		return FeatureOnline
	case ModeOffline:
		return FeatureOffline
	}
	return ""
}

var inputBlock = single("input", "", "where packets come from", func(c *Config) *Input { return &c.Input },
	enum("mode", "", []InputMode{ModeOnline, ModeOffline}, nil, func(i *Input) *InputMode { return &i.Mode },
		"ONLINE reads a network, OFFLINE a trace file; to be said").whenValue(modeFeature),
	text("source", "", func(i *Input) *string { return &i.Source },
		"interface, trace file, or DPDK ports as in \"0,1\"; to be said"),
	enum("capture", CaptureAuto, []Capture{CaptureAuto, CaptureAFPacket, CaptureAFXDP, CaptureDPDK}, nil,
		func(i *Input) *Capture { return &i.Capture },
		"how packets of a network are taken; auto chooses DPDK for port numbers, AF_PACKET for an interface").when(FeatureCapture),
	number("poller-nb", 1, maxPollers, 1, func(i *Input) *int { return &i.PollerNb },
		"threads that take packets of a network, each from its share of them").when(FeaturePollers),
	number("snap-len", 1, maxSnapLen, 65535, func(i *Input) *int { return &i.SnapLen },
		"most bytes taken of a packet").zeroIsDefault(),
	number("buffer-size", 0, maxCount, 0, func(i *Input) *int { return &i.BufferSize },
		"bytes of the capture buffer, 0 to let the source choose"),
	millis("timeout", 0, maxMillis, 0, func(i *Input) *time.Duration { return &i.Timeout },
		"milliseconds that the capture buffer may fill, 0 to let the source choose"),
	text("dpdk-option", "", func(i *Input) *string { return &i.DPDKOption },
		"EAL arguments, only for DPDK"),
	text("pcap-filter", "", func(i *Input) *string { return &i.PcapFilter },
		"BPF expression that packets must match, empty for all").when(FeaturePcapFilter),
)

var sessionTimeoutBlock = single("session-timeout", "", "how long a silent session lives",
	func(c *Config) *SessionTimeout { return &c.SessionTimeout },
	seconds("default-session-timeout", 1, maxSeconds, 60, func(s *SessionTimeout) *time.Duration { return &s.Default },
		"seconds of silence that end a session").when(FeatureTimeouts).zeroIsDefault(),
	seconds("short-session-timeout", 1, maxSeconds, 15, func(s *SessionTimeout) *time.Duration { return &s.Short },
		"the same for short-lived sessions").when(FeatureTimeouts).zeroIsDefault(),
	seconds("long-session-timeout", 1, maxSeconds, 600, func(s *SessionTimeout) *time.Duration { return &s.Long },
		"the same for web and SSL with long polling").when(FeatureTimeouts).zeroIsDefault(),
	seconds("live-session-timeout", 1, maxSeconds, 1500, func(s *SessionTimeout) *time.Duration { return &s.Live },
		"the same for persistent connections such as messaging").when(FeatureTimeouts).zeroIsDefault(),
).changes(live)

var securityBlock = single("security", FeatureSecurity, "verification of rules", func(c *Config) *Security { return &c.Security },
	enable(func(s *Security) *bool { return &s.Enable }, "verify rules"),
	number("thread-nb", 0, maxThreads, 0, func(s *Security) *int { return &s.ThreadNb },
		"security threads of each analysing thread, 0 for the analysing thread itself, or for one in all where several analyse"),
	parsed("exclude-rules", `rules, as in "1,3-5"`, nil, func(s *Security) *RuleSet { return &s.ExcludeRules },
		"rules that are not verified", ParseRuleSet, func(r RuleSet) string { return quote(r.String()) }).changes(live),
	parsed("rules-mask", `threads and rules, as in "(1:1,4-6)(2:3)"`, nil, func(s *Security) *RulesMask { return &s.RulesMask },
		"rules of each security thread", ParseRulesMask, func(m RulesMask) string { return quote(m.String()) }),
	outputChannel(func(s *Security) *Channels { return &s.OutputChannel }),
	boolean("report-rule-description", true, func(s *Security) *bool { return &s.ReportRuleDescription },
		"put the description of the rule into alerts"),
	boolean("ignore-remain-flow", false, func(s *Security) *bool { return &s.IgnoreRemainFlow },
		"verify nothing more of a flow after an alert"),
	number("input.max-message-size", 1, maxCount, 60000, func(s *Security) *int { return &s.MaxMessageSize },
		"bytes of a message from the probe to the verification").zeroIsDefault().also("input.max_message_size"),
	number("security.max-instances", 1, maxCount, 100000, func(s *Security) *int { return &s.MaxInstances },
		"most instances of one rule").zeroIsDefault().also("security.max_instances"),
	number("security.smp.ring-size", 1, maxCount, 1000, func(s *Security) *int { return &s.RingSize },
		"messages that a ring holds").zeroIsDefault().also("security.smp.ring_size"),
	parsed("ip-encapsulation-index", ipIndexKind, IPLast, func(s *Security) *IPIndex { return &s.IPEncapsulationIndex },
		"IP layer that is verified where there are several", parseIPIndex, IPIndex.String),
)
