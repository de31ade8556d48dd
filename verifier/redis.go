package verifier

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"mmt/output"
)

// DefaultRedisChannel is the channel that verdicts are published to.
const DefaultRedisChannel = "security.report"

const (
	// redisTimeout bounds how long the server may take to answer at the start.
	redisTimeout = 3 * time.Second
	// redisPatience is how long the end waits for verdicts to be sent.
	redisPatience = 5 * time.Second
)

// openRedis publishes verdicts through the server at HOST[:PORT], which must be
// there.
func openRedis(address, topic string, log *slog.Logger) (output.Channel, error) {
	if !strings.Contains(address, ":") {
		address = net.JoinHostPort(address, "6379")
	}
	far := output.NewRedis(output.RedisOptions{Address: address, Channel: topic})
	ctx, cancel := context.WithTimeout(context.Background(), redisTimeout)
	defer cancel()
	if err := far.Open(ctx); err != nil {
		return nil, fmt.Errorf("%w (start it, or name another with -r HOST:PORT)", err)
	}
	if err := far.Close(); err != nil {
		return nil, err
	}
	q, err := output.NewQueue(far, output.QueueOptions{Name: "redis", Wait: true, Log: log})
	if err != nil {
		return nil, err
	}
	return q.OwnChannel(redisPatience), nil
}
