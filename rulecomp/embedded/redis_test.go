package embedded

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp"
)

// startRedis starts a redis-server for the test and returns its port and a
// function that runs a command of one line.
func startRedis(t *testing.T) (port int, command func(string)) {
	t.Helper()
	_, header := os.Stat("/usr/include/hiredis/hiredis.h")
	if _, err := exec.LookPath("redis-server"); err != nil || header != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no redis-server or no libhiredis-dev (make test-deps)")
		}
		t.Skip("no redis-server or no libhiredis-dev (make test-deps)")
	}
	port = freePort(t)
	server := exec.Command("redis-server", "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	conn := dial(t, port)
	t.Cleanup(func() { conn.Close() })
	replies := bufio.NewReader(conn)
	return port, func(line string) {
		t.Helper()
		fmt.Fprintf(conn, "%s\r\n", line)
		if reply, err := replies.ReadString('\n'); err != nil || reply[0] == '-' {
			t.Fatalf("redis: %s: %s %v", line, reply, err)
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// dial connects to a server that is about to start.
func dial(t *testing.T, port int) net.Conn {
	t.Helper()
	for range 100 {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return conn
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("redis-server did not start")
	return nil
}

// nfsRule loads the property of manual section 4.3.2 with another port.
func nfsRule(t *testing.T, port int, log *slog.Logger) (*Module, *rule.Function) {
	t.Helper()
	text, err := os.ReadFile("testdata/nfs_redis.xml")
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("6379"), fmt.Append(nil, port), 1)
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	c := rulecomp.Compiler{Registry: reg}
	file, err := c.Parse("nfs_redis.xml", text)
	if err != nil {
		t.Fatal(err)
	}
	source := Source(*file)
	m, err := (&Compiler{Options: []string{"-lhiredis"}}).Load(&source, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m, source.External[0]
}

// TestManualNFSThroughRedis calls the function of manual section 4.3.2 with what
// another probe has written to Redis.
func TestManualNFSThroughRedis(t *testing.T) {
	needCC(t)
	port, redis := startRedis(t)
	_, f := nfsRule(t, port, nil)
	check := func(payload string, want float64) {
		t.Helper()
		if got := f.Call([]rule.Value{{Type: dpi.Pointer, B: []byte(payload)}}); got.Null || got.Num != want {
			t.Errorf("%q: %+v, want %v", payload, got, want)
		}
	}
	upload := "POST /upload HTTP/1.1\r\nContent-Disposition: form-data; filename=\"plans.odt\"\r\n\r\n"
	check(upload, 0)
	redis(fmt.Sprintf("RPUSH multisession.report 3,%d,budget.ods,10.0.0.1", time.Now().Unix()))
	check(upload, 0)
	redis(fmt.Sprintf("RPUSH multisession.report 3,%d,plans.odt,10.0.0.1", time.Now().Unix()-1000))
	check(upload, 0)
	redis(fmt.Sprintf("RPUSH multisession.report 3,%d,plans.odt,10.0.0.1", time.Now().Unix()))
	check(upload, 1)
	check("GET / HTTP/1.1\r\n\r\n", 0)
}

// TestManualNFSWithoutRedis checks that the function's exit(0) ends only itself.
func TestManualNFSWithoutRedis(t *testing.T) {
	needCC(t)
	if _, err := os.Stat("/usr/include/hiredis/hiredis.h"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no libhiredis-dev (make test-deps)")
		}
		t.Skip("no libhiredis-dev (make test-deps)")
	}
	var log bytes.Buffer
	_, f := nfsRule(t, freePort(t), slog.New(slog.NewTextHandler(&log, nil)))
	log.Reset()
	if got := f.Call([]rule.Value{{Type: dpi.Pointer, B: []byte("GET /")}}); !got.Null {
		t.Errorf("without a server: %+v", got)
	}
	if !strings.Contains(log.String(), "called exit(0)") || !strings.Contains(log.String(), "rules=[32]") {
		t.Errorf("log: %s", &log)
	}
}
