package show

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"mmt/analyzer/dpi"
	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// patience is how long anything may take on one trace; all of them take a
// fraction of a second, ten times that with the race detector.
const patience = 60 * time.Second

// shared returns a path in the folder beside the repository that holds traces
// and tools, or skips.
func shared(t *testing.T, path ...string) string {
	t.Helper()
	full := filepath.Join(append([]string{"..", "..", "..", "shared"}, path...)...)
	if _, err := os.Stat(full); err != nil {
		t.Skipf("no %s beside the repository: nothing to run on", filepath.Join(path...))
	}
	return full
}

// traces returns all traces of the corpus.
func traces(t *testing.T) (files []string) {
	t.Helper()
	for _, kind := range []string{"classification", "security"} {
		list, err := filepath.Glob(filepath.Join(shared(t, "corpus", kind, "pcap"), "*"))
		if err != nil || len(list) == 0 {
			t.Fatalf("no traces of %s: %v", kind, err)
		}
		files = append(files, list...)
	}
	return files
}

// head is a source that ends after some packets.
type head struct {
	dataplane.Source
	left  int
	given int
}

func (h *head) Receive(b *dataplane.Burst) error {
	if h.left <= 0 {
		b.N = 0
		return io.EOF
	}
	err := h.Source.Receive(b)
	b.N = min(b.N, h.left)
	h.left -= b.N
	h.given += b.N
	return err
}

// sound tells whether a run ended well: without error, or where a trace that is
// damaged itself says so after all packets before the damage.
func (h *head) sound(err error) bool {
	var damage *pcapfile.DamageError
	return err == nil || errors.As(err, &damage) && damage.Packet == uint64(h.given)
}

// within runs f and fails if it panics or takes longer than patience.
func within(t *testing.T, what string, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if e := recover(); e != nil {
				done <- fmt.Errorf("panic: %v\n%s", e, debug.Stack())
			}
		}()
		done <- f()
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatalf("%s hangs: nothing after %v", what, patience)
		return nil
	}
}

// TestCorpus runs all traces through everything that package show has.
func TestCorpus(t *testing.T) {
	dpi.LetPanicsThrough()
	for _, file := range traces(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			x := trace{data}
			flows := x.json(t)
			x.cutText(t, flows)
			x.extract(t)
		})
	}
}

// trace is the bytes of a trace file.
type trace struct{ data []byte }

func (x trace) open(t *testing.T) *head {
	t.Helper()
	src, err := pcapfile.NewReader(bytes.NewReader(x.data), "the trace", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return &head{Source: src, left: 1 << 30}
}

// jsonFlow is a line of flows --json.
type jsonFlow struct {
	L4, Src, Dst, Path, Application, Host *string
	Sport, Dport                          *uint16
	PacketsUp                             *uint64 `json:"packets_up"`
	PacketsDown                           *uint64 `json:"packets_down"`
	BytesUp                               *uint64 `json:"bytes_up"`
	BytesDown                             *uint64 `json:"bytes_down"`
	First, Last                           *float64
}

// json holds that every line is an object with all fields and nothing else, and
// that flows have no more packets than the trace. It returns the number of
// flows.
func (x trace) json(t *testing.T) (flows int) {
	t.Helper()
	var out bytes.Buffer
	src := x.open(t)
	if err := within(t, "flows --json", func() error { return Flows(&out, src, true) }); !src.sound(err) {
		t.Errorf("flows --json: %v", err)
	}
	var packets uint64
	for line := range strings.Lines(out.String()) {
		flows++
		var f jsonFlow
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&f); err != nil || d.More() {
			t.Fatalf("flows --json printed %q: %v", line, err)
		}
		if f.Host == nil || f.Application == nil || f.L4 == nil || f.Path == nil || *f.Path == "" || f.Dport == nil || f.BytesDown == nil {
			t.Fatalf("flows --json printed %q, which lacks fields", line)
		}
		if *f.First > *f.Last || *f.PacketsUp == 0 {
			t.Errorf("a flow that ends before it begins or has no first packet: %s", line)
		}
		packets += *f.PacketsUp + *f.PacketsDown
	}
	if packets > uint64(src.given) {
		t.Errorf("flows have %d packets, the trace has %d", packets, src.given)
	}
	return flows
}

// cutText reads the trace without its last byte as text: it is read to where it
// is cut and this is told; but for the flow of the last packet there are as many
// lines as with --json, of as many columns as the header has.
func (x trace) cutText(t *testing.T, flows int) {
	t.Helper()
	var out bytes.Buffer
	src := trace{x.data[:len(x.data)-1]}.open(t)
	err := within(t, "flows", func() error { return Flows(&out, src, false) })
	if err == nil || !src.sound(err) {
		t.Errorf("flows of a cut trace: %v, want a DamageError after %d packets", err, src.given)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if n := len(lines) - 1; n > flows || n < flows-1 {
		t.Errorf("flows printed %d lines and a header, flows --json %d", n, flows)
	}
	for _, line := range lines {
		if strings.Count(line, "\t") != strings.Count(lines[0], "\t") {
			t.Errorf("flows printed %q below %q", line, lines[0])
		}
		printable(t, strings.ReplaceAll(line, "\t", ""))
	}
}

// printable holds that a line can be shown on a terminal.
func printable(t *testing.T, line string) {
	t.Helper()
	if !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) {
		t.Errorf("printed %q", line)
	}
}

// extracted is how many packets of a trace are extracted: three traces have
// more, up to 4600, and would take a third of the whole test.
const extracted = 2000

// extract holds that there is a line for each packet and that all other lines
// are attributes.
func (x trace) extract(t *testing.T) {
	t.Helper()
	var out bytes.Buffer
	src := x.open(t)
	src.left = extracted
	if err := within(t, "extract", func() error { return Extract(&out, src) }); !src.sound(err) {
		t.Errorf("extract: %v", err)
	}
	packets := 0
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "packet ") {
			packets++
		} else if name, _, found := strings.Cut(line, " = "); !found || !strings.HasPrefix(line, "  ") || strings.Count(name, ".") != 1 {
			t.Errorf("extract printed %q", line)
		}
		printable(t, line)
	}
	if packets != src.given {
		t.Errorf("extract printed %d packets of %d", packets, src.given)
	}
}
