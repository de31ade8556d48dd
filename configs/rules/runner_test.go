package rules

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security/reference"
	"mmt/analyzer/security/rule"
	"mmt/analyzer/session"
	"mmt/dataplane"
	"mmt/rulecomp"
)

// registry is that of all protocols, made once.
var registry = sync.OnceValues(proto.NewRegistry)

// maxInstances is the default of security.max-instances.
const maxInstances = 100_000

// verdictsOf runs rules on a trace and returns their verdicts, in their order,
// as "ID OUTCOME EVENT@PACKET ...": 1000 detected 1@1 2@4. IP fragments are put
// together if defragment is set.
func verdictsOf(t *testing.T, files []string, packets []dataplane.Packet, defragment bool) (lines []string) {
	t.Helper()
	rules := compile(t, files)
	v := newVerifier(t, rules, defragment)
	if err := v.handler.AddPacketHandler(1, func(p *dpi.Packet) { lines = v.process(p, lines) }); err != nil {
		t.Fatal(err)
	}
	v.handler.Process(packets)
	return lines
}

// compile reads rules from the files of the package.
func compile(t *testing.T, files []string) (rules []*rule.Rule) {
	t.Helper()
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	c := &rulecomp.Compiler{Registry: reg}
	for _, name := range files {
		data, err := Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, f.Rules...)
	}
	return rules
}

// verifier runs rules on the packets of a handler.
type verifier struct {
	handler *dpi.Handler
	rules   []*reference.Interpreter
	slots   map[reference.Key]*dpi.Slot
}

func newVerifier(t *testing.T, rules []*rule.Rule, defragment bool) *verifier {
	t.Helper()
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	table := session.NewTable(session.Config{Max: 1 << 12})
	options := dpi.Options{}
	if defragment {
		options.Defragmenter = table
	}
	h, err := dpi.NewHandler(reg, table, options)
	if err != nil {
		t.Fatal(err)
	}
	v := &verifier{handler: h, slots: map[reference.Key]*dpi.Slot{}}
	for _, r := range rules {
		v.rules = append(v.rules, reference.New(r, maxInstances))
		for _, a := range r.Attributes {
			h.TrackProtocol(a.Protocol) // some attributes need it, see dpi.Protocol.Track
			if v.slots[reference.KeyOf(a)], err = h.RegisterNth(a.Protocol, a.ID, a.Layer); err != nil {
				t.Fatal(err)
			}
		}
	}
	return v
}

// process lets all rules see a packet and appends what they say.
func (v *verifier) process(p *dpi.Packet, lines []string) []string {
	in := reference.Packet{Time: p.Time, Counter: p.Index, Values: map[reference.Key]dpi.Value{}}
	if p.Flow != nil {
		in.Flow = p.Flow.ID
	}
	for key, slot := range v.slots {
		if value := slot.Value(); value != nil {
			in.Values[key] = *value
		}
	}
	for _, r := range v.rules {
		if verdict := r.Process(&in); verdict != nil {
			lines = append(lines, lineOf(verdict))
		}
	}
	return lines
}

// lineOf returns a verdict in short.
func lineOf(v *reference.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", v.Rule, v.Outcome)
	for _, o := range v.History {
		fmt.Fprintf(&b, " %d@%d", o.Event, o.Counter)
	}
	return b.String()
}
