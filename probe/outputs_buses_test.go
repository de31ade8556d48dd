package probe_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"mmt/bench/traffic"
	"mmt/testserver"
)

// gets runs the probe over a trace with reports to a channel and to stdout, and
// checks that the channel got the lines of stdout.
func gets(t *testing.T, channel string, got func(wanted int) []string, options ...string) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Mixed(1, 300)))
	want := reports(t, dir, nil, set(append(options, channel+"-output.enable=true", "thread-nb=2", "output.spill-dir=spill",
		"session-report.output-channel={"+channel+", stdout}")...)...)
	lines := got(len(want))
	for i := range lines {
		lines[i] += "\n"
	}
	slices.Sort(lines)
	same(t, channel, lines, want)
}

// TestKafkaGetsAll sends to a topic.
func TestKafkaGetsAll(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "traffic"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	_, port, _ := net.SplitHostPort(cluster.ListenAddrs()[0])
	gets(t, "kafka", func(wanted int) (lines []string) {
		client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("traffic"),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for len(lines) < wanted && ctx.Err() == nil {
			client.PollFetches(ctx).EachRecord(func(r *kgo.Record) { lines = append(lines, string(r.Value)) })
		}
		return lines
	}, "kafka-output.hostname=127.0.0.1", "kafka-output.port="+port, "kafka-output.topic=traffic", "kafka-output.compression=zstd")
}

// TestMQTTGetsAll sends to a subscriber.
func TestMQTTGetsAll(t *testing.T) {
	server := testserver.StartMosquitto(t, "allow_anonymous true")
	address := "tcp://" + server.Address
	client := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(address).SetClientID("reader"))
	if c := client.Connect(); c.Wait() && c.Error() != nil {
		t.Fatal(c.Error())
	}
	t.Cleanup(func() { client.Disconnect(50) })
	var mu sync.Mutex
	var lines []string
	client.Subscribe("traffic", 2, func(_ mqtt.Client, m mqtt.Message) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, string(m.Payload()))
	}).Wait()
	gets(t, "mqtt", func(wanted int) []string {
		waitFor(t, "all lines", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(lines) >= wanted
		})
		return lines
	}, "mqtt-output.address="+address, "mqtt-output.topic=traffic")
}

// TestKafkaRestarts kills the broker in the middle of a run.
func TestKafkaRestarts(t *testing.T) {
	server := testserver.StartKafka(t)
	consume := func(wanted int) (lines []string) {
		client, err := kgo.NewClient(kgo.SeedBrokers(server.Address), kgo.ConsumeTopics("report"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		for seen := map[string]bool{}; len(seen) < wanted && ctx.Err() == nil; {
			client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
				lines = append(lines, string(r.Value)+"\n")
				seen[string(r.Value)] = true
			})
		}
		return lines
	}
	(&restarted{
		channel: "kafka", server: server, some: func() { consume(100) }, all: consume,
		options: set("kafka-output.enable=true", "kafka-output.hostname=127.0.0.1", fmt.Sprint("kafka-output.port=", server.Port),
			"session-report.output-channel={kafka, stdout}"),
	}).check(t)
}

// TestMongoDBRestarts kills the database in the middle of a run.
func TestMongoDBRestarts(t *testing.T) {
	server := testserver.StartMongoDB(t)
	find := func() (lines []string) {
		client, err := mongo.Connect(options.Client().SetHosts([]string{server.Address}).SetDirect(true))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Disconnect(t.Context())
		var documents []struct{ Report string }
		cursor, err := client.Database("mmt").Collection("traffic").Find(t.Context(), bson.D{})
		if err == nil {
			err = cursor.All(t.Context(), &documents)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range documents {
			lines = append(lines, d.Report+"\n")
		}
		return lines
	}
	(&restarted{
		channel: "mongodb", server: server,
		some: func() { waitFor(t, "documents", func() bool { return len(find()) > 100 }) },
		all:  func(int) []string { return find() },
		options: set("mongodb-output.enable=true", "mongodb-output.hostname=127.0.0.1", fmt.Sprint("mongodb-output.port=", server.Port),
			"mongodb-output.database=mmt", "mongodb-output.collection=traffic", "session-report.output-channel={mongodb, stdout}"),
	}).check(t)
}
