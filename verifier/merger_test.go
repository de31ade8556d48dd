package verifier

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mmt/analyzer/proto"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp"
	"mmt/verifier/wire"
)

// portRule is detected on each packet with a destination port; its history tells
// the order in which messages are verified.
const portRule = `<beginning><property property_id="1" type_property="ATTACK" description="any">
<event event_id="1" description="a port" boolean_expression="(tcp.dest_port &gt;= 0)"/></property></beginning>`

// portEngine verifies portRule and calls yield with the port and the number of
// each verdict's packet.
func portEngine(t *testing.T, yield func(port, counter uint64)) *security.Engine {
	t.Helper()
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	f, err := (&rulecomp.Compiler{Registry: reg}).Parse("1.xml", []byte(portRule))
	if err != nil {
		t.Fatal(err)
	}
	e, err := security.NewEngine(f.Rules, security.Options{Verdict: func(_ int, v *rule.Verdict) {
		yield(v.History[0].Values[0].N, v.Counter)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ports is tcp.dest_port.
var portKey = security.Key{Protocol: 354, ID: 2}

// batchOf makes a batch of messages at times in seconds, whose ports are the
// times.
func batchOf(times ...int) *batch {
	b := newBatch(0)
	for _, s := range times {
		a := security.Attribute{Key: portKey}
		a.Value.SetU(2, uint64(s))
		b.attributes = append(b.attributes, a)
		b.messages = append(b.messages, message{time: int64(s) * 1e9, first: len(b.attributes) - 1, end: len(b.attributes)})
	}
	return b
}

func TestMerger(t *testing.T) {
	start := time.Now()
	for _, c := range []struct {
		name   string
		window time.Duration
		want   string // |: nothing more at this time; +: after the end
		late   uint64
	}{
		{"by arrival", 0, "3,5,1,2,4,|9,|6,|+", 2},
		{"in order", 10 * time.Second, "|||+1,2,3,4,5,6,9,", 0},
		{"short window", 2 * time.Second, "|1,2,3,4,5,|9,|+6,", 1},
	} {
		var got strings.Builder
		recycled := 0
		m := merger{window: c.window, recycle: func(*batch) { recycled++ }}
		counters := uint64(0)
		m.engine = portEngine(t, func(port, counter uint64) {
			fmt.Fprintf(&got, "%d,", port)
			if counters++; counter != counters {
				t.Errorf("%s: packet %d has number %d", c.name, counters, counter)
			}
		})
		at := start
		m.take(batchOf(3, 5), at)
		m.take(batchOf(1, 2, 4), at.Add(time.Second))
		m.advance(at.Add(time.Second))
		got.WriteByte('|')
		m.advance(at.Add(3 * time.Second))
		m.take(batchOf(9), at.Add(3*time.Second))
		m.advance(at.Add(3 * time.Second))
		got.WriteByte('|')
		m.advance(at.Add(5 * time.Second))
		m.take(batchOf(6), at.Add(6*time.Second))
		m.advance(at.Add(6 * time.Second))
		got.WriteByte('|')
		got.WriteByte('+')
		m.finish()
		if got.String() != c.want || m.late != c.late || recycled != 4 || m.messages != 7 {
			t.Errorf("%s: %s, %d late, %d batches back, %d messages; want %s, %d late", c.name, got.String(), m.late, recycled, m.messages, c.want, c.late)
		}
		if _, waits := m.next(); waits {
			t.Errorf("%s: something waits after the end", c.name)
		}
	}
}

// TestMergerHoldsLittle wants batches to go on before their time when too many
// wait.
func TestMergerHoldsLittle(t *testing.T) {
	verified := 0
	m := merger{window: time.Hour, recycle: func(*batch) {}}
	m.engine = portEngine(t, func(uint64, uint64) { verified++ })
	for i := range maxHeld + 5 {
		m.take(batchOf(i), time.Now())
	}
	if len(m.held) != maxHeld || verified != 5 {
		t.Errorf("%d batches wait, %d messages verified", len(m.held), verified)
	}
}

func TestByTime(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var h byTime
	var want, got []int64
	for i := range 1000 {
		w := waiting{time: rng.Int64N(50), sequence: uint64(i)}
		h.push(w)
		want = append(want, w.time*10000+int64(i))
		if i%3 == 0 {
			h.pop()
			slices.Sort(want)
			want = want[1:]
		}
	}
	for len(h) > 0 {
		w := h.pop()
		got = append(got, w.time*10000+int64(w.sequence))
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
}

// TestMessagesDoNotAllocate wants the way of messages from bytes to the engine to
// be free of allocation, but for the one of Engine.Process.
func TestMessagesDoNotAllocate(t *testing.T) {
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	for _, window := range []time.Duration{0, time.Nanosecond} {
		const count = 50
		bytes := messages(make([]uint64, count)...)
		d := wire.Decoder{Registry: reg, Max: 1000}
		b := newBatch(1000)
		m := merger{window: window, recycle: func(*batch) {}, engine: portEngine(t, func(uint64, uint64) {})}
		n := testing.AllocsPerRun(100, func() {
			b.start(bytes)
			if err := b.decode(&d); err != nil || len(b.messages) != count {
				t.Fatal(len(b.messages), err)
			}
			m.take(b, time.Time{})
			m.advance(time.Now())
		})
		if n > count+1 {
			t.Errorf("window %v: %v allocations for %d messages", window, n, count)
		}
	}
}
