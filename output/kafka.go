package output

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// KafkaOptions are the manual's block kafka-output and what a bus may ask for
// besides. An empty word is the first of its list.
type KafkaOptions struct {
	Address            string // host:port of one broker
	Topic              string
	Acks               string // ALL replicas, the LEADER or NONE answers
	Compression        string // NONE, GZIP, SNAPPY, LZ4, ZSTD
	Username, Password string // "": none
	SASL               string // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512: how the user is told
	TLS                TLSOptions
}

// kafkaBatch is the most bytes of a request: what brokers take by default.
const kafkaBatch = 1_000_012

// kafkaOverhead is more than a record and its batch have besides the line.
const kafkaOverhead = 512

// Kafka is the Remote of the channel "kafka": a record without key for each line.
//
// Lines come at least once, those of a batch in their order if the topic has one
// partition. While one connection lasts the bus drops what comes twice; a batch
// whose fate is unknown at its end is sent again. With Acks NONE nobody answers:
// what is on its way when a broker dies is lost, and counted as written.
type Kafka struct {
	opt    KafkaOptions
	client *kgo.Client
	single bool // the broker found lines too large: which is asked one by one
}

// NewKafka makes the Remote; it does not connect.
func NewKafka(o KafkaOptions) *Kafka { return &Kafka{opt: o} }

var kafkaCodecs = map[string]kgo.CompressionCodec{
	"GZIP": kgo.GzipCompression(), "SNAPPY": kgo.SnappyCompression(),
	"LZ4": kgo.Lz4Compression(), "ZSTD": kgo.ZstdCompression(),
}

// mechanism returns how the user is told.
func (o *KafkaOptions) mechanism() sasl.Mechanism {
	proof := scram.Auth{User: o.Username, Pass: o.Password}
	switch o.SASL {
	case "SCRAM-SHA-256":
		return proof.AsSha256Mechanism()
	case "SCRAM-SHA-512":
		return proof.AsSha512Mechanism()
	default:
		return plain.Auth{User: o.Username, Pass: o.Password}.AsMechanism()
	}
}

// acks returns the options of how surely a line is taken. Without the answers of
// all replicas the bus cannot tell what comes twice.
func (o *KafkaOptions) acks() []kgo.Opt {
	switch o.Acks {
	case "LEADER":
		return []kgo.Opt{kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite()}
	case "NONE":
		return []kgo.Opt{kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite()}
	default:
		// The end of the run must not wait for a broker that does not answer.
		return []kgo.Opt{kgo.RequiredAcks(kgo.AllISRAcks()), kgo.AllowIdempotentProduceCancellation()}
	}
}

// client returns the options of the library.
func (o *KafkaOptions) client() ([]kgo.Opt, error) {
	encryption, err := o.TLS.config()
	if err != nil {
		return nil, err
	}
	codec, ok := kafkaCodecs[o.Compression]
	if !ok {
		codec = kgo.NoCompression()
	}
	opts := append(o.acks(), kgo.SeedBrokers(o.Address), kgo.DefaultProduceTopic(o.Topic), kgo.AllowAutoTopicCreation(),
		kgo.ProducerBatchMaxBytes(kafkaBatch), kgo.ProducerBatchCompression(codec), kgo.ProducerLinger(0),
		kgo.RetryBackoffFn(func(int) time.Duration { return DefaultFirstRetry }), kgo.RequestRetries(3))
	if encryption != nil {
		opts = append(opts, kgo.DialTLSConfig(encryption))
	}
	if o.Username != "" {
		opts = append(opts, kgo.SASL(o.mechanism()))
	}
	return opts, nil
}

// Open implements Remote.
func (k *Kafka) Open(ctx context.Context) error {
	opts, err := k.opt.client()
	if err != nil {
		return err
	}
	if k.client, err = kgo.NewClient(opts...); err != nil {
		return k.failed(err)
	}
	if err := k.client.Ping(ctx); err != nil {
		k.client.Close()
		return k.failed(err)
	}
	k.single = false
	return nil
}

// Close implements Remote.
func (k *Kafka) Close() error {
	k.client.Close()
	return nil
}

func (k *Kafka) failed(err error) error { return fmt.Errorf("kafka server %s: %w", k.opt.Address, err) }

// Send implements Remote. A broker refuses all that came with a line that is too
// large for it, so each line is asked then.
func (k *Kafka) Send(ctx context.Context, b *Batch) (sent int, err error) {
	fit := fitting(b, kafkaBatch-kafkaOverhead)
	if !k.single {
		if sent, err = k.produce(ctx, b, 0, fit); tooLarge(err) {
			k.single, err = true, nil
		}
	}
	for k.single && sent < fit && err == nil {
		var taken int
		taken, err = k.produce(ctx, b, sent, sent+1)
		sent += taken
	}
	switch {
	case tooLarge(err):
		return sent, Refused(1, err)
	case err != nil:
		return sent, k.failed(err)
	case fit < b.Len():
		return sent, Refused(1, kerr.MessageTooLarge)
	}
	k.single = false
	return sent, nil
}

// fitting returns how many lines come before the first one longer than limit.
func fitting(b *Batch, limit int) int {
	for i := range b.Len() {
		if len(b.Line(i)) > limit {
			return i
		}
	}
	return b.Len()
}

func tooLarge(err error) bool {
	return errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.RecordListTooLarge) || errors.Is(err, kerr.InvalidRecord)
}

// produce sends lines from to to-1 and waits for all answers. It returns how
// many are taken before the first that is not, and its error.
func (k *Kafka) produce(ctx context.Context, b *Batch, from, to int) (int, error) {
	records, errs := make([]kgo.Record, to-from), make([]error, to-from)
	var answers sync.WaitGroup
	answers.Add(len(records))
	for i := range records {
		// The library may read a record after its answer has been given up.
		records[i].Value = append([]byte(nil), b.Line(from+i)...)
		k.client.Produce(ctx, &records[i], func(_ *kgo.Record, err error) {
			errs[i] = err
			answers.Done()
		})
	}
	answers.Wait()
	for i, err := range errs {
		if err != nil {
			return i, err
		}
	}
	return len(errs), nil
}
