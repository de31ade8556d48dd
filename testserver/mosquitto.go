package testserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Mosquitto is an MQTT broker. Subscribers miss what comes while they are away.
type Mosquitto struct{ server }

// StartMosquitto starts a broker with one listener on loopback, of which more are
// the further lines of its configuration, and which ends with the test.
func StartMosquitto(t testing.TB, more ...string) *Mosquitto {
	t.Helper()
	Need(t, "mosquitto")
	port := FreePort(t)
	// Started by root it would become a user who may not read the test's files.
	text := fmt.Sprintf("user root\nmax_queued_messages 0\nlistener %d 127.0.0.1\n", port)
	for _, line := range more {
		text += line + "\n"
	}
	config := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	program, _ := exec.LookPath("mosquitto")
	m := &Mosquitto{server{Port: port, Address: fmt.Sprint("127.0.0.1:", port), t: t, program: program, args: []string{"-c", config}}}
	t.Cleanup(m.Kill)
	m.Start()
	return m
}
