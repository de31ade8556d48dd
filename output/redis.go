package output

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisOptions are the manual's block redis-output.
type RedisOptions struct {
	Address            string // host:port
	Username, Password string // "": none
	Channel            string // of PUBLISH, or the key of the stream
	Stream             bool   // XADD instead of PUBLISH
	StreamMax          int64  // most entries of the stream, about; 0: no limit
	TLS                TLSOptions
}

// streamField is the field of a stream's entry that holds a line.
const streamField = "report"

// Redis is the Remote of the channel "redis".
//
// Lines are published (manual section 3.1, redis-output), one message each, at
// most once: those of a batch whose fate is unknown, because the connection
// broke, are counted as unconfirmed and not sent again. In a stream they come at
// least once. A batch is one transaction: the server takes all of it or nothing.
type Redis struct {
	opt    RedisOptions
	client *redis.Client
}

// NewRedis makes the Remote; it does not connect.
func NewRedis(o RedisOptions) *Redis { return &Redis{opt: o} }

// quietRedis keeps the library from writing to the standard error output: errors
// are returned, and the Queue tells them once.
var quietRedis = sync.OnceFunc(func() { redis.SetLogger(silentLog{}) })

// silentLog implements the logger of the redis library.
type silentLog struct{}

func (silentLog) Printf(context.Context, string, ...any) {}

// Open implements Remote.
func (r *Redis) Open(ctx context.Context) error {
	quietRedis()
	encryption, err := r.opt.TLS.config()
	if err != nil {
		return err
	}
	r.client = redis.NewClient(&redis.Options{
		Addr: r.opt.Address, Dialer: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dial(ctx, network, address, encryption)
		},
		Username: r.opt.Username, Password: r.opt.Password,
		PoolSize: 1, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
		// The context bounds what is asked; these must not end it earlier.
		DialTimeout: time.Minute, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
	})
	if err := r.client.Ping(ctx).Err(); err != nil {
		r.client.Close()
		return fmt.Errorf("redis server %s: %w", r.opt.Address, err)
	}
	return nil
}

// Send implements Remote.
func (r *Redis) Send(ctx context.Context, b *Batch) (int, error) {
	pipe := r.client.TxPipeline()
	for i := range b.Len() {
		r.add(ctx, pipe, b.Line(i))
	}
	_, err := pipe.Exec(ctx)
	if err == nil {
		return b.Len(), nil
	}
	err = fmt.Errorf("redis server %s: %w", r.opt.Address, err)
	if r.opt.Stream || answered(err) {
		return 0, err
	}
	return 0, Unconfirmed(b.Len(), err)
}

// add adds the command that takes one line.
func (r *Redis) add(ctx context.Context, pipe redis.Pipeliner, line []byte) {
	if !r.opt.Stream {
		pipe.Publish(ctx, r.opt.Channel, line)
		return
	}
	pipe.XAdd(ctx, &redis.XAddArgs{
		Stream: r.opt.Channel, MaxLen: r.opt.StreamMax, Approx: r.opt.StreamMax > 0, Values: []any{streamField, line},
	})
}

// answered tells whether an error is sure to say that nothing was taken: the
// server's own, or that of a connection that was never made.
func answered(err error) bool {
	var reply redis.Error
	var op *net.OpError
	return errors.As(err, &reply) || errors.As(err, &op) && op.Op == "dial"
}

// Close implements Remote.
func (r *Redis) Close() error { return r.client.Close() }
