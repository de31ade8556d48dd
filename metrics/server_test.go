package metrics

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// get returns the status and the body of a page; accept may be "".
func get(t *testing.T, s *Server, path, accept string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("GET", "http://"+s.Address()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func listen(t *testing.T, profiles bool) *Server {
	t.Helper()
	s, err := Listen(source{&full}, Options{Address: "127.0.0.1:0", Pprof: profiles})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestPages(t *testing.T) {
	s := listen(t, false)
	for _, c := range []struct {
		path  string
		ready bool
		code  int
		want  string
	}{
		{"/healthz", false, 200, "alive"},
		{"/readyz", false, 503, "no packets are analysed"},
		{"/readyz", true, 200, "ready"},
		{"/readyz", false, 503, "no packets are analysed"},
		{"/", false, 200, "/metrics"},
		{"/other", false, 404, ""},
		{"/debug/pprof/", false, 404, ""},
		{"/metrics", false, 200, "\nmmt_received_packets_total 107\n"},
		{"/metrics", false, 200, "\ngo_gc_duration_seconds_count "},
		{"/metrics", false, 200, "\nprocess_cpu_seconds_total "},
	} {
		s.SetReady(c.ready)
		if code, body := get(t, s, c.path, ""); code != c.code || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %.200q, want %d and %q", c.path, code, body, c.code, c.want)
		}
	}
	if code, _ := get(t, listen(t, true), "/debug/pprof/", ""); code != 200 {
		t.Errorf("profiles asked for: %d", code)
	}
}

// TestOnlyWhatIsAskedFor: the memory statistics of the runtime and the metrics of
// the handler itself are nobody's concern.
func TestOnlyWhatIsAskedFor(t *testing.T) {
	_, body := get(t, listen(t, false), "/metrics", "")
	for _, prefix := range []string{"\ngo_memstats_alloc", "\npromhttp", "\ngo_sched"} {
		if strings.Contains(body, prefix) {
			t.Errorf("%q is shown", prefix)
		}
	}
}

func TestUnits(t *testing.T) {
	_, body := get(t, listen(t, false), "/metrics", "application/openmetrics-text;version=1.0.0")
	for _, want := range []string{"# UNIT mmt_received_packets packets\n", "# UNIT mmt_worker_cpu_seconds seconds\n", "# EOF\n"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
}

func TestBadAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{
		taken.Addr().String(): "address already in use",
		"192.0.2.1:9465":      "cannot assign requested address",
		"127.0.0.1":           "missing port",
	} {
		_, err := Listen(source{&full}, Options{Address: address})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "choose an address") {
			t.Errorf("%s: error %v", address, err)
		}
	}
}

func TestCloseFreesTheAddress(t *testing.T) {
	s, err := Listen(source{&full}, Options{Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	get(t, s, "/metrics", "") // leaves an idle connection
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := http.Get("http://" + s.Address() + "/healthz"); err == nil {
		t.Error("still serves")
	}
	again, err := Listen(source{&full}, Options{Address: s.Address()})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
