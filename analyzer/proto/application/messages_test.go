package application

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

var messageProtocols = []dpi.Protocol{MQTT, AMQP, Kafka, STOMP, OpenWire, NATS, ZeroMQ, NSQ, IBMMQ, Pulsar, RocketMQ, Beanstalkd, SMPP, FIX, Fluentd,
	Logstash, Graphite, OpenTSDB, StatsD, GELF, MQTTSN, Protobuf}

// kafkaMessage is a request.
func kafkaMessage(key, version int, client string, body ...any) string {
	b := prototest.Bytes(uint16(key), uint16(version), uint32(42), uint16(len(client)), client, prototest.Bytes(body...))
	return raw(uint32(len(b)), b)
}

// smppMessage is a message of SMPP.
func smppMessage(command uint32, status int, body ...any) string {
	b := prototest.Bytes(body...)
	return raw(uint32(16+len(b)), command, uint32(status), uint32(1), b)
}

func TestMessages(t *testing.T) {
	connect := raw(0x10, 16, uint16(4), "MQTT", 4, 2, uint16(60), uint16(4), "name")
	start := raw(1, uint16(0), uint32(10), uint16(10), uint16(10), 0, 9, uint32(0), 0xce)
	open1 := raw(uint32(19), 2, 0, uint16(0), 0, 0x53, 0x10, 0xc0, 6, 1, 0xa1, 3, "abc")
	recognise(t, messageProtocols, []conversation{
		{name: "mqtt", port: 8080, say: []string{">" + connect, "<\x20\x02\x00\x00"}, want: "mqtt"},
		{name: "mqtt 3.1", port: 1883, say: []string{">" + raw(0x10, 18, uint16(6), "MQIsdp", 3, 2, uint16(60), uint16(4), "name")}, want: "mqtt"},
		{name: "mqtt server only", port: 1883, say: []string{"<\x20\x02\x00\x00"}, want: "mqtt"},
		{name: "mqtt in the middle", port: 1883, say: []string{">" + raw(0x30, 20, uint16(5), "a/b/c", "some payload!")}, want: "mqtt", whole: true},
		{name: "mqtt pings", port: 1883, say: []string{">\xc0\x00", "<\xd0\x00", ">\xc0\x00"}, want: "mqtt", whole: true},
		{name: "not mqtt", port: 1883, say: []string{">" + raw(0x10, 16, uint16(4), "MQXT", 4, 2, uint16(60), uint16(4), "name")}, want: "unknown"},
		{name: "amqp", port: 5672, say: []string{">AMQP\x00\x00\x09\x01"}, want: "amqp"},
		{name: "amqp 1.0", port: 5671, say: []string{">AMQP\x03\x01\x00\x00"}, want: "amqp"},
		{name: "amqp server only", port: 56720, say: []string{"<" + start}, want: "amqp"},
		{name: "amqp 1.0 frame", port: 56720, say: []string{"<" + open1}, want: "amqp"},
		{name: "amqp without an end", port: 5672, say: []string{"<" + start[:len(start)-1] + "\xcd"}, want: "unknown"},
		{name: "kafka", port: 19092, say: []string{">" + kafkaMessage(18, 3, "producer-1", 0)}, want: "kafka", whole: true},
		{name: "kafka answer", port: 19092, say: []string{">" + kafkaMessage(3, 9, "ab", make([]byte, 8)), "<" + raw(uint32(20), uint32(42), make([]byte, 16))}, want: "kafka", whole: true},
		{name: "kafka nobody", port: 9092, say: []string{">" + raw(uint32(14), uint16(18), uint16(0), uint32(1), uint16(0xffff), uint32(0))}, want: "kafka"},
		{name: "not kafka", port: 19092, say: []string{">" + kafkaMessage(300, 3, "producer-1", 0)}, want: "unknown"},
		{name: "stomp", port: 61613, say: []string{">CONNECT\naccept-version:1.2\nhost:a\n\n\x00"}, want: "stomp"},
		{name: "stomp server only", port: 15674, say: []string{"<CONNECTED\nversion:1.1\n\n\x00"}, want: "stomp"},
		{name: "http connect", port: 61613, say: []string{">CONNECT a.org:443 HTTP/1.1\r\n\r\n"}, want: "unknown"},
		{name: "openwire", port: 61616, say: []string{"<" + raw(uint32(240), 1, "ActiveMQ", uint32(12), make([]byte, 40))}, want: "openwire"},
		{name: "nats", port: 4222, say: []string{"<INFO {\"server_id\":\"A\",\"max_payload\":1048576} \r\n"}, want: "nats"},
		{name: "nats client only", port: 42220, say: []string{">CONNECT {\"verbose\":false}\r\nPING\r\n"}, want: "nats"},
		{name: "nats in the middle", port: 4222, say: []string{">PUB a.b 5\r\nhello\r\n"}, want: "nats"},
		{name: "zeromq", port: 5555, say: []string{">" + raw(0xff, make([]byte, 8), 0x7f, 3, 0, "NULL", make([]byte, 16))}, want: "zeromq"},
		{name: "nsq", port: 4150, say: []string{">  V2IDENTIFY\n\x00\x00\x00\x02{}"}, want: "nsq"},
		{name: "ibm mq", port: 1414, say: []string{">TSH \x00\x00\x01\x0c"}, want: "ibm_mq"},
		{name: "pulsar", port: 6650, say: []string{">" + raw(uint32(14), uint32(10), 8, 2, 0x12, 6, 0x0a, 4, "2.11")}, want: "pulsar"},
		{name: "rocketmq", port: 9876, say: []string{">" + raw(uint32(30), uint32(26), `{"code":105,"language":"J"}`)}, want: "rocketmq"},
		{name: "beanstalkd", port: 11300, say: []string{">use tube\r\nput 0 0 60 5\r\nhello\r\n"}, want: "beanstalkd"},
		{name: "smpp", port: 2775, say: []string{">" + smppMessage(2, 0, "id\x00password\x00\x00\x34\x00\x00\x00")}, want: "smpp"},
		{name: "smpp server only", port: 9000, say: []string{"<" + smppMessage(0x80000002, 0, "smsc\x00")}, want: "smpp"},
		{name: "not smpp", port: 2775, say: []string{">" + smppMessage(2, 5, "id\x00")}, want: "unknown"},
		{name: "fix", port: 5001, say: []string{">8=FIX.4.4\x019=65\x0135=A\x01"}, want: "fix"},
		{name: "fix relative", port: 5001, say: []string{">8=O\x019=00751\x0135=G"}, want: "fix"},
		{name: "not fix", port: 5001, say: []string{">8=9 is not true\n"}, want: "unknown"},
		{name: "fluentd", port: 24224, say: []string{">" + raw(0x93, 0xa5, "a.tag", 0xce, uint32(1_700_000_000), 0x81, 0xa1, "k", 0xa1, "v")}, want: "fluentd"},
		{name: "beats", port: 5044, say: []string{">2W\x00\x00\x00\x012C\x00\x00\x00\x10"}, want: "logstash"},
		{name: "graphite", port: 2003, say: []string{">servers.a.load 0.5 1700000000\n"}, want: "graphite"},
		{name: "opentsdb", port: 4242, say: []string{">put sys.load 1700000000 0.5 host=a\n"}, want: "opentsdb"},
		{name: "gelf", udp: true, port: 12202, say: []string{`>{"version":"1.1","host":"a","short_message":"b"}`}, want: "gelf"},
		{name: "gelf chunk", udp: true, port: 12201, say: []string{">" + raw(0x1e, 0x0f, uint64(1), 0, 2, "part")}, want: "gelf"},
		{name: "gelf over tcp", port: 12201, say: []string{`>{"version":"1.1","host":"a","short_message":"b"}` + "\x00"}, want: "gelf"},
		{name: "mqtt-sn", udp: true, port: 1883, say: []string{">" + raw(10, mqttSNConnect, 4, 1, uint16(60), "name")}, want: "mqtt_sn"},
		{name: "not mqtt-sn", udp: true, port: 1883, say: []string{">" + raw(11, mqttSNConnect, 4, 1, uint16(60), "name")}, want: "unknown"},
		{name: "statsd", udp: true, port: 8125, say: []string{">requests:1|c|@0.1"}, want: "statsd"},
		{name: "statsd elsewhere", udp: true, port: 8126, say: []string{">requests:1|c"}, want: "unknown"},
	})
}

func TestProtobuf(t *testing.T) {
	inner := raw(0x08, 1, 0x12, 5, "test1")
	message := raw(0x12, 12, "a name of it", 0x22, len(inner), inner, 0x22, len(inner), inner, 0x25, uint32(1), 0x38, 0xff, 0x01, 0x42, 8, "AAAABBBB")
	small := raw(0x38, 0xff, 0xff, 0xff, 0xff, 0x07, 0x50, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)
	recognise(t, []dpi.Protocol{Protobuf}, []conversation{
		{name: "one message", port: 12345, say: []string{">" + message}, want: "protobuf", whole: true},
		{name: "small messages", port: 12345, say: []string{">" + small, ">" + small, ">" + small}, want: "protobuf", whole: true},
		{name: "a small message", port: 12345, say: []string{">" + small}, want: "unknown", whole: true},
		{name: "datagrams", udp: true, port: 12345, say: []string{">" + message}, want: "protobuf"},
		{name: "a cut datagram", udp: true, port: 12345, say: []string{">" + message[:len(message)-3]}, want: "unknown"},
		{name: "text", port: 12345, say: []string{">" + "*\x09hello you", ">some more text, of course\n"}, want: "unknown"},
		{name: "a field that is none", port: 12345, say: []string{">" + raw(0x12, 3, "abc", 0x07, "defgh")}, want: "unknown"},
	})
}
