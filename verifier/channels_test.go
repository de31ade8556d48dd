package verifier

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"mmt/output"
	"mmt/testserver"
)

// write opens a destination, writes two lines to it and closes it.
func write(t *testing.T, d *Destination) {
	t.Helper()
	w, done, err := d.Open()
	if err != nil {
		t.Fatal(err)
	}
	w.Write(output.ToFile|output.ToRedis|output.ToStdout, []byte("one"))
	w.Write(output.ToFile|output.ToRedis|output.ToStdout, []byte("two"))
	if err := w.Close(time.Now().UnixNano()); err != nil {
		t.Fatal(err)
	}
	done()
}

func TestDestinations(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, file, pattern string
		both, stdout        bool
	}{
		{"standard output", "", "", false, true},
		{"file", filepath.Join(dir, "a.csv"), filepath.Join(dir, "a.csv"), false, false},
		{"file and standard output", filepath.Join(dir, "b.txt"), filepath.Join(dir, "b.txt"), true, true},
		{"folder that is there", dir, filepath.Join(dir, "*_1_verdicts.csv"), false, false},
		{"new folder", filepath.Join(dir, "new"), filepath.Join(dir, "new", "*_1_verdicts.csv"), false, false},
		{"new folder with dot", filepath.Join(dir, "new.d") + "/", filepath.Join(dir, "new.d", "*_1_verdicts.csv"), false, false},
		{"new file each second", filepath.Join(dir, "each") + ":1", filepath.Join(dir, "each", "*_1_verdicts.csv"), false, false},
	} {
		var out bytes.Buffer
		write(t, &Destination{File: c.file, Both: c.both, Stdout: &out})
		if got := out.String() == "one\ntwo\n"; got != c.stdout || !c.stdout && out.Len() > 0 {
			t.Errorf("%s: standard output got %q", c.name, out.String())
		}
		if c.pattern == "" {
			continue
		}
		files, err := filepath.Glob(c.pattern)
		if err != nil || len(files) != 1 {
			t.Errorf("%s: files %q, %v", c.name, files, err)
			continue
		}
		if text, err := os.ReadFile(files[0]); err != nil || string(text) != "one\ntwo\n" {
			t.Errorf("%s: %q, %v", c.name, text, err)
		}
	}
}

func TestDestinationErrors(t *testing.T) {
	for _, c := range []struct {
		d    Destination
		want string
	}{
		{Destination{File: "/nowhere/at/all.csv"}, "-f: open /nowhere"},
		{Destination{File: "/dev/null/folder"}, "-f: "},
		{Destination{Redis: "127.0.0.1:1"}, "redis server 127.0.0.1:1: "},
	} {
		if _, _, err := c.d.Open(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.d, err, c.want)
		}
	}
}

func TestRedis(t *testing.T) {
	server := testserver.StartRedis(t)
	client := redis.NewClient(&redis.Options{Addr: server.Address})
	defer client.Close()
	for _, topic := range []string{"", "alarms"} {
		name := topic
		if topic == "" {
			name = DefaultRedisChannel
		}
		sub := client.Subscribe(context.Background(), name)
		if _, err := sub.Receive(context.Background()); err != nil {
			t.Fatal(err)
		}
		write(t, &Destination{Redis: server.Address, RedisChannel: topic})
		for _, want := range []string{"one", "two"} {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			m, err := sub.ReceiveMessage(ctx)
			cancel()
			if err != nil || m.Payload != want {
				t.Errorf("%s: %v, %v, want %s", name, m, err, want)
			}
		}
		sub.Close()
	}
}
