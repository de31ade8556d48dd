package analyzer

import (
	"fmt"
	"strings"
	"testing"

	"mmt/analyzer/session"
	"mmt/report"
)

// kept is an output that keeps all lines.
type kept struct{ lines []string }

func (k *kept) Report(_ Channels, line []byte) { k.lines = append(k.lines, string(line)) }
func (k *kept) Tick(int64)                     {}

func inSlot(slot int) *session.Session {
	s := &session.Session{}
	s.Slot = uint32(slot)
	return s
}

// TestLongStory holds that what is told of one moment belongs together, however
// long it is: each line of a moment has the sessions that were active before it.
func TestLongStory(t *testing.T) {
	const sessions = 2000
	outputs := []*kept{{}, {}}
	m := NewMerger(MergerOptions{Outputs: []Output{outputs[0], outputs[1]}})
	for i, teller := range m.tellers {
		teller.packets = func() uint64 { return uint64(i + 1) }
		for slot := range sessions {
			teller.opened(inSlot(slot))
		}
		teller.publish(2, 0)
		teller.at(3, momentExpiry)
		for slot := range sessions {
			line := []byte("100,0,0" + strings.Repeat("x", 300))
			teller.session(1, line, report.Gaps{ActiveFlows: 4, ID: 6}, uint32(slot), 0)
			teller.ended(inSlot(slot))
		}
		teller.at(4, momentPacket)
		teller.publish(4, 0)
	}
	for _, teller := range m.tellers {
		teller.close()
	}
	m.Close()
	for i, out := range outputs {
		if len(out.lines) != sessions {
			t.Fatalf("worker %d: %d lines, want %d", i, len(out.lines), sessions)
		}
		for slot, line := range out.lines {
			if want := fmt.Sprintf("100,%d,%dx", 2*sessions, i*sessions+slot+1); !strings.HasPrefix(line, want) {
				t.Fatalf("worker %d, session %d: %.30s, want %s", i, slot, line, want)
			}
		}
	}
	if m.active != 0 {
		t.Errorf("%d sessions are left", m.active)
	}
}

// tickless is an output that crashes whenever it is told the time.
type tickless struct{ kept }

func (*tickless) Tick(int64) { panic("an output with a mistake") }

// TestCrashAtEachStory: a Merger that crashes again and again comes to its end.
func TestCrashAtEachStory(t *testing.T) {
	out, crashes := &tickless{}, 0
	m := NewMerger(MergerOptions{Outputs: []Output{out}, Crashed: func(any, []byte) { crashes++ }})
	teller := m.tellers[0]
	teller.packets = func() uint64 { return 1 }
	for number := range uint64(3) {
		teller.at(number, momentPeriod)
		teller.line(1, []byte("line"))
		teller.publish(number, 0)
	}
	teller.close()
	m.Close()
	if len(out.lines) != 3 || crashes < 3 {
		t.Errorf("%d lines, %d crashes", len(out.lines), crashes)
	}
}
