package dump

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/dataplane"
)

// TestRing compares a ring with a list of all packets: what it finds are the
// latest of a flow, whole, and it forgets only when its memory is full.
func TestRing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	r := NewRing(minRing, 3000)
	type kept struct {
		flow, number uint64
		data         []byte
	}
	var all []kept
	for number := uint64(1); number <= 5000; number++ {
		data := make([]byte, random.IntN(4000))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		flow := random.Uint64N(5)
		r.Add(&dataplane.Packet{Data: data, Len: uint32(len(data)), Time: int64(number)}, flow, number)
		all = append(all, kept{flow, number, data[:min(len(data), 3000)]})
		if number%50 != 0 {
			continue
		}
		flow, before, after := 1+random.Uint64N(4), 1+random.IntN(5), random.IntN(4)
		pivot := number - random.Uint64N(8)
		found := r.find(nil, keyOf(flow, 0), pivot, before, after)
		var want []kept
		for _, k := range all[len(all)-int(r.next-r.first):] {
			if k.flow == flow {
				want = append(want, k)
			}
		}
		split := slices.IndexFunc(want, func(k kept) bool { return k.number > pivot })
		if split < 0 {
			split = len(want)
		}
		want = want[max(split-before, 0):min(split+after, len(want))]
		if len(found) != len(want) {
			t.Fatalf("packet %d: %d found, want %d", number, len(found), len(want))
		}
		for i, n := range found {
			if p := r.packet(n); p.number != want[i].number || !bytes.Equal(p.data, want[i].data) {
				t.Fatalf("packet %d: number %d with %d bytes, want %d with %d", number, p.number, len(p.data), want[i].number, len(want[i].data))
			}
		}
	}
	if n := r.next - r.first; n < 15 || n > 256 {
		t.Errorf("%d packets are kept", n)
	}
}

// flowOf spreads numbered packets over three flows.
func flowOf(number int) uint64 { return 10 + uint64(number%3) }

// evidenceOf runs packets past a recorder of the second of two threads, and alerts
// after the packets of the given numbers.
func evidenceOf(t *testing.T, o EvidenceOptions, packets []dataplane.Packet, alerts map[int]Alert) EvidenceStats {
	t.Helper()
	o.Threads, o.Wait, o.Program = 2, true, "mmt-probe"
	e, err := OpenEvidence(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		e.Recorder(1).Packet(&packets[i], flowOf(i), uint64(i))
		if a, is := alerts[i]; is {
			e.Alert(&a)
		}
		for thread := range 2 {
			e.Recorder(thread).EndBurst(packets[i].Time)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return e.Stats()
}

// TestEvidence holds that a file has the packets of the alert's flow before and
// after it, in order, also when the alert comes late.
func TestEvidence(t *testing.T) {
	for _, late := range []int{0, 1, 7, 11, 40} {
		packets := numbered(120, dataplane.LinkEthernet)
		dir := t.TempDir()
		a := Alert{Flow: flowOf(50), Number: 50, Time: packets[50].Time, Rule: 37, Verdict: "detected", Type: "attack", Text: "a  test\nof it"}
		s := evidenceOf(t, EvidenceOptions{Dir: dir, Before: 5, After: 4, Time: 6 * second, RingSize: minRing}, packets, map[int]Alert{50 + late: a})
		if s != (EvidenceStats{Files: 1, Packets: 9}) {
			t.Errorf("late by %d: %+v", late, s)
		}
		var want []dataplane.Packet
		for i := 50 - 4*3; i <= 50+4*3; i += 3 {
			want = append(want, packets[i])
		}
		samePackets(t, read(t, filepath.Join(dir, "1012.500000_2_rule37.pcapng")), want)
	}
}

// TestEvidenceTime holds that what comes too long after the alert is not saved.
func TestEvidenceTime(t *testing.T) {
	packets := numbered(120, dataplane.LinkEthernet)
	dir := t.TempDir()
	a := Alert{Flow: flowOf(50), Number: 50, Time: packets[50].Time, Rule: 1}
	s := evidenceOf(t, EvidenceOptions{Dir: dir, Before: 1, After: 100, Time: 3 * second, RingSize: minRing}, packets, map[int]Alert{60: a})
	if s.Packets != 1+4 {
		t.Errorf("%+v", s)
	}
}

// TestEvidenceAlerts holds what becomes of alerts that share a file, come too late,
// or have no flow.
func TestEvidenceAlerts(t *testing.T) {
	packets := numbered(120, dataplane.LinkEthernet)
	o := EvidenceOptions{Before: 2, After: 2, Time: 5 * second, RingSize: minRing}
	alert := func(number int) Alert {
		return Alert{Flow: flowOf(number), Number: uint64(number), Time: packets[number].Time, Rule: 5}
	}
	for name, c := range map[string]struct {
		alerts map[int]Alert
		want   EvidenceStats
	}{
		"the same flow":        {map[int]Alert{50: alert(50), 53: alert(53)}, EvidenceStats{Files: 1, Packets: 4, Joined: 1}},
		"the same flow, later": {map[int]Alert{20: alert(20), 80: alert(80)}, EvidenceStats{Files: 2, Packets: 8}},
		"two flows":            {map[int]Alert{50: alert(50), 51: alert(51)}, EvidenceStats{Files: 2, Packets: 8}},
		"unknown flow":         {map[int]Alert{50: {Flow: 4711, Number: 50}}, EvidenceStats{Missed: 1}},
		"no flow":              {map[int]Alert{50: {Number: 50}}, EvidenceStats{Missed: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			o.Dir = t.TempDir()
			if got := evidenceOf(t, o, packets, c.alerts); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// TestEvidenceNoFlow holds that the packet itself is saved where there is no flow.
func TestEvidenceNoFlow(t *testing.T) {
	dir := t.TempDir()
	e, err := OpenEvidence(EvidenceOptions{Dir: dir, Threads: 1, Before: 9, After: 9, Time: second, RingSize: minRing, Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	packets := numbered(10, dataplane.LinkEthernet)
	for i := range packets {
		e.Recorder(0).Packet(&packets[i], 0, uint64(i))
	}
	e.Alert(&Alert{Number: 4, Time: packets[4].Time, Rule: 3})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	samePackets(t, read(t, filepath.Join(dir, "1001.000000_1_rule3.pcapng")), packets[4:5])
}

// TestEvidenceByOthers has tools of Wireshark read a file.
func TestEvidenceByOthers(t *testing.T) {
	packets := numbered(60, dataplane.LinkRaw)
	dir := t.TempDir()
	a := Alert{Flow: flowOf(30), Number: 30, Time: packets[30].Time, Rule: 37, Verdict: "detected", Type: "attack", Text: "a test"}
	again := a
	again.Number, again.Rule = 33, 38
	evidenceOf(t, EvidenceOptions{Dir: dir, Before: 5, After: 4, Time: 6 * second, RingSize: minRing}, packets, map[int]Alert{31: a, 34: again})
	path := filepath.Join(dir, "1007.500000_2_rule37.pcapng")
	for _, c := range []struct {
		want string
		args []string
	}{
		{"Number of packets:   9", []string{"capinfos", path}},
		{"rule 37 detected (attack): a test. Packets of the flow around packet 30", []string{"capinfos", path}},
		{"5\trule 37 detected (attack): a test", []string{"tshark", "-r", path, "-T", "fields", "-e", "frame.number", "-e", "frame.comment"}},
	} {
		if _, err := exec.LookPath(c.args[0]); err != nil {
			t.Skipf("%s is not there", c.args[0])
		}
		out, err := exec.Command(c.args[0], c.args[1:]...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: error %v, no %q in\n%s", c.args[0], err, c.want, out)
		}
	}
}

// TestEvidenceStorm holds that any number of alerts is borne, and each counted.
func TestEvidenceStorm(t *testing.T) {
	e, err := OpenEvidence(EvidenceOptions{Dir: t.TempDir(), Threads: 1, Before: 2, After: 2, Time: second, RingSize: minRing})
	if err != nil {
		t.Fatal(err)
	}
	const alerts = 2 * alertsWaiting
	packets := numbered(250, dataplane.LinkEthernet)
	for i := range packets {
		e.Recorder(0).Packet(&packets[i], uint64(i+1), uint64(i))
	}
	for i := range alerts {
		n := i % 300 // some of flows that are not there
		e.Alert(&Alert{Flow: uint64(n + 1), Number: uint64(n), Time: second, Rule: 1, Text: fmt.Sprint(i)})
	}
	e.Recorder(0).EndBurst(second)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if s := e.Stats(); s.Files+s.Joined+s.Missed+s.Refused != alerts || s.Files == 0 || s.Joined == 0 || s.Missed == 0 || s.Refused == 0 {
		t.Errorf("%+v of %d alerts", s, alerts)
	}
}

func TestEvidenceAllocations(t *testing.T) {
	e, err := OpenEvidence(EvidenceOptions{Dir: t.TempDir(), Threads: 1, Before: 2, After: 1 << 20, Time: 3600 * second, RingSize: 1 << 20, Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	p := dataplane.Packet{Data: make([]byte, 600), Len: 600, Time: second}
	e.Recorder(0).Packet(&p, 1, 1)
	e.Alert(&Alert{Flow: 1, Number: 1, Time: second})
	e.Recorder(0).EndBurst(second)
	number := uint64(1)
	for name, flow := range map[string]uint64{"of a flow that is saved": 1, "of another": 2} {
		if n := testing.AllocsPerRun(3000, func() {
			number++
			e.Recorder(0).Packet(&p, flow, number)
			e.Recorder(0).EndBurst(second)
		}); n != 0 {
			t.Errorf("%v allocations a packet %s", n, name)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}
