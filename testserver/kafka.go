package testserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Kafka is an Apache Kafka server that is broker and controller (KRaft). What it
// has acknowledged survives Kill.
type Kafka struct{ server }

// kafkaProperties is its configuration: ports of the broker and the controller,
// and the folder.
const kafkaProperties = `process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:%[1]d,CONTROLLER://127.0.0.1:%[2]d
advertised.listeners=PLAINTEXT://127.0.0.1:%[1]d
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:%[2]d
log.dirs=%[3]s/log
num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=200
broker.session.timeout.ms=1000
`

var kafkaArtifact = artifact{"org.apache.kafka", "kafka_2.13", "3.9.1"}

// StartKafka starts a Kafka server, which ends with the test. It makes a topic
// of one partition when somebody names it.
func StartKafka(t testing.TB) *Kafka {
	t.Helper()
	classes := kafkaArtifact.classPath(t)
	dir, port := t.TempDir(), FreePort(t)
	properties := filepath.Join(dir, "server.properties")
	writeKafkaProperties(t, properties, port, FreePort(t), dir)
	java := append(javaOptions[:len(javaOptions):len(javaOptions)], "-cp", classes)
	empty := cached(t, kafkaArtifact.name+"-"+kafkaArtifact.version+"-empty", func(dir string) { formatKafka(t, java, dir) })
	if err := os.CopyFS(filepath.Join(dir, "log"), os.DirFS(filepath.Join(empty, "log"))); err != nil {
		t.Fatal(err)
	}
	k := &Kafka{server{
		Port: port, Address: fmt.Sprint("127.0.0.1:", port), t: t, program: "java",
		args: append(java, "kafka.Kafka", properties),
	}}
	t.Cleanup(k.Kill)
	k.Start()
	return k
}

func writeKafkaProperties(t testing.TB, path string, port, controllerPort int, dir string) {
	t.Helper()
	if err := os.WriteFile(path, fmt.Appendf(nil, kafkaProperties, port, controllerPort, dir), 0o644); err != nil {
		t.Fatal(err)
	}
}

// formatKafka makes the folder of a server without data.
func formatKafka(t testing.TB, java []string, dir string) {
	t.Helper()
	properties := filepath.Join(t.TempDir(), "server.properties")
	writeKafkaProperties(t, properties, 9092, 9093, dir)
	format := exec.Command("java", append(java, "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", properties)...)
	if out, err := format.CombinedOutput(); err != nil {
		t.Fatalf("format: %v: %s", err, out)
	}
}
