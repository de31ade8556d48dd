package analyzer

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/session"
	"mmt/report"
)

// dnsTalks puts questions and answers of DNS together: a line of EVE for each
// transaction. nil: nobody wants them.
type dnsTalks struct {
	w      *Worker
	talks  []dnsExchange // by the slot of their session
	told   application.DNSTold
	record report.DNS
	rest   []byte
}

// dnsExchange is what is known of DNS in a session.
type dnsExchange struct {
	waiting dpi.Blob // questions without answer, as dnsQuestion.append has them
	count   uint32   // transactions so far
}

// maxDNSWaiting is how many questions of a session wait for their answers. The
// oldest one gives way to a further one.
const maxDNSWaiting = 16

// dnsTID is the number of the attribute that every message of DNS has.
const dnsTID = 1

// tellDNS makes the worker tell transactions of DNS.
func (w *Worker) tellDNS() error {
	if !w.options.DNS || !w.options.Forms.Wants(w.options.Sessions, report.EVE) {
		return nil
	}
	x := &dnsTalks{w: w}
	w.dns = x
	_, err := w.handler.HandleAttribute(id.Dns, dnsTID, func(p *dpi.Packet, _ *dpi.Slot, _ *dpi.Value) {
		if p.Flow != nil && x.wants(p.Flow) {
			application.EachDNS(p, &x.told, func() { x.message(p) })
		}
	})
	return err
}

// wants tells whether every packet of a flow is needed.
func (x *dnsTalks) wants(f *dpi.Flow) bool { return x != nil && x.w.options.DNS && f.Is(id.Dns) }

// at returns the talk of a session.
func (x *dnsTalks) at(slot uint32) *dnsExchange {
	for int(slot) >= len(x.talks) {
		x.talks = append(x.talks, dnsExchange{})
	}
	return &x.talks[slot]
}

// message takes a message.
func (x *dnsTalks) message(p *dpi.Packet) {
	s := x.w.table.Of(p.Flow)
	t := x.at(s.Slot)
	if x.told.Response() {
		x.answer(s, t, p.Time)
	} else if x.told.Question {
		x.ask(s, t, p.Time)
	}
}

// ask takes a question. One that is asked again is the same.
func (x *dnsTalks) ask(s *session.Session, t *dnsExchange, now int64) {
	d := &x.told
	n, same := 0, false
	x.each(t, func(q dnsQuestion) bool {
		n++
		same = same || q.is(d)
		return true
	})
	if same {
		return
	}
	if n == maxDNSWaiting {
		q, size := readDNSQuestion(x.w.handler.Store.Bytes(t.waiting))
		x.unanswered(s, q)
		x.forget(t, 0, size)
	}
	q := dnsQuestion{id: d.ID, flags: d.Flags, kind: d.Type, number: t.count, time: now, name: d.Name}
	t.count++
	x.rest = q.append(x.rest[:0])
	var ok bool
	if t.waiting, ok = x.w.handler.Store.Append(t.waiting, x.rest); !ok {
		x.unanswered(s, q) // there is no room to wait for more
	}
}

// answer tells a transaction whose answer has come, whether or not its question
// was seen.
func (x *dnsTalks) answer(s *session.Session, t *dnsExchange, now int64) {
	d, r := &x.told, &x.record
	*r = report.DNS{Time: now, ID: d.ID, Flags: d.Flags, Answered: true, Name: d.Name, Type: d.Type, Answers: r.Answers[:0]}
	from, to := -1, 0
	x.each(t, func(q dnsQuestion) bool {
		if from, to = to, to+q.size(); !q.answeredBy(d) {
			from = -1
			return true
		}
		r.Asked, r.Name, r.Type, r.Transaction = true, q.name, q.kind, uint64(q.number)
		r.ResponseTime = microseconds(now - q.time)
		return false
	})
	if !r.Asked {
		if !d.Question {
			return // nobody knows what it answers
		}
		r.Transaction = uint64(t.count)
		t.count++
	}
	for i := range d.Answers {
		r.Answers = append(r.Answers, report.DNSAnswer(d.Answers[i]))
	}
	x.write(s)
	if from >= 0 {
		x.forget(t, from, to)
	}
}

// unanswered tells a question that nothing came in answer to.
func (x *dnsTalks) unanswered(s *session.Session, q dnsQuestion) {
	x.record = report.DNS{
		Time: q.time, ID: q.id, Flags: q.flags, Asked: true, Name: q.name, Type: q.kind,
		Transaction: uint64(q.number), Answers: x.record.Answers[:0],
	}
	x.write(s)
}

// write writes the record at hand, if it is still wanted.
func (x *dnsTalks) write(s *session.Session) {
	if !x.w.options.DNS {
		return
	}
	r := &x.w.reporter
	r.fillEnds(s)
	if r.teller != nil {
		r.session100.ID = 0
	}
	for to, e := range x.w.options.Forms.Of(x.w.options.Sessions) {
		if e.Format() == report.EVE {
			r.line = r.session100.AppendDNS(r.line[:0], e, &x.record)
			r.hand100(to, s, 0)
		}
	}
}

// ended tells what waits in a session that ends.
func (x *dnsTalks) ended(s *session.Session) {
	if x == nil || int(s.Slot) >= len(x.talks) {
		return
	}
	t := &x.talks[s.Slot]
	x.each(t, func(q dnsQuestion) bool {
		x.unanswered(s, q)
		return true
	})
	x.w.handler.Store.Free(t.waiting)
	*t = dnsExchange{}
}

// each calls f with the questions that wait, the oldest one first, until it returns
// false.
func (x *dnsTalks) each(t *dnsExchange, f func(q dnsQuestion) bool) {
	for b := x.w.handler.Store.Bytes(t.waiting); len(b) > 0; {
		q, size := readDNSQuestion(b)
		if !f(q) {
			return
		}
		b = b[size:]
	}
}

// forget drops the bytes from from to to of what waits.
func (x *dnsTalks) forget(t *dnsExchange, from, to int) {
	store := x.w.handler.Store
	b := store.Bytes(t.waiting)
	n := from + copy(b[from:], b[to:])
	if n == 0 {
		store.Free(t.waiting)
		t.waiting = 0
		return
	}
	store.Truncate(t.waiting, n)
}

// dnsQuestion is a question that waits for its answer.
type dnsQuestion struct {
	id, flags, kind uint16
	number          uint32 // of the transaction
	time            int64  // ns
	name            []byte
}

// is tells whether a message asks the question again.
func (q *dnsQuestion) is(d *application.DNSTold) bool {
	return q.id == d.ID && q.kind == d.Type && string(q.name) == string(d.Name)
}

// answeredBy tells whether a message answers the question. Errors may leave the
// question out.
func (q *dnsQuestion) answeredBy(d *application.DNSTold) bool {
	return q.id == d.ID && (!d.Question || q.kind == d.Type)
}

// dnsQuestionHeader is how many bytes stand before a name.
const dnsQuestionHeader = 3*2 + 4 + 8 + 1

func (q *dnsQuestion) size() int { return dnsQuestionHeader + len(q.name) }

func (q *dnsQuestion) append(dst []byte) []byte {
	for _, n := range [...]uint16{q.id, q.flags, q.kind} {
		dst = binary.LittleEndian.AppendUint16(dst, n)
	}
	dst = binary.LittleEndian.AppendUint32(dst, q.number)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(q.time))
	dst = append(dst, byte(len(q.name)))
	return append(dst, q.name...)
}

// readDNSQuestion reads what append has written, and returns how long it is. The
// name stays where it is.
func readDNSQuestion(b []byte) (q dnsQuestion, size int) {
	le := binary.LittleEndian
	q = dnsQuestion{id: le.Uint16(b), flags: le.Uint16(b[2:]), kind: le.Uint16(b[4:]), number: le.Uint32(b[6:]), time: int64(le.Uint64(b[10:]))}
	size = dnsQuestionHeader + int(b[dnsQuestionHeader-1])
	q.name = b[dnsQuestionHeader:size:size]
	return q, size
}
