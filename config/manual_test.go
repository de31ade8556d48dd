package config

import (
	"reflect"
	"testing"
	"time"
)

// The blocks that manual 3.1 shows, as an operator writes them.
func TestManualExamples(t *testing.T) {
	c := parseOK(t, `
input{
   mode = ONLINE
   # For PCAP it is interface name
   source = "eth0"
   # For DPDK it is interface port number
   # source = "0"
}

# Using 2 threads of MMT-Probe
thread-nb = 2

redis-output
{
    enabled = true
    hostname = "localhost"
    port = 6379
    channel = "report"
}

kafka-output
{
    enabled = true
    hostname = "192.168.0.1"
    port = 9093
    topic = "mmt"
}

mongodb-output {
    enable = true
    hostname = "localhost"
    port = 27017
    database = "mmt-data"
    collection = "reports" # name of collection to store reports

    # limit size (megabytes = 1000*1000 bytes) of the collection
    # - set 0 to unlimit
    limit-size = 0
}

socket-output
{
    enable = true
    type = BOTH
    descriptor = "/tmp/mmt-probe-output.sock" # required for UNIX domain.
    port = 5000  # Required for Internet domain.
    hostname = "127.0.0.1" # required for Internet domain.
}

dump-pcap
{
    enable = true
    output-dir = "/opt/mmt/probe/pcap/"

    # List of protocols, separated by comma
    protocols = {"unknown", "http"}
    period = 60 # new pcap file is created every x seconds. 0 means default value 3600 seconds
    retain-files = 50 # retains the last x files,
    snap-len = 65355
}

security
{
    enable = true
    thread-nb = 1
    exclude-rules = "(50-100)"
    rules-mask = ""
    output-channel = {file, socket}
    report-rule-description = true
    ignore-remain-flow = true
    input.max-message-size = 60000
    security.max-instances = 100000
    security.smp.ring-size = 1000
    ip-encapsulation-index = LAST
}

session-timeout
{
    # Default timeout (in seconds) for sessions.
    default-session-timeout = 60
    short-session-timeout = 15
    long-session-timeout = 6000
    live-session-timeout = 1500
}

session-report
{
    enable = true
    output-channel = {}
    ftp = true
    http = true
    rtp = false
    ssl = true
    gtp = false #specific reports for LTE eNodeB network
    rtt-base = CAPTOR # Order of timestamp's origin that is used to calculate RTT
    # - SENDER: timestamp being marked in packet by its sender, e.g., tcp option TSVal
}

micro-flows
{
    enable = true
    packet-threshold = 2
    byte-threshold = 100
    report-packet-count = 1000
    report-byte-count = 10000
    report-flow-count = 500
    output-channel = {}
}

data-output
{
    include-user-agent = 32
}

event-report report1
{
    enable = true
    event = "ip.src"
    attributes = {"arp.ar_hln", "ip.src"}
    output-channel = {file, redis, kafka}
}
`)
	want := Default()
	want.Input.Mode, want.Input.Source = ModeOnline, "eth0"
	want.ThreadNb = 2
	want.RedisOutput.Enable = true
	want.KafkaOutput.Enable, want.KafkaOutput.Hostname, want.KafkaOutput.Port, want.KafkaOutput.Topic = true, "192.168.0.1", 9093, "mmt"
	want.MongoDBOutput.Enable = true
	want.SocketOutput = SocketOutput{Enable: true, Type: SocketBoth, Descriptor: "/tmp/mmt-probe-output.sock", Port: 5000, Hostname: "127.0.0.1"}
	want.DumpPcap = DumpPcap{true, "/opt/mmt/probe/pcap/", []string{"unknown", "http"}, time.Minute, 50, 65355}
	want.Security = Security{Enable: true, ThreadNb: 1, ExcludeRules: RuleSet{{50, 100}},
		OutputChannel: Channels{ChannelFile, ChannelSocket}, ReportRuleDescription: true, IgnoreRemainFlow: true,
		MaxMessageSize: 60000, MaxInstances: 100000, RingSize: 1000, IPEncapsulationIndex: IPLast}
	want.SessionTimeout.Long = 6000 * time.Second
	want.SessionReport = SessionReport{Enable: true, FTP: true, HTTP: true, SSL: true, DNS: true, RTTBase: RTTCaptor, OutputChannel: Channels{ChannelFile}}
	want.MicroFlows.Enable = true
	want.DataOutput.IncludeUserAgent = 32
	want.EventReports = []EventReport{{Title: "report1", Enable: true, Event: Attribute{"ip", 0, "src"},
		Attributes:    []Attribute{{"arp", 0, "ar_hln"}, {"ip", 0, "src"}},
		OutputChannel: Channels{ChannelFile, ChannelRedis, ChannelKafka}}}
	equalConfig(t, c, want)
}

// The rules that manual 3.1 writes for exclude-rules and rules-mask.
func TestManualRules(t *testing.T) {
	set, err := ParseRuleSet("1,3-5,7,50-100")
	if want := (RuleSet{{1, 1}, {3, 5}, {7, 7}, {50, 100}}); err != nil || !reflect.DeepEqual(set, want) {
		t.Fatalf("exclude-rules: %v, %v", set, err)
	}
	for id, want := range map[uint32]bool{0: false, 1: true, 2: false, 3: true, 5: true, 6: false, 50: true, 99: true, 100: true, 101: false} {
		if set.Contains(id) != want {
			t.Errorf("Contains(%d) = %v", id, !want)
		}
	}
	masks := map[string]RulesMask{
		"(1:1,5)(2:6-8)":   {{1, RuleSet{{1, 1}, {5, 5}}}, {2, RuleSet{{6, 8}}}},
		"(1:1,4-6)(2:3)":   {{1, RuleSet{{1, 1}, {4, 6}}}, {2, RuleSet{{3, 3}}}},
		"(1:1,2,4-6)(2:3)": {{1, RuleSet{{1, 1}, {2, 2}, {4, 6}}}, {2, RuleSet{{3, 3}}}},
		"(1:1)(2:3)":       {{1, RuleSet{{1, 1}}}, {2, RuleSet{{3, 3}}}},
		"":                 nil,
	}
	for text, want := range masks {
		got, err := ParseRulesMask(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("rules-mask %q: %v, %v", text, got, err)
		}
		if got.String() != text {
			t.Errorf("rules-mask %q writes as %q", text, got)
		}
	}
}
