package output

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/gorilla/websocket"

	"mmt/testserver"
)

// mqttReader is a subscriber, which comes back when the broker does.
type mqttReader struct {
	mu  sync.Mutex
	got []string
}

func (r *mqttReader) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.got...)
}

// readMQTT subscribes; up counts the connections that are subscribed.
func readMQTT(t *testing.T, address string) (r *mqttReader, up chan struct{}) {
	t.Helper()
	r, up = &mqttReader{}, make(chan struct{}, 10)
	o := mqtt.NewClientOptions().AddBroker(address).SetClientID("reader").SetConnectRetryInterval(50 * time.Millisecond)
	o.SetMaxReconnectInterval(50 * time.Millisecond).SetConnectRetry(true)
	o.SetOnConnectHandler(func(c mqtt.Client) {
		c.Subscribe("report", 2, func(_ mqtt.Client, m mqtt.Message) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.got = append(r.got, string(m.Payload()))
		}).Wait()
		up <- struct{}{}
	})
	client := mqtt.NewClient(o)
	client.Connect()
	t.Cleanup(func() { client.Disconnect(50) })
	<-up
	return r, up
}

// gate is a Remote that can be kept from connecting.
type gate struct {
	Remote
	shut atomic.Bool
}

func (g *gate) Open(ctx context.Context) error {
	if g.shut.Load() {
		return errGone
	}
	return g.Remote.Open(ctx)
}

// TestMQTTRestarts kills the broker while lines are on their way: the counts add
// up, with QoS 1 no line is lost by the probe, and else none comes twice. The
// probe comes back after the reader, who misses nothing then.
func TestMQTTRestarts(t *testing.T) {
	for qos := range byte(3) {
		t.Run(fmt.Sprint("qos ", qos), func(t *testing.T) { restartMQTT(t, qos) })
	}
}

func restartMQTT(t *testing.T, qos byte) {
	server := testserver.StartMosquitto(t, "allow_anonymous true")
	address := "tcp://" + server.Address
	r, up := readMQTT(t, address)
	far := &gate{Remote: NewMQTT(MQTTOptions{Address: address, Topic: "report", QoS: qos})}
	q, log := startQueue(t, far, QueueOptions{SpillDir: t.TempDir(), SpillSize: 1 << 20, BatchLines: 50})
	n := 2000
	putLines(q, 0, n)
	eventually(t, "lines come", func() bool { return len(r.lines()) > 100 })
	far.shut.Store(true)
	server.Kill()
	eventually(t, "the failure is seen", func() bool {
		putLines(q, n, n+10)
		n += 10
		return q.Stats().Failing && log.count("does not take") > 0
	})
	taken := int(q.Stats().Written)
	server.Start()
	<-up
	far.shut.Store(false)
	noError(t, q.Close(longTime))
	s := q.Stats()
	if int(s.Received) != n || int(s.Written+s.Lost) != n || s.Lost != s.Losses[LostUnconfirmed] || s.Lost > 50 || qos == 1 && s.Lost > 0 {
		t.Errorf("%d lines: %+v", n, s)
	}
	if qos > 0 { // else the broker may drop them
		eventually(t, "the other lines come", func() bool { return hasLines(r.lines(), taken+int(s.Lost), n) })
	}
	got := r.lines()
	if qos != 1 {
		checkOnce(t, got)
		return
	}
	slices.Sort(got)
	if twice := len(got) - len(slices.Compact(got)); twice > 50 {
		t.Errorf("%d lines came twice", twice)
	}
}

// hasLines tells whether lines from to to-1 are in a list.
func hasLines(list []string, from, to int) bool {
	there := map[string]bool{}
	for _, line := range list {
		there[line] = true
	}
	for i := from; i < to; i++ {
		if !there[fmt.Sprint("line ", i)] {
			return false
		}
	}
	return true
}

// webSocket takes MQTT out of a WebSocket for a broker.
func webSocket(broker string) http.Handler {
	upgrader := websocket.Upgrader{Subprotocols: []string{"mqtt"}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		conn, err := net.Dial("tcp", broker)
		if err != nil {
			return
		}
		defer conn.Close()
		go func() {
			answer := make([]byte, 4096)
			for n, err := conn.Read(answer); err == nil; n, err = conn.Read(answer) {
				ws.WriteMessage(websocket.BinaryMessage, answer[:n])
			}
			ws.Close()
		}()
		for _, message, err := ws.ReadMessage(); err == nil; _, message, err = ws.ReadMessage() {
			conn.Write(message)
		}
	})
}

// TestMQTTSchemes sends over each way to connect.
func TestMQTTSchemes(t *testing.T) {
	a := newAuthority(t)
	plain := testserver.StartMosquitto(t, "allow_anonymous true")
	encrypted := testserver.StartMosquitto(t, "allow_anonymous true", "certfile "+a.file, "keyfile "+a.key)
	web := httptest.NewServer(webSocket(plain.Address))
	defer web.Close()
	secureWeb := httptest.NewUnstartedServer(webSocket(plain.Address))
	secureWeb.TLS = a.server
	secureWeb.StartTLS()
	defer secureWeb.Close()
	for scheme, address := range map[string]string{
		"tcp": plain.Address, "mqtt": plain.Address, "ssl": encrypted.Address, "mqtts": encrypted.Address,
		"ws": web.Listener.Addr().String() + "/mqtt", "wss": secureWeb.Listener.Addr().String() + "/mqtt",
	} {
		q, log := startQueue(t, NewMQTT(MQTTOptions{
			Address: scheme + "://" + address, Topic: "report", QoS: 1, TLS: TLSOptions{CAFile: a.file},
		}), QueueOptions{})
		putLines(q, 0, 1200)
		if err := q.Close(longTime); err != nil {
			t.Errorf("%s: %v: %s", scheme, err, log)
		}
		checkQueue(t, q, 1200, 0, Losses{})
	}
}

// TestMQTTRetain holds that the broker keeps the last line.
func TestMQTTRetain(t *testing.T) {
	server := testserver.StartMosquitto(t, "allow_anonymous true")
	address := "tcp://" + server.Address
	q, _ := startQueue(t, NewMQTT(MQTTOptions{Address: address, Topic: "report", QoS: 2, Retain: true}), QueueOptions{})
	putLines(q, 0, 20)
	noError(t, q.Close(longTime))
	r, _ := readMQTT(t, address)
	eventually(t, "the last line comes", func() bool { return len(r.lines()) == 1 && r.lines()[0] == "line 19" })
}

// TestMQTTUser holds that who is not allowed to gives no line.
func TestMQTTUser(t *testing.T) {
	dir := t.TempDir()
	users := filepath.Join(dir, "users")
	noError(t, os.WriteFile(users, []byte("probe:secret\n"), 0o600))
	if out, err := exec.Command("mosquitto_passwd", "-U", users).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	server := testserver.StartMosquitto(t, "allow_anonymous false", "password_file "+users)
	opt := MQTTOptions{Address: "tcp://" + server.Address, Topic: "report", QoS: 1, Username: "probe", Password: "wrong"}
	q, log := startQueue(t, NewMQTT(opt), QueueOptions{})
	putLines(q, 0, 10)
	eventually(t, "the log tells", func() bool { return log.count("does not take") == 1 && log.count("uthori") > 0 })
	if err := q.Close(10 * time.Millisecond); err == nil {
		t.Error("no error")
	}
	checkQueue(t, q, 0, 0, Losses{LostAtEnd: 10})
	opt.Password = "secret"
	q, _ = startQueue(t, NewMQTT(opt), QueueOptions{})
	putLines(q, 0, 10)
	noError(t, q.Close(longTime))
	checkQueue(t, q, 10, 0, Losses{})
}

// TestMQTTPorts holds that an address without a port has that of its scheme.
func TestMQTTPorts(t *testing.T) {
	for _, tt := range []struct {
		address, want string
		secure        bool
	}{
		{"tcp://h", "tcp://h:1883", false}, {"mqtt://[::1]", "mqtt://[::1]:1883", false}, {"tcp://h:1", "tcp://h:1", false},
		{"ssl://h", "ssl://h:8883", true}, {"mqtts://h", "mqtts://h:8883", true},
		{"ws://h/path", "ws://h/path", false}, {"wss://h:1/path", "wss://h:1/path", true},
	} {
		got, encryption, err := (&MQTTOptions{Address: tt.address}).broker()
		if got != tt.want || err != nil || encryption.Enable != tt.secure {
			t.Errorf("%s: %s %+v %v, want %s", tt.address, got, encryption, err, tt.want)
		}
	}
}
