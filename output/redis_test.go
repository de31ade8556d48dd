package output

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"mmt/testserver"
)

// subscribe collects what is published, until the server goes.
func subscribe(t *testing.T, server *testserver.Redis, channel string) (messages func() []string) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Address, MaxRetries: -1})
	sub := client.Subscribe(t.Context(), channel)
	if _, err := sub.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			m, err := sub.ReceiveTimeout(context.Background(), 500*time.Millisecond)
			if err != nil {
				return
			}
			if m, ok := m.(*redis.Message); ok {
				got = append(got, m.Payload)
			}
		}
	}()
	return func() []string {
		<-ended
		sub.Close()
		client.Close()
		return got
	}
}

// checkOnce checks that no line came twice, or before an older one.
func checkOnce(t *testing.T, got []string) {
	t.Helper()
	last := -1
	for _, line := range got {
		var n int
		if _, err := fmt.Sscanf(line, "line %d", &n); err != nil || n <= last {
			t.Fatalf("%q came after line %d", line, last)
		}
		last = n
	}
}

// TestRedisPublish kills the server while lines are on their way: each comes
// once or not at all, and the counts say how many.
func TestRedisPublish(t *testing.T) {
	server := testserver.StartRedis(t)
	messages := subscribe(t, server, "report")
	q, log := startQueue(t, NewRedis(RedisOptions{Address: server.Address, Channel: "report"}), QueueOptions{})
	for from := 0; from < 2000; from += 10 {
		putLines(q, from, from+10)
		time.Sleep(100 * time.Microsecond)
		if from == 1000 {
			server.Kill()
		}
	}
	eventually(t, "the failure is seen", func() bool { return log.count("does not take") == 1 })
	time.Sleep(20 * time.Millisecond) // some attempts fail
	before := messages()
	server.Start()
	noError(t, q.Close(longTime))
	s := q.Stats()
	if s.Written+s.Losses[LostUnconfirmed] != 2000 || s.Lost != s.Losses[LostUnconfirmed] || s.Pending != 0 {
		t.Errorf("%+v", s)
	}
	if log.count("takes reports again") != 1 {
		t.Errorf("log: %s", log)
	}
	checkOnce(t, before)
	if n := uint64(len(before)); n == 0 || n > s.Written+s.Losses[LostUnconfirmed] {
		t.Errorf("%d came before the kill, %+v", n, s)
	}
}

// TestRedisCounts holds that what is written and what came is the same number,
// over a restart between two batches.
func TestRedisCounts(t *testing.T) {
	server := testserver.StartRedis(t)
	q, _ := startQueue(t, NewRedis(RedisOptions{Address: server.Address, Channel: "report"}), QueueOptions{SpillDir: t.TempDir(), SpillSize: 1 << 20})
	messages := subscribe(t, server, "report")
	putLines(q, 0, 500)
	eventually(t, "sent", func() bool { return q.Stats().Written == 500 })
	first := messages()
	server.Kill()
	// The old connection is closed: it is known that nothing was sent over it.
	putLines(q, 500, 1000)
	eventually(t, "the lines wait on disk", func() bool { return q.Stats().Spilled == 500 })
	server.Start()
	eventually(t, "the lines are sent", func() bool { return q.Stats().Pending == 0 })
	messages = subscribe(t, server, "report")
	putLines(q, 1000, 1500)
	noError(t, q.Close(longTime))
	checkQueue(t, q, 1500, 0, Losses{})
	checkLines(t, first, 500)
	last := messages()
	checkOnce(t, last)
	if len(last) < 500 {
		t.Errorf("%d messages after the restart", len(last))
	}
}

// TestRedisStream kills the server twice under a stream: no line is missing, and
// at most the batches that were on their way came twice.
func TestRedisStream(t *testing.T) {
	server := testserver.StartRedis(t)
	q, log := startQueue(t, NewRedis(RedisOptions{Address: server.Address, Channel: "reports", Stream: true}),
		QueueOptions{SpillDir: t.TempDir(), SpillSize: 1 << 20, BatchLines: 50})
	kills := 0
	for from := 0; from < 6000; from += 10 {
		putLines(q, from, from+10)
		time.Sleep(100 * time.Microsecond)
		switch from {
		case 2000, 4000:
			server.Kill()
		case 3000, 5000:
			kills++
			eventually(t, "the failure is seen", func() bool { return log.count("does not take") == kills })
			server.Start()
			eventually(t, "it works again", func() bool { return log.count("takes reports again") == kills })
		}
	}
	noError(t, q.Close(longTime))
	checkQueue(t, q, 6000, 0, Losses{})
	if log.count("does not take") != 2 || log.count("takes reports again") != 2 {
		t.Errorf("log: %s", log)
	}
	seen := map[string]int{}
	for _, line := range entries(t, server, "") {
		seen[line]++
	}
	if len(seen) != 6000 {
		t.Errorf("%d different lines", len(seen))
	}
	twice := 0
	for _, n := range seen {
		twice += n - 1
	}
	if twice > 2*50 {
		t.Errorf("%d lines came twice", twice)
	}
}

// entries returns the lines of a stream.
func entries(t *testing.T, server *testserver.Redis, password string) (list []string) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Address, Password: password})
	defer client.Close()
	all, err := client.XRange(t.Context(), "reports", "-", "+").Result()
	noError(t, err)
	for _, m := range all {
		list = append(list, m.Values[streamField].(string))
	}
	return list
}

func TestRedisStreamMax(t *testing.T) {
	server := testserver.StartRedis(t)
	q, _ := startQueue(t, NewRedis(RedisOptions{Address: server.Address, Channel: "reports", Stream: true, StreamMax: 300}), QueueOptions{})
	putLines(q, 0, 2000)
	noError(t, q.Close(longTime))
	got := entries(t, server, "")
	if len(got) < 300 || len(got) > 600 || got[len(got)-1] != "line 1999" {
		t.Errorf("%d entries, the last is %q", len(got), got[len(got)-1])
	}
}

// TestRedisErrors holds that what the server answers is not taken for sent.
func TestRedisErrors(t *testing.T) {
	server := testserver.StartRedis(t)
	server.Command("CONFIG SET requirepass secret")
	q, log := startQueue(t, NewRedis(RedisOptions{Address: server.Address, Channel: "report"}), QueueOptions{})
	putLines(q, 0, 10)
	eventually(t, "the log tells", func() bool { return log.count("NOAUTH") == 1 })
	if err := q.Close(10 * time.Millisecond); err == nil {
		t.Error("no error")
	}
	checkQueue(t, q, 0, 0, Losses{LostAtEnd: 10})
	q, _ = startQueue(t, NewRedis(RedisOptions{Address: server.Address, Password: "secret", Channel: "reports", Stream: true}), QueueOptions{})
	server.Command("AUTH secret")
	server.Command("SET reports text") // not a stream: XADD is refused
	putLines(q, 0, 10)
	eventually(t, "it fails", func() bool { return q.Stats().Failing })
	server.Command("DEL reports")
	noError(t, q.Close(longTime))
	checkQueue(t, q, 10, 0, Losses{})
	checkLines(t, entries(t, server, "secret"), 10)
}

// TestRedisTLS has a server that asks for the probe's certificate.
func TestRedisTLS(t *testing.T) {
	a := newAuthority(t)
	port := fmt.Sprint(testserver.FreePort(t))
	server := testserver.StartRedis(t, "--tls-port", port, "--tls-cert-file", a.file, "--tls-key-file", a.key, "--tls-ca-cert-file", a.file)
	checkTLS(t, a, func(o TLSOptions) Remote {
		return NewRedis(RedisOptions{Address: "127.0.0.1:" + port, Channel: "reports", Stream: true, TLS: o})
	}, func() int {
		n, err := strconv.Atoi(strings.TrimSpace(server.Command("XLEN reports")[1:]))
		noError(t, err)
		return n
	})
}
