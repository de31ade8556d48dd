package config

// Feature is a part of the probe that an option asks for. A build that lacks
// it refuses the option instead of ignoring it, see Config.Unsupported. The
// text completes "this build has no ... yet".
type Feature string

// Where packets come from and how they are read.
const (
	FeatureOffline        Feature = "offline input"
	FeatureOnline         Feature = "live capture"
	FeatureCapture        Feature = "choice of the capture"
	FeaturePollers        Feature = "capture by several threads"
	FeaturePcapFilter     Feature = "packet filter"
	FeaturePrefilter      Feature = "prefilter"
	FeatureStackTypes     Feature = "choice of the first layer"
	FeatureThreads        Feature = "analysis by several threads"
	FeatureDefragment     Feature = "IP defragmentation"
	FeatureReassembly     Feature = "TCP reassembly"
	FeatureTimeouts       Feature = "settable session timeouts"
	FeatureDynamicConfig  Feature = "dynamic configuration"
	FeatureSecurity       Feature = "security analysis"
	FeatureDumpPcap       Feature = "packet dump"
	FeatureAlertPcap      Feature = "packets around verdicts"
	FeatureReconstruction Feature = "data reconstruction"
)

// What is reported.
const (
	FeatureSessionReport       Feature = "session report"
	FeatureSessionFTP          Feature = "FTP part of the session report"
	FeatureSessionHTTP         Feature = "HTTP part of the session report"
	FeatureSessionRTP          Feature = "RTP part of the session report"
	FeatureSessionSSL          Feature = "SSL part of the session report"
	FeatureSessionGTP          Feature = "GTP part of the session report"
	FeatureSessionStream       Feature = "video part of the session report"
	FeatureSenderRTT           Feature = "round-trip time by the sender's clock"
	FeatureNoSessionReport     Feature = "report of protocols without session"
	FeatureFragmentationReport Feature = "IP fragmentation report"
	FeatureVersionReport       Feature = "version report"
	FeatureSystemReport        Feature = "system report"
	FeatureBehaviour           Feature = "behaviour report"
	FeatureRadiusReport        Feature = "RADIUS report"
	FeatureUserAgent           Feature = "user agent parsing"
	FeatureMicroFlows          Feature = "micro-flow report"
	FeatureEventReport         Feature = "event report"
	FeatureQueryReport         Feature = "query report"
	FeatureMetrics             Feature = "service of metrics"
)

// Where reports go.
const (
	FeatureFileOutput    Feature = "file output"
	FeatureRedisOutput   Feature = "redis output"
	FeatureKafkaOutput   Feature = "kafka output"
	FeatureMQTTOutput    Feature = "mqtt output"
	FeatureMongoDBOutput Feature = "mongodb output"
	FeatureSocketOutput  Feature = "socket output"
	FeatureIPFIXOutput   Feature = "IPFIX export"
	FeatureStdoutOutput  Feature = "stdout output"
)

// channelFeature says what each channel asks for.
var channelFeature = map[Channel]Feature{
	ChannelFile:    FeatureFileOutput,
	ChannelRedis:   FeatureRedisOutput,
	ChannelKafka:   FeatureKafkaOutput,
	ChannelMQTT:    FeatureMQTTOutput,
	ChannelMongoDB: FeatureMongoDBOutput,
	ChannelSocket:  FeatureSocketOutput,
	ChannelStdout:  FeatureStdoutOutput,
}
