package output

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// consume reads the topic until it has wanted different lines, or for a long time.
func consume(t *testing.T, address string, wanted int) (got []string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.ConsumeTopics("report"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	noError(t, err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), longTime)
	defer cancel()
	for seen := map[string]bool{}; len(seen) < wanted && ctx.Err() == nil; {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			got = append(got, string(r.Value))
			seen[string(r.Value)] = true
		})
	}
	return got
}

// TestKafkaRefuses holds that a line too large for the broker, or for the
// library, does not keep the others.
func TestKafkaRefuses(t *testing.T) {
	cluster := fakeKafka(t, kfake.BrokerConfigs(map[string]string{"message.max.bytes": "5000"}))
	q, _ := startQueue(t, NewKafka(KafkaOptions{Address: cluster.ListenAddrs()[0], Topic: "report"}), QueueOptions{})
	var b Batch
	for i := range 20 {
		size := 0
		switch i {
		case 5:
			size = 6000
		case 7:
			size = 2_000_000
		}
		b.Add(fmt.Appendf(nil, "line %d%s", i, strings.Repeat("x", size)))
	}
	q.Channel().Write(&b, 0)
	noError(t, q.Close(longTime))
	checkQueue(t, q, 18, 0, Losses{LostRefused: 2})
	got := map[string]bool{}
	for _, line := range consume(t, cluster.ListenAddrs()[0], 18) {
		got[line] = true
	}
	if len(got) != 18 || got["line 5"] || !got["line 19"] {
		t.Errorf("came: %v", got)
	}
}

// fakeKafka starts brokers in this process.
func fakeKafka(t *testing.T, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.SeedTopics(1, "report"))...)
	noError(t, err)
	t.Cleanup(cluster.Close)
	return cluster
}

// TestKafkaOptions holds that each word of the options is one that works.
func TestKafkaOptions(t *testing.T) {
	cluster := fakeKafka(t)
	n := 0
	for _, acks := range []string{"ALL", "LEADER", "NONE"} {
		for _, compression := range []string{"NONE", "GZIP", "SNAPPY", "LZ4", "ZSTD"} {
			q, _ := startQueue(t, NewKafka(KafkaOptions{
				Address: cluster.ListenAddrs()[0], Topic: "report", Acks: acks, Compression: compression,
			}), QueueOptions{})
			putLines(q, n, n+10)
			n += 10
			noError(t, q.Close(longTime))
			checkQueue(t, q, 10, 0, Losses{})
		}
	}
	checkLines(t, consume(t, cluster.ListenAddrs()[0], n), n)
}

// TestKafkaUsers holds that users are told in each way, over TLS, and that a
// wrong password takes no line.
func TestKafkaUsers(t *testing.T) {
	authority := newAuthority(t)
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		cluster := fakeKafka(t, kfake.EnableSASL(), kfake.Superuser(mechanism, "probe", "secret"), kfake.TLS(authority.server))
		opt := KafkaOptions{
			Address: cluster.ListenAddrs()[0], Topic: "report", Username: "probe", Password: "wrong",
			SASL: mechanism, TLS: TLSOptions{Enable: true, CAFile: authority.file},
		}
		q, log := startQueue(t, NewKafka(opt), QueueOptions{})
		putLines(q, 0, 10)
		eventually(t, "the log tells", func() bool { return log.count("does not take") == 1 })
		if err := q.Close(10 * time.Millisecond); err == nil {
			t.Errorf("%s: a wrong password is taken", mechanism)
		}
		opt.Password = "secret"
		q, _ = startQueue(t, NewKafka(opt), QueueOptions{})
		putLines(q, 0, 10)
		noError(t, q.Close(longTime))
		checkQueue(t, q, 10, 0, Losses{})
	}
}

// TestKafkaStalls holds that the end of a run does not wait for a broker that
// does not answer.
func TestKafkaStalls(t *testing.T) {
	cluster := fakeKafka(t)
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		time.Sleep(4 * time.Second)
		return nil, nil, false
	})
	q, _ := startQueue(t, NewKafka(KafkaOptions{Address: cluster.ListenAddrs()[0], Topic: "report"}), QueueOptions{SpillDir: t.TempDir(), SpillSize: 1 << 20})
	putLines(q, 0, 10)
	eventually(t, "it is sent", func() bool { return q.since.Load() != 0 })
	noError(t, q.Close(200*time.Millisecond))
	if s := q.Stats(); s.Pending != 10 || s.Spilled != 10 {
		t.Errorf("%+v", s)
	}
}
