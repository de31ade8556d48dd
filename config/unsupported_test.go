package config

import (
	"strings"
	"testing"
)

func TestUnsupported(t *testing.T) {
	tests := []struct {
		name, text string
		have       []Feature
		want       []string
	}{
		{"nothing asked", "probe-id = 1 license = a", nil, nil},
		{"block", "\nredis-output {\n port = 1\n enable = true\n}", nil, []string{
			"probe.conf:4: redis-output is enabled, but this build has no redis output yet"}},
		{"block that exists", "redis-output { enable = true }", []Feature{FeatureRedisOutput}, nil},
		{"block not enabled", "redis-output { enable = false port = 1 }", nil, nil},
		{"titled block", "event-report a { }\nevent-report b {\n event = a.b\n enable = true\n}", nil, []string{
			`probe.conf:4: event-report "b" is enabled, but this build has no event report yet`}},
		{"input", "input { mode = ONLINE source = eth0 }", []Feature{FeatureOffline}, []string{
			"probe.conf:1: input.mode is ONLINE, but this build has no live capture yet"}},
		{"input that exists", "input { mode = OFFLINE source = a }", []Feature{FeatureOffline}, nil},
		{"filter", `input { pcap-filter = "tcp" }`, nil, []string{
			`probe.conf:1: input.pcap-filter is "tcp", but this build has no packet filter yet`}},
		{"threads", "thread-nb = 4", nil, []string{
			"probe.conf:1: thread-nb is 4, but this build has no analysis by several threads yet"}},
		{"one thread", "thread-nb = 0", nil, nil},
		{"set to the default", "thread-nb = 1\nstack-type = 1\nsession-timeout { long-session-timeout = 0 }", nil, nil},
		{"not the default", "session-timeout { long-session-timeout = 6000 }", nil, []string{
			"probe.conf:1: session-timeout.long-session-timeout is 6000, but this build has no settable session timeouts yet"}},
		{"on by default", "enable-report-version-info = true", nil, []string{
			"probe.conf:1: enable-report-version-info is true, but this build has no version report yet"}},
		{"switched off", "enable-report-version-info = false", nil, nil},
		{"channels", "session-report {\n enable = true\n output-channel = {file, redis, stdout}\n}",
			[]Feature{FeatureSessionReport, FeatureFileOutput}, []string{
				"probe.conf:3: session-report.output-channel names redis, but this build has no redis output yet",
				"probe.conf:3: session-report.output-channel names stdout, but this build has no stdout output yet"}},
		{"channels not enabled", "session-report { output-channel = {redis} }", nil, nil},
		{"part of a report", "session-report { enable = true gtp = true rtt-base = SENDER }", []Feature{FeatureSessionReport}, []string{
			"probe.conf:1: session-report.gtp is true, but this build has no GTP part of the session report yet",
			"probe.conf:1: session-report.rtt-base is SENDER, but this build has no round-trip time by the sender's clock yet"}},
		{"order of the file", "system-report { enable = true }\nsecurity { enable = true }\nthread-nb = 2", nil, []string{
			"probe.conf:1: system-report is enabled, but this build has no system report yet",
			"probe.conf:2: security is enabled, but this build has no security analysis yet",
			"probe.conf:3: thread-nb is 2, but this build has no analysis by several threads yet"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			have := map[Feature]bool{}
			for _, f := range tt.have {
				have[f] = true
			}
			got := Errors(parseOK(t, tt.text).Unsupported(have))
			if got.Error() != strings.Join(tt.want, "\n") {
				t.Errorf("got\n%v\nwant\n%s", got, strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestUnsupportedOverride(t *testing.T) {
	c, err := loadOverrides("kafka-output.enable=true", "enable-tcp-reassembly=true")
	if err != nil {
		t.Fatal(err)
	}
	got := Errors(c.Unsupported(map[Feature]bool{FeatureOffline: true})).Error()
	want := "-X enable-tcp-reassembly=true: enable-tcp-reassembly is true, but this build has no TCP reassembly yet\n" +
		"-X kafka-output.enable=true: kafka-output is enabled, but this build has no kafka output yet"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A switch that asks for nothing would be ignored in silence.
func TestEverySwitchAsksForAFeature(t *testing.T) {
	for _, b := range blocks {
		if b.option("enable") != nil && b.feature == "" {
			t.Errorf("%s can be enabled, but asks for no feature", b.name)
		}
		for _, o := range b.options {
			if o.needs != nil && o.needs(o.def) != "" && o.name != "enable-report-version-info" {
				t.Errorf("%s.%s asks for a feature by default", b.name, o.name)
			}
		}
	}
	for _, ch := range channelNames {
		if channelFeature[ch] == "" {
			t.Errorf("channel %s asks for no feature", ch)
		}
	}
}
