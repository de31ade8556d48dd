package probe

import (
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"

	"mmt/config"
	"mmt/output"
)

// remote is a channel over a network.
type remote struct {
	name  string // in logs and metrics, and of its folder in output.spill-dir
	bit   output.Set
	far   output.Remote
	queue *output.Queue
	bytes bool // what it gets is no text, which a spill cannot keep

	block    any  // of the configuration
	replaces bool // far takes the place of another far end
}

// remotes lists the channels over a network that the configuration enables.
func remotes(c *config.Config) (list []remote) {
	add := func(block any, some []remote) {
		for _, r := range some {
			r.block = block
			list = append(list, r)
		}
	}
	add(c.RedisOutput, redisRemotes(&c.RedisOutput))
	add(c.KafkaOutput, kafkaRemotes(&c.KafkaOutput))
	add(c.MQTTOutput, mqttRemotes(&c.MQTTOutput))
	add(c.MongoDBOutput, mongoDBRemotes(&c.MongoDBOutput))
	add(c.SocketOutput, socketRemotes(&c.SocketOutput))
	add(c.IPFIXOutput, ipfixRemotes(&c.IPFIXOutput))
	return list
}

func redisRemotes(c *config.RedisOutput) []remote {
	if !c.Enable {
		return nil
	}
	return []remote{{name: "redis", bit: output.ToRedis, far: output.NewRedis(output.RedisOptions{
		Address: address(c.Hostname, c.Port), Username: c.Username, Password: c.Password,
		Channel: c.Channel, Stream: c.Type == config.RedisStream, StreamMax: c.LimitLength,
		TLS: encryption(c.TLS, &c.Files),
	})}}
}

func kafkaRemotes(c *config.KafkaOutput) []remote {
	if !c.Enable {
		return nil
	}
	return []remote{{name: "kafka", bit: output.ToKafka, far: output.NewKafka(output.KafkaOptions{
		Address: address(c.Hostname, c.Port), Topic: c.Topic, Acks: string(c.Acks), Compression: string(c.Compression),
		Username: c.Username, Password: c.Password, SASL: string(c.SASL), TLS: encryption(c.TLS, &c.Files),
	})}}
}

func mqttRemotes(c *config.MQTTOutput) []remote {
	if !c.Enable {
		return nil
	}
	return []remote{{name: "mqtt", bit: output.ToMQTT, far: output.NewMQTT(output.MQTTOptions{
		Address: c.Address, Topic: c.Topic, Retain: c.Retain, QoS: byte(c.QoS),
		ClientID: c.ClientID, Username: c.Username, Password: c.Password, TLS: encryption(false, &c.Files),
	})}}
}

func mongoDBRemotes(c *config.MongoDBOutput) []remote {
	if !c.Enable {
		return nil
	}
	return []remote{{name: "mongodb", bit: output.ToMongoDB, far: output.NewMongoDB(output.MongoDBOptions{
		Address: address(c.Hostname, c.Port), Database: c.Database, Collection: c.Collection, LimitSize: c.LimitSize * megabyte,
		Username: c.Username, Password: c.Password, TLS: encryption(c.TLS, &c.Files),
	})}}
}

func encryption(enable bool, f *config.TLSFiles) output.TLSOptions {
	return output.TLSOptions{Enable: enable, CAFile: f.CAFile, CertFile: f.CertFile, KeyFile: f.KeyFile, ServerName: f.ServerName}
}

// socketRemotes gives each of BOTH sockets a queue, so that one does not wait for
// the other.
func socketRemotes(c *config.SocketOutput) []remote {
	if !c.Enable {
		return nil
	}
	local := remote{name: "socket", bit: output.ToSocket, far: output.NewSocket("unix", c.Descriptor)}
	internet := remote{name: "socket", bit: output.ToSocket, far: output.NewTLSSocket(address(c.Hostname, c.Port), encryption(c.TLS, &c.Files))}
	switch c.Type {
	case config.SocketUnix:
		return []remote{local}
	case config.SocketTCP:
		return []remote{internet}
	case config.SocketUDP:
		return []remote{{name: "socket", bit: output.ToSocket, far: output.NewSocket("udp", address(c.Hostname, c.Port))}}
	default:
		local.name, internet.name = "socket-unix", "socket-tcp"
		return []remote{local, internet}
	}
}

func address(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// openRemotes starts the queues. It does not wait for the servers.
// A channel that was there before goes on with its queue.
func (o *outlets) openRemotes(c *config.Config, before *outlets, log *slog.Logger) error {
	for _, r := range remotes(c) {
		if old := before.remote(r.name); old != nil {
			r.queue, r.replaces = old.queue, old.block != r.block
			o.remotes = append(o.remotes, r)
			continue
		}
		queue, err := openQueue(c, r, log)
		if err != nil {
			return fmt.Errorf("output: %w", err)
		}
		r.queue = queue
		o.remotes = append(o.remotes, r)
	}
	return nil
}

// openQueue starts the queue of a channel. Where the folder of what waits cannot
// be used and nobody has asked for it, the channel does without.
func openQueue(c *config.Config, r remote, log *slog.Logger) (*output.Queue, error) {
	opt := output.QueueOptions{
		Name: r.name, BatchLines: c.Output.CacheMax,
		Lines: c.Output.QueueSize, Bytes: int(c.Output.QueueMemory * megabyte),
		SpillSize: c.Output.SpillSize * megabyte,
		Wait:      c.Input.Mode == config.ModeOffline, Log: log,
	}
	if c.Output.SpillDir != "" && !r.bytes {
		opt.SpillDir = filepath.Join(c.Output.SpillDir, r.name)
	}
	queue, err := output.NewQueue(r.far, opt)
	if err == nil || r.bytes || c.Where("output.spill-dir") != (config.Pos{}) {
		return queue, err
	}
	log.Warn(fmt.Sprintf("output channel %s: reports that wait are kept in memory only: %v", r.name, err))
	opt.SpillDir = ""
	return output.NewQueue(r.far, opt)
}

// megabyte is the unit of output.queue-memory and output.spill-size.
const megabyte = 1_000_000
