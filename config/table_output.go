package config

import (
	"math"
	"slices"
	"strings"
	"time"
)

// formats are the forms of report lines.
var formats = []Format{FormatCSV, FormatJSON, FormatEVE}

// channelFormat builds the option that the channels have beside output.format.
func channelFormat[B any](field func(*B) *Format) option {
	parse := func(s string) (Format, bool) {
		i := slices.IndexFunc(formats, func(f Format) bool { return strings.EqualFold(string(f), s) })
		if i < 0 {
			return "", s == ""
		}
		return formats[i], true
	}
	write := func(f Format) string {
		if f == "" {
			return quote("")
		}
		return string(f)
	}
	return scalarOption("format", oneOf(formats)+`, or "" for output.format`, "", field,
		"form of the report lines of this channel", parse, write).changes(byRestart)
}

// tlsFiles builds the options of an encrypted connection.
func tlsFiles[B any](files func(*B) *TLSFiles) []option {
	return []option{
		text("ca-file", "", func(b *B) *string { return &files(b).CAFile },
			"PEM file of the certificates to trust, \"\" for those of the system"),
		text("cert-file", "", func(b *B) *string { return &files(b).CertFile }, "PEM file of the probe's own certificate"),
		text("key-file", "", func(b *B) *string { return &files(b).KeyFile }, "PEM file of its key"),
		text("server-name", "", func(b *B) *string { return &files(b).ServerName },
			"name that the certificate of the server must have, \"\" for that of its host"),
	}
}

var outputBlock = single("output", "", "what holds for all channels", func(c *Config) *Output { return &c.Output },
	enum("format", FormatCSV, formats, nil, func(o *Output) *Format { return &o.Format },
		"form of the report lines"),
	number("cache-max", 1, maxCount, 1000, func(o *Output) *int { return &o.CacheMax },
		"reports that wait before they are sent together").changes(atStart),
	seconds("cache-period", 1, maxSeconds, 5, func(o *Output) *time.Duration { return &o.CachePeriod },
		"seconds that a report waits at most; the time of one sample file").changes(live),
	number("queue-size", 1, maxCount, 100000, func(o *Output) *int { return &o.QueueSize },
		"reports that wait in memory at most while the far end of a channel is slow or gone").changes(atStart),
	number("queue-memory", 1, maxMegabytes, 64, func(o *Output) *int64 { return &o.QueueMemory },
		"MB (10^6 bytes) of these reports at most").changes(atStart),
	text("spill-dir", dirSpill, func(o *Output) *string { return &o.SpillDir },
		"folder of reports that wait, of its own for each probe, \"\" to keep nothing on disk").changes(atStart),
	number("spill-size", 0, maxMegabytes, 1000, func(o *Output) *int64 { return &o.SpillSize },
		"MB (10^6 bytes) of a channel there at most, 0 to keep nothing on disk").changes(atStart),
	seconds("flush-timeout", 0, maxSeconds, 5, func(o *Output) *time.Duration { return &o.FlushTimeout },
		"seconds that the end of a run waits for reports to be sent").changes(live),
)

var fileOutputBlock = single("file-output", FeatureFileOutput, "reports to files", func(c *Config) *FileOutput { return &c.FileOutput },
	enable(func(f *FileOutput) *bool { return &f.Enable }, "write reports to files"),
	channelFormat(func(f *FileOutput) *Format { return &f.Format }),
	text("output-file", "data.csv", func(f *FileOutput) *string { return &f.OutputFile },
		"last part of the names of the files").also("file-name").must(),
	outputDir(dirReports, func(f *FileOutput) *string { return &f.OutputDir }, "folder of the files"),
	boolean("sample-file", true, func(f *FileOutput) *bool { return &f.SampleFile },
		"begin a new file every output.cache-period seconds"),
	retainFiles(func(f *FileOutput) *int { return &f.RetainFiles },
		"last sample files to keep, 0 for all, else more than thread-nb + 1"),
).changes(live)

var redisOutputBlock = single("redis-output", FeatureRedisOutput, "reports to redis", func(c *Config) *RedisOutput { return &c.RedisOutput },
	enable(func(r *RedisOutput) *bool { return &r.Enable }, "publish reports to redis"),
	channelFormat(func(r *RedisOutput) *Format { return &r.Format }),
	text("hostname", "localhost", func(r *RedisOutput) *string { return &r.Hostname }, "host of the redis server").must(),
	port(6379, func(r *RedisOutput) *uint16 { return &r.Port }, "port of the redis server"),
	text("channel", "report", func(r *RedisOutput) *string { return &r.Channel }, "channel to publish to, or key of the stream").must(),
	enum("type", RedisPublish, []RedisType{RedisPublish, RedisStream}, nil, func(r *RedisOutput) *RedisType { return &r.Type },
		"publish reports, or add them to a stream"),
	number("limit-length", 0, maxCount, 0, func(r *RedisOutput) *int64 { return &r.LimitLength },
		"entries of the stream (about), oldest go first, 0 for no limit"),
	text("username", "", func(r *RedisOutput) *string { return &r.Username }, "user of the redis server"),
	text("password", "", func(r *RedisOutput) *string { return &r.Password }, "password of the user").hidden(),
	boolean("tls", false, func(r *RedisOutput) *bool { return &r.TLS }, "encrypt the connection"),
).with(tlsFiles(func(r *RedisOutput) *TLSFiles { return &r.Files })...).changes(live)

var kafkaOutputBlock = single("kafka-output", FeatureKafkaOutput, "reports to kafka", func(c *Config) *KafkaOutput { return &c.KafkaOutput },
	enable(func(k *KafkaOutput) *bool { return &k.Enable }, "send reports to kafka"),
	channelFormat(func(k *KafkaOutput) *Format { return &k.Format }),
	text("hostname", "localhost", func(k *KafkaOutput) *string { return &k.Hostname }, "host of the kafka server").must(),
	port(9092, func(k *KafkaOutput) *uint16 { return &k.Port }, "port of the kafka server"),
	text("topic", "report", func(k *KafkaOutput) *string { return &k.Topic }, "topic to send to").must(),
	enum("acks", AcksAll, []KafkaAcks{AcksAll, AcksLeader, AcksNone}, nil, func(k *KafkaOutput) *KafkaAcks { return &k.Acks },
		"whose answers make a report sent: of all replicas, the leader, nobody"),
	enum("compression", CompressionNone,
		[]KafkaCompression{CompressionNone, CompressionGzip, CompressionSnappy, CompressionLZ4, CompressionZstd}, nil,
		func(k *KafkaOutput) *KafkaCompression { return &k.Compression }, "how batches are packed"),
	text("username", "", func(k *KafkaOutput) *string { return &k.Username }, "user of the kafka server"),
	text("password", "", func(k *KafkaOutput) *string { return &k.Password }, "password of the user").hidden(),
	enum("sasl", SASLPlain, []KafkaSASL{SASLPlain, SASLScram256, SASLScram512}, nil, func(k *KafkaOutput) *KafkaSASL { return &k.SASL },
		"how a user is told to the server"),
	boolean("tls", false, func(k *KafkaOutput) *bool { return &k.TLS }, "encrypt the connection"),
).with(tlsFiles(func(k *KafkaOutput) *TLSFiles { return &k.Files })...).changes(live)

var mqttOutputBlock = single("mqtt-output", FeatureMQTTOutput, "reports to an MQTT broker", func(c *Config) *MQTTOutput { return &c.MQTTOutput },
	enable(func(m *MQTTOutput) *bool { return &m.Enable }, "send reports to an MQTT broker"),
	channelFormat(func(m *MQTTOutput) *Format { return &m.Format }),
	parsed("address", "scheme://host:port, scheme "+oneOf(mqttSchemes), "tcp://localhost:1883",
		func(m *MQTTOutput) *string { return &m.Address }, "address of the broker", parseMQTTAddress, quote),
	text("topic", "report", func(m *MQTTOutput) *string { return &m.Topic }, "topic to send to").must(),
	boolean("retain", false, func(m *MQTTOutput) *bool { return &m.Retain }, "ask the broker to keep the last report"),
	number("qos", 0, 2, 1, func(m *MQTTOutput) *int { return &m.QoS },
		"service of MQTT: 0 sent and forgotten, 1 at least once, 2 at most once and confirmed"),
	text("client-id", "", func(m *MQTTOutput) *string { return &m.ClientID }, "name of the probe at the broker, \"\" for a random one"),
	text("username", "", func(m *MQTTOutput) *string { return &m.Username }, "user of the broker"),
	text("password", "", func(m *MQTTOutput) *string { return &m.Password }, "password of the user").hidden(),
).with(tlsFiles(func(m *MQTTOutput) *TLSFiles { return &m.Files })...).changes(live)

var mongoDBOutputBlock = single("mongodb-output", FeatureMongoDBOutput, "reports to MongoDB",
	func(c *Config) *MongoDBOutput { return &c.MongoDBOutput },
	enable(func(m *MongoDBOutput) *bool { return &m.Enable }, "insert reports into a database"),
	channelFormat(func(m *MongoDBOutput) *Format { return &m.Format }),
	text("hostname", "localhost", func(m *MongoDBOutput) *string { return &m.Hostname }, "host of the database").must(),
	port(27017, func(m *MongoDBOutput) *uint16 { return &m.Port }, "port of the database"),
	text("database", "mmt-data", func(m *MongoDBOutput) *string { return &m.Database }, "name of the database").must(),
	text("collection", "reports", func(m *MongoDBOutput) *string { return &m.Collection }, "name of the collection").must(),
	number("limit-size", 0, maxCount, 0, func(m *MongoDBOutput) *int64 { return &m.LimitSize },
		"MB (10^6 bytes) of the collection, oldest go first, 0 for no limit"),
	text("username", "", func(m *MongoDBOutput) *string { return &m.Username }, "user of the database"),
	text("password", "", func(m *MongoDBOutput) *string { return &m.Password }, "password of the user").hidden(),
	boolean("tls", false, func(m *MongoDBOutput) *bool { return &m.TLS }, "encrypt the connection"),
).with(tlsFiles(func(m *MongoDBOutput) *TLSFiles { return &m.Files })...).old("mongo-output").changes(live)

// socketSynonyms has the word of manual 3.1 for what TCP and UDP were one.
var socketSynonyms = map[string]SocketType{"INTERNET": SocketTCP}

var socketOutputBlock = single("socket-output", FeatureSocketOutput, "reports to sockets",
	func(c *Config) *SocketOutput { return &c.SocketOutput },
	enable(func(s *SocketOutput) *bool { return &s.Enable }, "send reports to sockets"),
	channelFormat(func(s *SocketOutput) *Format { return &s.Format }),
	enum("type", SocketUnix, []SocketType{SocketUnix, SocketTCP, SocketUDP, SocketBoth}, socketSynonyms,
		func(s *SocketOutput) *SocketType { return &s.Type }, "sockets to send to, BOTH for UNIX and TCP"),
	text("descriptor", "", func(s *SocketOutput) *string { return &s.Descriptor }, "path of the UNIX socket"),
	port(0, func(s *SocketOutput) *uint16 { return &s.Port }, "port of the TCP or UDP server"),
	text("hostname", "localhost", func(s *SocketOutput) *string { return &s.Hostname }, "host of the TCP or UDP server"),
	boolean("tls", false, func(s *SocketOutput) *bool { return &s.TLS }, "encrypt the connection over TCP"),
).with(tlsFiles(func(s *SocketOutput) *TLSFiles { return &s.Files })...).changes(live)

var ipfixOutputBlock = single("ipfix-output", FeatureIPFIXOutput, "sessions to a collector of IPFIX",
	func(c *Config) *IPFIXOutput { return &c.IPFIXOutput },
	enable(func(x *IPFIXOutput) *bool { return &x.Enable }, "export sessions to a collector of IPFIX"),
	text("hostname", "localhost", func(x *IPFIXOutput) *string { return &x.Hostname }, "host of the collector").must(),
	port(4739, func(x *IPFIXOutput) *uint16 { return &x.Port }, "port of the collector"),
	enum("protocol", IPFIXUDP, []IPFIXProtocol{IPFIXUDP, IPFIXTCP}, nil, func(x *IPFIXOutput) *IPFIXProtocol { return &x.Protocol },
		"protocol below IPFIX"),
	seconds("template-refresh", 1, maxSeconds, 600, func(x *IPFIXOutput) *time.Duration { return &x.TemplateRefresh },
		"seconds after which UDP is told the templates again"),
	number("observation-domain", 0, math.MaxUint32, 0, func(x *IPFIXOutput) *uint32 { return &x.ObservationDomain },
		"number that the collector tells exporters of one address apart by"),
).changes(live)

var dumpPcapBlock = single("dump-pcap", FeatureDumpPcap, "packets to trace files", func(c *Config) *DumpPcap { return &c.DumpPcap },
	enable(func(d *DumpPcap) *bool { return &d.Enable }, "write packets to trace files"),
	outputDir(dirPcap, func(d *DumpPcap) *string { return &d.OutputDir }, "folder of the trace files"),
	listOf("protocols", "a list of protocols", func(d *DumpPcap) *[]string { return &d.Protocols },
		"protocols of which a packet must have one", parseProtocol, quote),
	seconds("period", 1, maxSeconds, 3600, func(d *DumpPcap) *time.Duration { return &d.Period },
		"seconds of one trace file").zeroIsDefault(),
	retainFiles(func(d *DumpPcap) *int { return &d.RetainFiles }, "last files to keep, 0 for all"),
	number("snap-len", 1, maxSnapLen, 65535, func(d *DumpPcap) *int { return &d.SnapLen },
		"most bytes written of a packet").zeroIsDefault(),
)

var alertPcapBlock = single("alert-pcap", FeatureAlertPcap, "packets around verdicts to trace files",
	func(c *Config) *AlertPcap { return &c.AlertPcap },
	enable(func(a *AlertPcap) *bool { return &a.Enable }, "save the packets of the flow of each verdict that is an alert, as pcapng"),
	outputDir(dirAlert, func(a *AlertPcap) *string { return &a.OutputDir }, "folder of the trace files"),
	number("packets-before", 1, maxCount, 100, func(a *AlertPcap) *int { return &a.PacketsBefore },
		"most packets of the flow up to the one that brought the verdict"),
	number("packets-after", 0, maxCount, 100, func(a *AlertPcap) *int { return &a.PacketsAfter },
		"most packets of the flow after it"),
	seconds("period", 1, maxSeconds, 10, func(a *AlertPcap) *time.Duration { return &a.Period },
		"seconds after the verdict that its file takes packets, and that further verdicts on the flow go to the same file"),
	number("ring-size", 1, 1<<16, 16, func(a *AlertPcap) *int { return &a.RingSize },
		"MB (10^6 bytes) of its latest packets that each analysing thread remembers").zeroIsDefault(),
	number("retain-files", 0, maxCount, 1000, func(a *AlertPcap) *int { return &a.RetainFiles }, "last files to keep, 0 for all"),
	number("snap-len", 1, maxSnapLen, 65535, func(a *AlertPcap) *int { return &a.SnapLen },
		"most bytes kept of a packet").zeroIsDefault(),
)
