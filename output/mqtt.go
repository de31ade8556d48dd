package output

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// MQTTOptions are the manual's block mqtt-output and what a broker may ask for
// besides.
type MQTTOptions struct {
	Address            string // scheme://host:port: tcp, mqtt, ssl, mqtts, ws or wss
	Topic              string
	Retain             bool
	QoS                byte       // 0, 1 or 2
	ClientID           string     // "": a random one
	Username, Password string     // "": none
	TLS                TLSOptions // its Enable is told by the scheme
}

const (
	// mqttWindow is the most messages that wait for their answers: there are
	// 65535 numbers for them, and QoS 0 loses as many when the broker dies.
	mqttWindow = 500
	// mqttWindow2 is that of QoS 2: mosquitto allows 20, and throws out who sends more.
	mqttWindow2 = 16
	// mqttLeave is the time of the good-bye, in ms.
	mqttLeave = 100
)

// mqttPorts are the ports of addresses without one; the others have those of HTTP.
var mqttPorts = map[string]string{"tcp": "1883", "mqtt": "1883", "ssl": "8883", "mqtts": "8883"}

// MQTT is the Remote of the channel "mqtt", a message for each line, by MQTT 3.1.1.
//
// With QoS 1 lines come at least once: those that the broker has not confirmed
// when the connection breaks are sent again. With 0 and 2 they come at most once:
// these are counted as unconfirmed. With 0 nobody confirms: what was on its way
// when the broker dies is counted as written.
type MQTT struct {
	opt    MQTTOptions
	client mqtt.Client
	lost   chan struct{} // closed when the connection is lost and all tokens are settled
}

// NewMQTT makes the Remote; it does not connect.
func NewMQTT(o MQTTOptions) *MQTT {
	if o.ClientID == "" {
		var id [6]byte
		rand.Read(id[:])
		o.ClientID = "mmtprobe" + hex.EncodeToString(id[:]) // any broker takes 23 letters and digits
	}
	return &MQTT{opt: o}
}

// broker returns the address with its port, and how to encrypt.
func (o *MQTTOptions) broker() (string, TLSOptions, error) {
	u, err := url.Parse(o.Address)
	if err != nil {
		return "", TLSOptions{}, err
	}
	if port := mqttPorts[u.Scheme]; u.Port() == "" && port != "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	encryption := o.TLS
	encryption.Enable = u.Scheme == "ssl" || u.Scheme == "mqtts" || u.Scheme == "wss"
	return u.String(), encryption, nil
}

// Open implements Remote.
func (m *MQTT) Open(ctx context.Context) error {
	address, encryption, err := m.opt.broker()
	if err != nil {
		return err
	}
	config, err := encryption.config()
	if err != nil {
		return err
	}
	lost := make(chan struct{})
	o := mqtt.NewClientOptions().AddBroker(address).SetClientID(m.opt.ClientID).SetUsername(m.opt.Username).SetPassword(m.opt.Password)
	o.SetProtocolVersion(4).SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false)
	o.SetTLSConfig(config).SetWriteTimeout(DefaultSendTimeout).SetPingTimeout(DefaultSendTimeout)
	o.SetConnectionLostHandler(func(mqtt.Client, error) { close(lost) })
	if deadline, ok := ctx.Deadline(); ok {
		o.SetConnectTimeout(time.Until(deadline))
	}
	m.client, m.lost = mqtt.NewClient(o), lost
	if err := m.await(ctx, m.client.Connect()); err != nil {
		m.client.Disconnect(0)
		return m.failed(err)
	}
	return nil
}

// Close implements Remote.
func (m *MQTT) Close() error {
	m.client.Disconnect(mqttLeave)
	return nil
}

func (m *MQTT) failed(err error) error { return fmt.Errorf("mqtt broker %s: %w", m.opt.Address, err) }

// await waits until a token is settled, or never will be.
func (m *MQTT) await(ctx context.Context, t mqtt.Token) error {
	select {
	case <-t.Done():
		return t.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-m.lost:
	}
	select {
	case <-t.Done():
		return t.Error()
	default:
		return mqtt.ErrNotConnected
	}
}

// Send implements Remote.
func (m *MQTT) Send(ctx context.Context, b *Batch) (sent int, err error) {
	size := mqttWindow
	if m.opt.QoS == 2 {
		size = mqttWindow2
	}
	for sent < b.Len() && err == nil {
		var taken int
		taken, err = m.window(ctx, b, sent, min(sent+size, b.Len()))
		sent += taken
	}
	return sent, err
}

// window sends lines from to to-1 and waits for all answers. It returns how many
// are confirmed before the first that is not.
func (m *MQTT) window(ctx context.Context, b *Batch, from, to int) (taken int, err error) {
	p := &publisher{tokens: make(chan mqtt.Token, to-from)}
	for i := from; i < to; i++ {
		p.lines = append(p.lines, append([]byte(nil), b.Line(i)...)) // the library may keep them
	}
	go p.run(m.client, &m.opt)
	for err == nil && taken < len(p.lines) {
		select {
		case t := <-p.tokens:
			err = m.await(ctx, t)
		case <-m.lost:
			err = m.left(ctx, p)
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err == nil {
			taken++
		}
	}
	if err == nil {
		return taken, nil
	}
	unknown := p.end() - taken
	if err = m.failed(err); m.opt.QoS == 1 || unknown <= 0 {
		return taken, err
	}
	return taken, Unconfirmed(unknown, err)
}

// left returns what has become of the next line, after the connection was lost.
func (m *MQTT) left(ctx context.Context, p *publisher) error {
	select {
	case t := <-p.tokens:
		return m.await(ctx, t)
	default:
		return mqtt.ErrNotConnected
	}
}

// publisher hands the lines of a window to the library, which may take its time
// while the broker reads nothing.
type publisher struct {
	lines  [][]byte
	tokens chan mqtt.Token // one a line, has room for all

	mu    sync.Mutex
	begun int // lines
	over  bool
}

func (p *publisher) run(client mqtt.Client, o *MQTTOptions) {
	for _, line := range p.lines {
		if !client.IsConnectionOpen() || !p.begin() {
			return
		}
		p.tokens <- client.Publish(o.Topic, o.QoS, o.Retain, line)
	}
}

func (p *publisher) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.begun++
	}
	return !p.over
}

// end lets no further line go, and returns how many have gone.
func (p *publisher) end() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	return p.begun
}
