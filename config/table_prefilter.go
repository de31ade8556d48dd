package config

// prefilterPrefixes, prefilterPorts and prefilterProtocolList are the lists of
// what is allowed or denied.
func prefilterPrefixes(name string, field func(*Prefilter) *[]PrefilterPrefix, help string) option {
	return listOf(name, `a list of addresses and prefixes, as in {10.0.0.0/8, "src 2001:db8::/32"}`, field, help,
		parsePrefilterPrefix, func(p PrefilterPrefix) string { return quote(p.String()) })
}

func prefilterPorts(name string, field func(*Prefilter) *[]PrefilterPort, help string) option {
	return listOf(name, `a list of ports, as in {53, tcp/80, "src udp/1000-2000"}`, field, help,
		parsePrefilterPort, func(p PrefilterPort) string { return quote(p.String()) })
}

func prefilterProtocolList(name string, field func(*Prefilter) *[]PrefilterProtocol, help string) option {
	return listOf(name, "a list of IP protocols, as in {tcp, gre, 132}", field, help,
		parsePrefilterProtocol, PrefilterProtocol.String)
}

var prefilterBlock = single("prefilter", FeaturePrefilter, "packets that are kept away from the probe",
	func(c *Config) *Prefilter { return &c.Prefilter },
	enable(func(p *Prefilter) *bool { return &p.Enable }, "keep packets away before the probe looks at them"),
	enum("mode", PrefilterAuto, []PrefilterMode{PrefilterAuto, PrefilterNative, PrefilterGeneric, PrefilterUser}, nil,
		func(p *Prefilter) *PrefilterMode { return &p.Mode },
		"native and generic are XDP in and behind the driver, user the probe itself, auto the first that can be had"),
	prefilterPrefixes("allow-prefix", func(p *Prefilter) *[]PrefilterPrefix { return &p.AllowPrefix },
		"addresses that pass; the longest prefix around an address counts"),
	prefilterPrefixes("deny-prefix", func(p *Prefilter) *[]PrefilterPrefix { return &p.DenyPrefix },
		"addresses that are dropped; the longest prefix around an address counts"),
	prefilterPorts("allow-port", func(p *Prefilter) *[]PrefilterPort { return &p.AllowPort },
		"ports that pass"),
	prefilterPorts("deny-port", func(p *Prefilter) *[]PrefilterPort { return &p.DenyPort },
		"ports that are dropped, even if they are allowed"),
	prefilterProtocolList("allow-protocol", func(p *Prefilter) *[]PrefilterProtocol { return &p.AllowProtocol },
		"IP protocols that pass"),
	prefilterProtocolList("deny-protocol", func(p *Prefilter) *[]PrefilterProtocol { return &p.DenyProtocol },
		"IP protocols that are dropped"),
	boolean("drop-non-ip", false, func(p *Prefilter) *bool { return &p.DropNonIP },
		"drop what is neither IPv4 nor IPv6"),
	parsed("sample", sampleKind, 1, func(p *Prefilter) *uint32 { return &p.Sample },
		"keep one of n flows, both directions of it", parseSample, formatSample),
	boolean("bypass", false, func(p *Prefilter) *bool { return &p.Bypass },
		"sessions that need no more looking at are only counted, in the kernel"),
	number("bypass-packets", 1, maxCount, 1000, func(p *Prefilter) *int64 { return &p.BypassPackets },
		"packets from which a session is large enough for bypass, if it is not encrypted").zeroIsDefault(),
	boolean("push-rules", false, func(p *Prefilter) *bool { return &p.PushRules },
		"keep away packets that no security rule can look at, if nothing else is asked of them"),
)
