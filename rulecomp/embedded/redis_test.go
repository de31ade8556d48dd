package embedded

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp"
	"mmt/testserver"
)

// needHiredis skips a test where the library is missing that the rule is linked
// with.
func needHiredis(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/usr/include/hiredis/hiredis.h"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no libhiredis-dev (make test-deps)")
		}
		t.Skip("no libhiredis-dev (make test-deps)")
	}
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
	needHiredis(t)
	redis := testserver.StartRedis(t)
	_, f := nfsRule(t, redis.Port, nil)
	check := func(payload string, want float64) {
		t.Helper()
		if got := f.Call([]rule.Value{{Type: dpi.Pointer, B: []byte(payload)}}); got.Null || got.Num != want {
			t.Errorf("%q: %+v, want %v", payload, got, want)
		}
	}
	upload := "POST /upload HTTP/1.1\r\nContent-Disposition: form-data; filename=\"plans.odt\"\r\n\r\n"
	check(upload, 0)
	redis.Command(fmt.Sprintf("RPUSH multisession.report 3,%d,budget.ods,10.0.0.1", time.Now().Unix()))
	check(upload, 0)
	redis.Command(fmt.Sprintf("RPUSH multisession.report 3,%d,plans.odt,10.0.0.1", time.Now().Unix()-1000))
	check(upload, 0)
	redis.Command(fmt.Sprintf("RPUSH multisession.report 3,%d,plans.odt,10.0.0.1", time.Now().Unix()))
	check(upload, 1)
	check("GET / HTTP/1.1\r\n\r\n", 0)
}

// TestManualNFSWithoutRedis checks that the function's exit(0) ends only itself.
func TestManualNFSWithoutRedis(t *testing.T) {
	needCC(t)
	needHiredis(t)
	var log bytes.Buffer
	_, f := nfsRule(t, testserver.FreePort(t), slog.New(slog.NewTextHandler(&log, nil)))
	log.Reset()
	if got := f.Call([]rule.Value{{Type: dpi.Pointer, B: []byte("GET /")}}); !got.Null {
		t.Errorf("without a server: %+v", got)
	}
	if !strings.Contains(log.String(), "called exit(0)") || !strings.Contains(log.String(), "rules=[32]") {
		t.Errorf("log: %s", &log)
	}
}
