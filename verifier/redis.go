package verifier

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"mmt/output"
)

// DefaultRedisChannel is the channel that verdicts are published to.
const DefaultRedisChannel = "security.report"

// redisTimeout bounds how long one attempt to reach the server takes.
const redisTimeout = 3 * time.Second

// redisChannel publishes lines, one message each. It implements output.Channel.
type redisChannel struct {
	client *redis.Client
	topic  string
}

// openRedis connects to the server at HOST[:PORT].
func openRedis(address, topic string) (*redisChannel, error) {
	if !strings.Contains(address, ":") {
		address = net.JoinHostPort(address, "6379")
	}
	redis.SetLogger(silentLog{}) // errors are returned, and told once
	c := &redisChannel{topic: topic, client: redis.NewClient(&redis.Options{
		Addr: address, DialTimeout: redisTimeout, ReadTimeout: redisTimeout, WriteTimeout: redisTimeout, MaxRetries: -1, DialerRetries: 1,
	})}
	if err := c.client.Ping(context.Background()).Err(); err != nil {
		c.client.Close()
		return nil, fmt.Errorf("redis server %s: %w (start it, or name another with -r HOST:PORT)", address, err)
	}
	return c, nil
}

// Name implements output.Channel.
func (c *redisChannel) Name() string { return "redis" }

// Write implements output.Channel. All lines go in one round trip, in their
// order. Where that breaks, the lines after the last that the server is known to
// have taken are sent again, so that some may come twice but none is missing.
func (c *redisChannel) Write(b *output.Batch, _ int64) (taken int, err error) {
	pipe := c.client.Pipeline()
	answers := make([]*redis.IntCmd, b.Len())
	for i := range answers {
		answers[i] = pipe.Publish(context.Background(), c.topic, b.Line(i))
	}
	_, err = pipe.Exec(context.Background())
	for _, a := range answers {
		if a.Err() != nil {
			break
		}
		taken++
	}
	return taken, err
}

// Flush implements output.Channel: what was taken is out already.
func (c *redisChannel) Flush(int64) error { return nil }

// Close implements output.Channel.
func (c *redisChannel) Close() error { return c.client.Close() }

// Lost implements output.Channel: nothing that was taken is lost here.
func (c *redisChannel) Lost() uint64 { return 0 }

// silentLog keeps the redis library from printing.
type silentLog struct{}

// Printf implements the logger of the redis library.
func (silentLog) Printf(context.Context, string, ...any) {}
