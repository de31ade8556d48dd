package config

import (
	"cmp"
	"math"
	"strconv"
	"time"
)

// Config is a whole, checked configuration. Names follow the language; a
// block is a struct, a titled block an element of a slice in the order of the
// file. What 0 stands for in the language ("the default") is already replaced.
type Config struct {
	ProbeID                         uint32        // in all reports
	License                         string        // path
	StackType                       uint32        // protocol id of the first layer: 1 Ethernet, 624 Linux cooked, 800 IEEE 802.15.4
	StackOffset                     int           // bytes before the first layer
	StatsPeriod                     time.Duration // between two statistics reports
	ThreadNb                        int           // analysing threads; 0: one thread reads and analyses
	ThreadQueue                     int           // packets that may wait for one thread, 0: the probe chooses
	ThreadCores                     string        // "0-3,8", CoresNone, or "" to choose them
	EnableProtoWithoutSessionReport bool
	EnableIPFragmentationReport     bool
	EnableIPDefragmentation         bool
	EnableTCPReassembly             bool
	EnableReportVersionInfo         bool
	LogFile                         string // path, "" for the system's log, "-" for standard error
	LogLevel                        int    // 0 errors, 1 warnings too, 2 to 6 what is done, 7 everything

	Input           Input
	Prefilter       Prefilter
	Output          Output
	FileOutput      FileOutput
	RedisOutput     RedisOutput
	KafkaOutput     KafkaOutput
	MQTTOutput      MQTTOutput
	MongoDBOutput   MongoDBOutput
	SocketOutput    SocketOutput
	IPFIXOutput     IPFIXOutput
	DumpPcap        DumpPcap
	AlertPcap       AlertPcap
	Security        Security
	SystemReport    SystemReport
	Behaviour       Behaviour
	ReconstructData []ReconstructData // always two: ftp and http
	RadiusReport    RadiusReport
	DataOutput      DataOutput
	MicroFlows      MicroFlows
	SessionTimeout  SessionTimeout
	SessionReport   SessionReport
	EventReports    []EventReport
	QueryReports    []QueryReport
	DynamicConfig   DynamicConfig
	Prometheus      Prometheus

	set map[string]Pos // where each option and block was set, by dotted name
}

// InputMode says whether packets come from a network or from a file.
type InputMode string

// The input modes. There is no default: the zero value means not said.
const (
	ModeOnline  InputMode = "ONLINE"
	ModeOffline InputMode = "OFFLINE"
)

// Capture says how packets of a network reach the probe.
type Capture string

// The ways to capture. CaptureAuto leaves the choice to the probe.
const (
	CaptureAuto     Capture = "auto"
	CaptureAFPacket Capture = "afpacket"
	CaptureAFXDP    Capture = "afxdp"
	CaptureDPDK     Capture = "dpdk"
)

// Input is where packets come from.
type Input struct {
	Mode       InputMode
	Source     string        // interface, file, or DPDK ports "0,1"
	Capture    Capture       // how packets of a network are taken
	PollerNb   int           // threads that take them, each from its share
	SnapLen    int           // most bytes taken of a packet
	BufferSize int           // bytes, 0: the source chooses
	Timeout    time.Duration // of the capture buffer, 0: the source chooses
	DPDKOption string        // EAL arguments
	PcapFilter string        // BPF expression, "" for all packets
}

// Format is the form of report lines.
type Format string

// The formats of report lines.
const (
	FormatCSV  Format = "CSV"
	FormatJSON Format = "JSON"
	FormatEVE  Format = "EVE" // events as other network monitors write them
)

// FormatOf returns the form of the lines of a channel.
func (c *Config) FormatOf(ch Channel) Format {
	own := map[Channel]Format{
		ChannelFile: c.FileOutput.Format, ChannelRedis: c.RedisOutput.Format, ChannelKafka: c.KafkaOutput.Format,
		ChannelMongoDB: c.MongoDBOutput.Format, ChannelSocket: c.SocketOutput.Format, ChannelMQTT: c.MQTTOutput.Format,
	}[ch]
	return cmp.Or(own, c.Output.Format)
}

// Output is what holds for all channels.
type Output struct {
	Format      Format
	CacheMax    int           // reports that wait before they are sent
	CachePeriod time.Duration // they wait no longer than this

	// Of each channel over a network, while its far end is slow or gone.
	QueueSize    int           // reports that wait in memory at most
	QueueMemory  int64         // in MB of 10^6 bytes, of these reports
	SpillDir     string        // what memory has no room for waits here
	SpillSize    int64         // in MB of 10^6 bytes, 0 for no spill
	FlushTimeout time.Duration // at the end of a run
}

// Channel is a place that reports go to.
type Channel string

// The channels.
const (
	ChannelFile    Channel = "file"
	ChannelRedis   Channel = "redis"
	ChannelKafka   Channel = "kafka"
	ChannelMongoDB Channel = "mongodb"
	ChannelSocket  Channel = "socket"
	ChannelMQTT    Channel = "mqtt"
	ChannelStdout  Channel = "stdout"
)

// Channels is an output-channel list, never empty: {} means {file}. A channel
// receives only if its own block is enabled too, stdout always can.
type Channels []Channel

// FileOutput writes reports to files.
type FileOutput struct {
	Enable      bool
	Format      Format // "" for that of Output
	OutputFile  string // name, the last part of each sample file's name
	OutputDir   string
	SampleFile  bool // a new file each Output.CachePeriod
	RetainFiles int  // the last sample files to keep, 0 for all
}

// RedisOutput publishes reports on a channel of a redis server.
type RedisOutput struct {
	Enable      bool
	Format      Format // "" for that of Output
	Hostname    string
	Port        uint16
	Username    string // "" for the default user
	Password    string // "" for none
	Channel     string // or key of the stream
	Type        RedisType
	LimitLength int64 // of the stream in entries, 0 for no limit; the oldest go first
	TLS         bool
	Files       TLSFiles
}

// RedisType says how reports go to redis.
type RedisType string

// The ways to redis.
const (
	RedisPublish RedisType = "PUBLISH"
	RedisStream  RedisType = "STREAM"
)

// KafkaAcks says which answers make a report one that the bus has taken.
type KafkaAcks string

// Whose answers: all replicas in step, the leader alone, nobody.
const (
	AcksAll    KafkaAcks = "ALL"
	AcksLeader KafkaAcks = "LEADER"
	AcksNone   KafkaAcks = "NONE"
)

// KafkaCompression is how batches are packed.
type KafkaCompression string

// The ways.
const (
	CompressionNone   KafkaCompression = "NONE"
	CompressionGzip   KafkaCompression = "GZIP"
	CompressionSnappy KafkaCompression = "SNAPPY"
	CompressionLZ4    KafkaCompression = "LZ4"
	CompressionZstd   KafkaCompression = "ZSTD"
)

// KafkaSASL is how the user is told.
type KafkaSASL string

// The mechanisms.
const (
	SASLPlain    KafkaSASL = "PLAIN"
	SASLScram256 KafkaSASL = "SCRAM-SHA-256"
	SASLScram512 KafkaSASL = "SCRAM-SHA-512"
)

// TLSFiles are PEM files of an encrypted connection, "" for none.
type TLSFiles struct {
	CAFile     string // certificates to trust, "" for those of the system
	CertFile   string // our own certificate
	KeyFile    string // its key
	ServerName string // of the server's certificate, "" for its host
}

// KafkaOutput sends reports to a topic of a kafka bus.
type KafkaOutput struct {
	Enable             bool
	Format             Format // "" for that of Output
	Hostname           string
	Port               uint16
	Topic              string
	Acks               KafkaAcks
	Compression        KafkaCompression
	SASL               KafkaSASL // used with a username
	Username, Password string
	TLS                bool
	Files              TLSFiles
}

// MQTTOutput sends reports to a topic of an MQTT broker.
type MQTTOutput struct {
	Enable  bool
	Format  Format // "" for that of Output
	Address string // scheme://host:port, scheme tcp, mqtt, ssl, mqtts, ws or wss
	Topic   string
	Retain  bool
	QoS     int // 0 to 2

	ClientID           string // "" for one of its own for each start
	Username, Password string
	Files              TLSFiles // for ssl, mqtts and wss
}

// MongoDBOutput inserts reports into a collection.
type MongoDBOutput struct {
	Enable     bool
	Format     Format // "" for that of Output
	Hostname   string
	Port       uint16
	Database   string
	Collection string
	LimitSize  int64 // in MB of 10^6 bytes, 0 for no limit; the oldest go first

	Username, Password string
	TLS                bool
	Files              TLSFiles
}

// SocketType says which sockets reports go to.
type SocketType string

// The socket types. SocketBoth is UNIX and TCP.
const (
	SocketUnix SocketType = "UNIX"
	SocketTCP  SocketType = "TCP"
	SocketUDP  SocketType = "UDP"
	SocketBoth SocketType = "BOTH"
)

// SocketOutput sends reports to sockets.
type SocketOutput struct {
	Enable     bool
	Format     Format // "" for that of Output
	Type       SocketType
	Descriptor string // path of the UNIX socket
	Port       uint16 // of TCP and UDP
	Hostname   string // of TCP and UDP
	TLS        bool   // over TCP
	Files      TLSFiles
}

// IPFIXProtocol says how records travel to a collector.
type IPFIXProtocol string

// The ways to a collector.
const (
	IPFIXUDP IPFIXProtocol = "UDP"
	IPFIXTCP IPFIXProtocol = "TCP"
)

// IPFIXOutput exports sessions to a collector of IPFIX.
type IPFIXOutput struct {
	Enable            bool
	Hostname          string
	Port              uint16
	Protocol          IPFIXProtocol
	TemplateRefresh   time.Duration // templates are sent again after it, over UDP
	ObservationDomain uint32
}

// DumpPcap writes packets to trace files.
type DumpPcap struct {
	Enable      bool
	OutputDir   string
	Protocols   []string      // names; a packet with one of them is written
	Period      time.Duration // a new file is begun after this
	RetainFiles int           // the last files to keep, 0 for all
	SnapLen     int           // most bytes written of a packet
}

// AlertPcap writes the packets around verdicts of security rules to trace files.
type AlertPcap struct {
	Enable        bool
	OutputDir     string
	PacketsBefore int           // most packets of the flow up to that which brought the verdict
	PacketsAfter  int           // most packets of the flow after it
	Period        time.Duration // after the verdict, that a file takes packets
	RingSize      int           // MB (10^6 bytes) of packets that each thread remembers
	RetainFiles   int           // the last files to keep, 0 for all
	SnapLen       int           // most bytes kept of a packet
}

// IPIndex selects an IP layer of a packet that has several: 1 is the first.
// A number above what the packet has means its last one.
type IPIndex int

// The first and the last IP layer.
const (
	IPFirst IPIndex = 1
	IPLast  IPIndex = math.MaxInt32
)

// String gives FIRST, LAST or the number.
func (i IPIndex) String() string {
	switch i {
	case IPFirst:
		return "FIRST"
	case IPLast:
		return "LAST"
	}
	return strconv.Itoa(int(i))
}

// Security verifies rules.
type Security struct {
	Enable                bool
	ThreadNb              int // security threads of each analysing thread, 0: the analysing thread itself
	ExcludeRules          RuleSet
	RulesMask             RulesMask
	OutputChannel         Channels
	ReportRuleDescription bool
	IgnoreRemainFlow      bool // no more verification of a flow after an alert
	MaxMessageSize        int  // input.max-message-size, bytes
	MaxInstances          int  // security.max-instances, of one rule
	RingSize              int  // security.smp.ring-size, messages
	IPEncapsulationIndex  IPIndex
}

// SystemReport tells the machine's CPU and memory use.
type SystemReport struct {
	Enable        bool
	Period        time.Duration
	OutputChannel Channels
}

// Behaviour writes the reports for MMT-Behaviour.
type Behaviour struct {
	Enable      bool
	OutputFile  string
	OutputDir   string
	RetainFiles int // the last sample files to keep, 0 for all
	SampleFile  bool
}

// ReconstructData writes the files that a protocol carries.
type ReconstructData struct {
	Title         string // "ftp" or "http"
	Enable        bool
	OutputDir     string
	LimitFileSize int64 // MB (10^6 bytes) of a file, 0 for no limit
	LimitSize     int64 // MB of all files of a run, 0 for no limit
	LimitRatio    int64 // times that a packed body may grow, 0 for no limit
	OutputChannel Channels
}

// RadiusReport reports RADIUS messages.
type RadiusReport struct {
	Enable        bool
	MessageID     int // code of the messages to report, 0 for all
	OutputChannel Channels
}

// DataOutput bounds costly parts of reports.
type DataOutput struct {
	IncludeUserAgent int // kB of a flow before its user agent is parsed; 0 always, -1 never
}

// MicroFlows reports small flows together. A limit of 0 is no limit.
type MicroFlows struct {
	Enable            bool
	PacketThreshold   int64 // a flow of at most as many packets is a micro flow
	ByteThreshold     int64 // a flow of at most as many bytes is a micro flow
	ReportPacketCount int64 // report at this many packets
	ReportByteCount   int64 // report at this many bytes
	ReportFlowCount   int64 // report at this many flows
	OutputChannel     Channels
}

// SessionTimeout says how long a silent session lives.
type SessionTimeout struct {
	Default time.Duration
	Short   time.Duration // short lived sessions
	Long    time.Duration // web and SSL with long polling
	Live    time.Duration // persistent connections such as messaging
}

// RTTBase says whose clock gives round-trip times.
type RTTBase string

// The clocks. RTTPreferSender is the sender's where it is known.
const (
	RTTCaptor       RTTBase = "CAPTOR"
	RTTSender       RTTBase = "SENDER"
	RTTPreferSender RTTBase = "PREFER_SENDER"
)

// SessionReport reports sessions, with more on the protocols that it names.
type SessionReport struct {
	Enable                   bool
	FTP, HTTP, RTP, SSL, GTP bool
	Stream                   bool // M3U8 and MPEG-TS; needs HTTP
	DNS                      bool // in EVE only
	RTTBase                  RTTBase
	OutputChannel            Channels
}

// EventReport reports attributes whenever an event occurs.
type EventReport struct {
	Title         string
	Enable        bool
	Event         Attribute
	Attributes    []Attribute
	DeltaCond     []Attribute // report only if one of these changed since the last report
	OutputFormat  string      // template in which attribute names are replaced; excludes Attributes
	OutputChannel Channels
}

// QueryReport reports figures over attributes, period by period.
type QueryReport struct {
	Title         string
	Enable        bool
	Period        time.Duration // ms-period
	Select        []Select
	Where         []Attribute // attributes that a packet must have
	GroupBy       []Attribute
	OutputChannel Channels
}

// DynamicConfig takes commands while the probe runs.
type DynamicConfig struct {
	Enable     bool
	Descriptor string // path of the UNIX socket

	HTTPAddress string // host:port that takes the same by HTTP, "" for none
	TokenFile   string // of requests by HTTP
}

// Prometheus serves figures of the running probe by HTTP.
type Prometheus struct {
	Enable  bool
	Address string // host:port; no host: all interfaces, port 0: any that is free
	Pprof   bool   // serve profiles as well
}
