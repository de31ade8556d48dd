package dump

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"mmt/analyzer/spool"
	"mmt/dataplane/pcapfile"
)

// maxText bounds each string of an alert, bytes.
const maxText = 1 << 10

// putAlert puts an alert for a file, and reports whether there was room.
func putAlert(f *spool.Feed, k kind, file uint64, a *Alert) bool {
	texts := [...]string{a.Verdict, a.Type, a.Text}
	n := 8 + 8 + 8 + 8 + 4
	for i, text := range texts {
		texts[i] = text[:min(len(text), maxText)]
		n += 2 + len(texts[i])
	}
	b := put(f, k, n)
	if b == nil {
		return false
	}
	binary.LittleEndian.PutUint64(b, file)
	binary.LittleEndian.PutUint64(b[8:], a.Flow)
	binary.LittleEndian.PutUint64(b[16:], a.Number)
	binary.LittleEndian.PutUint64(b[24:], uint64(a.Time))
	binary.LittleEndian.PutUint32(b[32:], a.Rule)
	b = b[36:]
	for _, text := range texts {
		binary.LittleEndian.PutUint16(b, uint16(len(text)))
		copy(b[2:], text)
		b = b[2+len(text):]
	}
	return true
}

// alertOf reads what putAlert has put.
func alertOf(b []byte) (file uint64, a Alert) {
	file = binary.LittleEndian.Uint64(b)
	a.Flow, a.Number = binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])
	a.Time, a.Rule = int64(binary.LittleEndian.Uint64(b[24:])), binary.LittleEndian.Uint32(b[32:])
	b = b[36:]
	for _, to := range [...]*string{&a.Verdict, &a.Type, &a.Text} {
		end := 2 + int(binary.LittleEndian.Uint16(b))
		*to, b = string(b[2:end]), b[end:]
	}
	return file, a
}

// String names rule and verdict, as comments do.
func (a *Alert) String() string {
	return fmt.Sprintf("rule %d %s (%s): %s", a.Rule, a.Verdict, a.Type, strings.Join(strings.Fields(a.Text), " "))
}

// isEvidence tells the last parts of the names of an Evidence's files.
func isEvidence(rest string) bool {
	rest, is := strings.CutPrefix(rest, "rule")
	number, pcapng := strings.CutSuffix(rest, ".pcapng")
	_, err := strconv.ParseUint(number, 10, 32)
	return is && pcapng && err == nil
}

// writer writes the files of an Evidence. They are open on the disk only while
// something is appended.
type writer struct {
	folder  *folder
	program string
	onError func(error)
	open    map[uint64]*evidence

	files, packets, lost atomic.Uint64
	bad                  bool // the latest write failed
}

// evidence is a file that is being written.
type evidence struct {
	name    string
	alert   Alert
	buffer  bytes.Buffer // what is not on the disk yet
	out     *pcapfile.NGWriter
	waiting uint64   // packets in buffer
	notes   []string // further alerts
	more    int      // those beyond maxNotes
	last    int64    // time of the latest packet
}

// Bounds of what is kept of a file in memory.
const (
	maxBuffered = 64 << 10
	maxNotes    = 100
)

func (w *writer) run(q *spool.Queue) {
	w.open = map[uint64]*evidence{}
	for c := range q.Chunks() {
		for rest := c.Data; len(rest) > 0; {
			var k kind
			var contents []byte
			k, contents, rest = next(rest)
			w.take(c.Thread, k, contents)
		}
		q.Done(c)
	}
	for file := range w.open {
		w.complete(file)
	}
}

// take takes one record.
func (w *writer) take(thread int, k kind, b []byte) {
	if k == kindPacket {
		p := packetOf(b)
		w.packet(&p)
		return
	}
	file, alert := alertOf(b)
	switch k {
	case kindOpen:
		w.begin(thread, file, &alert)
	case kindNote:
		w.note(file, &alert)
	case kindClose:
		w.complete(file)
	}
}

// begin makes a file.
func (w *writer) begin(thread int, number uint64, a *Alert) {
	rest := fmt.Sprintf("rule%d.pcapng", a.Rule)
	file, name, err := w.folder.create(a.Time, thread+1, rest, w.isOpen)
	if err != nil {
		w.fail(err)
		return
	}
	file.Close()
	e := &evidence{name: name, alert: *a, last: a.Time}
	around := fmt.Sprintf("%s. Packets of the flow around packet %d, which brought the verdict.", strings.TrimSuffix(a.String(), "."), a.Number)
	if e.out, err = pcapfile.NewNGWriter(&e.buffer, w.program, around); err == nil {
		w.open[number] = e
		w.files.Add(1)
	}
}

func (w *writer) isOpen(name string) bool {
	for _, e := range w.open {
		if e.name == name {
			return true
		}
	}
	return false
}

// packet appends a packet; the one that brought the verdict says so.
func (w *writer) packet(p *packet) {
	e := w.open[p.file]
	if e == nil {
		w.lost.Add(1)
		return
	}
	comment := ""
	if p.number == e.alert.Number {
		comment = e.alert.String()
	}
	if err := e.out.WritePacket(p.time, p.wire, p.link, p.data, comment); err != nil {
		w.lost.Add(1)
		return
	}
	e.waiting++
	e.last = max(e.last, p.time)
	if e.buffer.Len() > maxBuffered {
		w.flush(e)
	}
}

// note keeps another alert of a file.
func (w *writer) note(file uint64, a *Alert) {
	switch e := w.open[file]; {
	case e == nil:
	case len(e.notes) < maxNotes:
		e.notes = append(e.notes, fmt.Sprintf("%s, brought by packet %d", a, a.Number))
	default:
		e.more++
	}
}

// complete writes what is left of a file.
func (w *writer) complete(file uint64) {
	e := w.open[file]
	if e == nil {
		return
	}
	if e.more > 0 {
		e.notes = append(e.notes, fmt.Sprintf("%d more verdicts", e.more))
	}
	for _, note := range e.notes {
		e.out.WriteNote(e.last, note) // to memory: it cannot fail
	}
	w.flush(e)
	delete(w.open, file)
}

// flush appends to a file what is in memory.
func (w *writer) flush(e *evidence) {
	file, err := w.folder.root.OpenFile(e.name, os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = file.Write(e.buffer.Bytes())
		file.Close()
	}
	if err != nil {
		w.lost.Add(e.waiting)
		w.fail(err)
	} else {
		w.packets.Add(e.waiting)
		w.bad = false
	}
	e.buffer.Reset()
	e.waiting = 0
}

// fail tells the first error of those that follow one another.
func (w *writer) fail(err error) {
	if !w.bad && w.onError != nil {
		w.onError(err)
	}
	w.bad = true
}
