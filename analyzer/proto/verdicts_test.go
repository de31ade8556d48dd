package proto

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

// history is the events of a verdict: what the packets were that made it.
type history map[string]struct {
	Counter    uint64  `json:"counter"` // number of the packet
	Attributes [][]any `json:"attributes"`
}

// wanted are the values that attributes must have, by packet number.
type wanted map[uint64]map[string]string

// readVerdicts returns what a file of expected verdicts says about attributes.
func readVerdicts(t *testing.T, path string) wanted {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	all := wanted{}
	for line := range strings.Lines(string(text)) {
		head, events, found := strings.Cut(line, ",{")
		if _, err := csv.NewReader(strings.NewReader(head)).Read(); err != nil || !found {
			t.Fatalf("%s: %q is not a verdict: %v", path, line, err)
		}
		var h history
		if err := json.Unmarshal([]byte("{"+events), &h); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all.add(h)
	}
	return all
}

func (w wanted) add(h history) {
	for _, event := range h {
		if w[event.Counter] == nil {
			w[event.Counter] = map[string]string{}
		}
		for _, pair := range event.Attributes {
			value := pair[1]
			if n, ok := value.(float64); ok {
				value = strconv.FormatFloat(n, 'f', -1, 64)
			}
			if text, ok := value.(string); ok {
				w[event.Counter][pair[0].(string)] = text
			}
		}
	}
}

// attributes returns the names of all attributes that occur.
func (w wanted) attributes() (names []string) {
	for _, values := range w {
		for name := range values {
			protocol, _, _ := strings.Cut(name, ".")
			if slices.Contains(lowerProtocols, protocol) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// TestAgainstVerdicts compares attributes with those in the histories of known
// verdicts on real traces.
func TestAgainstVerdicts(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "corpus", "security")
	files, _ := filepath.Glob(filepath.Join(folder, "expected", "*.csv"))
	if len(files) == 0 {
		t.Skipf("no expected verdicts in %s", folder)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		t.Run(name, func(t *testing.T) {
			compareTrace(t, filepath.Join(folder, "pcap", name+".pcap"), readVerdicts(t, file))
		})
	}
}

// compareTrace replays a trace with IP defragmentation, as the verdicts were
// found.
func compareTrace(t *testing.T, trace string, want wanted) {
	reg, err := NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	table := session.NewTable(session.Config{Max: 1 << 12})
	h, err := dpi.NewHandler(reg, table, dpi.Options{Defragmenter: table})
	if err != nil {
		t.Fatal(err)
	}
	slots := map[string]*dpi.Slot{}
	for _, name := range want.attributes() {
		protocol, attribute, _ := strings.Cut(name, ".")
		if slots[name], err = h.RegisterByName(protocol, attribute); err != nil {
			t.Fatal(err)
		}
	}
	compared := 0
	err = h.AddPacketHandler(1, func(p *dpi.Packet) {
		for name, slot := range slots {
			value, known := want[p.Index][name]
			if !known {
				continue
			}
			compared++
			got := ""
			if v := slot.Value(); v != nil {
				got = prototest.Text(v)
			}
			if !strings.EqualFold(got, value) {
				t.Errorf("packet %d, path %v: %s is %q, want %q", p.Index, p.AppendPath(nil), name, got, value)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	prototest.Replay(t, trace, func(b *dataplane.Burst) { h.Process(b.Packets[:b.N]) })
	if compared == 0 && len(slots) > 0 {
		t.Error("nothing was compared")
	}
}
