package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Kafka is the protocol of Apache Kafka ("Kafka protocol guide"): requests with
// a length, a key, a version, a correlation and the client's name, and answers
// with the same correlation.
var Kafka = dpi.Protocol{
	ID:          id.Kafka,
	Name:        "kafka",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Ports: kafkaPorts[:], Classify: classifyKafka}},
}

var kafkaPorts = [...]uint16{9092, 9093, 9094}

const (
	kafkaRequest    = 4 + 2 + 2 + 4 + 2 // up to the client's name
	kafkaMaxKey     = 92
	kafkaMaxVersion = 18
	kafkaMax        = 100 << 20
)

func classifyKafka(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 {
		return moreUnless(len(d) > 0 && d[0] > kafkaMax>>24)
	}
	n := int(be32(d))
	if n < 4 || n > kafkaMax {
		return dpi.No
	}
	// An answer repeats the correlation of the request.
	if first, size := p.First(p.Dir ^ 1); size >= kafkaRequest && isKafkaRequest(first) && be32(first[8:]) == be32(d[4:]) {
		return dpi.Yes
	}
	if len(d) < kafkaRequest {
		return dpi.More
	}
	if !isKafkaRequest(d) {
		return moreIfKafkaPort(p)
	}
	switch name := be16(d[12:]); {
	case name != 0xffff && len(d) < kafkaRequest+name:
		return dpi.More
	case n == len(d)-4 && name != 0xffff && name >= 3, isKafkaPort(p):
		return dpi.Yes
	}
	return dpi.More
}

// isKafkaRequest judges a request's header as much as there is of the client's
// name.
func isKafkaRequest(d []byte) bool {
	n, name := int(be32(d)), be16(d[12:])
	if be16(d[4:]) > kafkaMaxKey || be16(d[6:]) > kafkaMaxVersion || n < kafkaRequest-4 {
		return false
	}
	if name == 0xffff {
		return n > kafkaRequest-4
	}
	return name > 0 && name <= 255 && n >= kafkaRequest-4+name && isPrintable(d[kafkaRequest:min(len(d), kafkaRequest+name)])
}

func isKafkaPort(p *dpi.Packet) bool {
	for _, port := range kafkaPorts {
		if p.HasPort(port) {
			return true
		}
	}
	return false
}

// moreIfKafkaPort waits for a request where one is expected.
func moreIfKafkaPort(p *dpi.Packet) dpi.Verdict { return moreUnless(!isKafkaPort(p)) }
