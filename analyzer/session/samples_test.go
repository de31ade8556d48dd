package session_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// shared is where the reference material is, next to the repository.
var shared = filepath.Join("..", "..", "..", "shared")

// sampleLines returns the session reports of the reference by trace file, as
// fields counted from 1.
func sampleLines(t *testing.T) map[string][][]string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(shared, "reference", "report-samples", "type_100_app*.csv"))
	if len(files) == 0 {
		t.Skip("the reference report samples are not there")
	}
	lines := map[string][][]string{}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(f)
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		records, err := r.ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, fields := range records {
			if trace := findTrace(fields[2]); trace != "" {
				lines[trace] = append(lines[trace], append([]string{""}, fields...))
			}
		}
	}
	return lines
}

// findTrace returns the file of a sample's trace, "" if it is not there.
func findTrace(source string) string {
	name := strings.TrimPrefix(filepath.Base(source), "mmt_check_")
	for _, folder := range []string{"classification", "security"} {
		for _, suffix := range []string{"", "ng"} {
			path := filepath.Join(shared, "corpus", folder, "pcap", name+suffix)
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	return ""
}

// The periods of the samples: a period ends with the first packet that comes
// this long or longer after the last packet of the one before.
const samplePeriod = int64(5e9)

// microFlow is up to how many packets a session is a micro-flow in the samples,
// which session reports leave out.
const microFlow = 2

// reportsOf returns what the sessions of a trace report, by number of the period
// and of the session, in the order of sampleFields: at the end of each period,
// when they end before, and at the given times.
func reportsOf(t *testing.T, trace string, times map[string]bool) map[string][]string {
	t.Helper()
	src, err := pcapfile.Open(trace, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	got := map[string][]string{}
	var x *probe
	number, next, last := 0, int64(0), int64(0)
	note := func(s *session.Session) {
		if s.Packets[0]+s.Packets[1] <= microFlow && number > 0 {
			s.Carry()
			return
		}
		got[fmt.Sprintf("%d/%d", number, s.ID)] = fieldsOf(s, x.table.Len())
	}
	x = newProbe(t, session.Config{Ended: note}, settings{})
	x.last = func(p *dpi.Packet) {
		if p.Flow != nil && times[stamp(p.Time)] {
			note(x.table.Of(p.Flow))
		}
	}
	period := func() {
		number++
		x.table.Period(note)
		next = last + samplePeriod
	}
	var b dataplane.Burst
	for {
		err := src.Receive(&b)
		for _, p := range b.Packets[:b.N] {
			if last == 0 {
				next = p.Time + samplePeriod
			}
			last = p.Time
			x.frame(p)
			x.table.Advance(p.Time)
			if p.Time >= next {
				period()
			}
		}
		src.Release(&b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	period()
	return got
}

// sampleFields are the fields of report 100 that sessions tell: time, flows,
// volumes and packets up and down, first packet, addresses, ports, and all of
// TCP.
var sampleFields = []int{4, 9, 13, 15, 16, 18, 19, 20, 21, 25, 26, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38}

func stamp(t int64) string { return fmt.Sprintf("%d.%06d", t/1e9, t%1e9/1e3) }

func fieldsOf(s *session.Session, flows int) []string {
	client, server := s.ReportRTT()
	fields := []string{
		stamp(s.LastTime), strconv.Itoa(flows),
		fmt.Sprint(s.Period.Bytes[0]), fmt.Sprint(s.Period.Packets[0]), fmt.Sprint(s.Period.Bytes[1]), fmt.Sprint(s.Period.Packets[1]),
		stamp(s.FirstTime), netip.AddrFrom16(s.Addr[0]).Unmap().String(), netip.AddrFrom16(s.Addr[1]).Unmap().String(),
		fmt.Sprint(s.Port[1]), fmt.Sprint(s.Port[0]),
	}
	for _, n := range []uint32{s.HandshakeTime(), s.ResponseTime(), s.TransferTime(), client.Min, server.Min, client.Max, server.Max,
		client.Avg, server.Avg, s.Retransmissions(dpi.Up), s.Retransmissions(dpi.Down)} {
		fields = append(fields, fmt.Sprint(n))
	}
	return fields
}

func TestReportSamples(t *testing.T) {
	for trace, lines := range sampleLines(t) {
		if strings.Contains(trace, "gtp") {
			continue // its sessions are inside tunnels
		}
		t.Run(filepath.Base(trace), func(t *testing.T) {
			times := map[string]bool{}
			for _, want := range lines {
				times[want[4]] = want[5] == "0" // reported with a transaction, not with a period
			}
			got := reportsOf(t, trace, times)
			for _, want := range lines {
				key := want[5] + "/" + want[24]
				fields := got[key]
				if fields == nil {
					t.Errorf("period and session %s: no report, want %v", key, want[:31])
					continue
				}
				for i, n := range sampleFields {
					if fields[i] != want[n] {
						t.Errorf("period and session %s, field %d: %s, want %s", key, n, fields[i], want[n])
					}
				}
			}
		})
	}
}
