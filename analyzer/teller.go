package analyzer

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
	"mmt/dataplane/ring"
	"mmt/report"
)

// moment is what happens at a packet, in this order.
type moment uint8

const (
	momentPacket   moment = iota // the packet is analysed
	momentExpiry                 // sessions end whose time is over
	momentPeriod                 // a stats-period ends
	momentQuery                  // the period of a query ends
	momentVerdicts               // verdicts of threads of their own are taken over
	momentRetune                 // other options hold from here on
	momentClose                  // the last sessions end
)

// teller is the end of a Merger that a worker has: it tells what happens to
// sessions, and the lines of reports.
type teller struct {
	merger  *Merger
	stories *ring.Broadcast[story]
	story   *story // being told
	number  uint64 // of the packet whose moment it is
	moment  moment
	packets func() uint64 // number of the packet that is analysed
	done    uint64        // number of the last packet of the last burst
	time    int64         // latest packet time by then, ns
	wait    ring.Backoff
}

// story is what a worker tells of one burst, or a part of it. It is used again with
// what it has grown to.
type story struct {
	done   uint64 // number of the last packet that all has been told of
	time   int64  // latest packet time, ns
	more   bool   // the next story goes on at the same moment
	events []event
	text   []byte // of the lines
	counts []count
	path   []dpi.ProtocolID // of the counts
	micro  []microFlow
	lte    []lteNote

	tunings []Options
}

type eventKind uint8

const (
	eventOpened eventKind = iota // a session has begun
	eventEnded                   // a session has ended
	eventSession
	eventLine
	eventCounts    // the counts of a stats-period
	eventMicroFlow // a session has ended as a micro flow
	eventLTE       // a message has told of a mobile network
	eventEvent     // attributes of a packet, for a report 1000
	eventQuery     // attributes of a packet, for reports 999
	eventQueryEnd  // the period of a query ends
	eventCount     // an attribute that counts
	eventFirst     // an attribute that tells when something began
	eventFile      // a file of a session is complete
	eventRetune    // other options hold from here on
)

// event is a part of a story.
type event struct {
	number  uint64 // of the packet at which it happens
	moment  moment
	kind    eventKind
	to      Channels
	report  uint16 // its place among those of the configuration
	slot    uint32 // of the session
	end     uint32 // of the line in story.text, of the counts in story.counts, or of the list of its kind
	gaps    report.Gaps
	control uint64 // session that is named as control session, by its first packet; or the number of a file
}

// count is the traffic of a path in a period.
type count struct {
	kind countKind
	end  int // of the path in story.path
	pathTraffic
}

type countKind uint8

const (
	countNoSession countKind = iota // packets of no session
	countFlows                      // packets of sessions
	countFragments                  // fragments
)

func newTeller(m *Merger) *teller {
	t := &teller{merger: m, stories: ring.NewBroadcast[story](storyRing, 1, ring.Wait), wait: ring.NewBackoff()}
	t.begin()
	return t
}

// storyRing is how many bursts a worker may be ahead of the others.
const storyRing = 256

// begin takes an empty story, when there is room.
func (t *teller) begin() {
	for {
		s, ok := t.stories.Next()
		if ok {
			s.events, s.text, s.counts, s.path = s.events[:0], s.text[:0], s.counts[:0], s.path[:0]
			s.micro, s.lte = s.micro[:0], s.lte[:0]
			s.tunings = s.tunings[:0]
			t.story = s
			t.wait.Reset()
			return
		}
		t.wait.Wait()
	}
}

// publish ends the story of a burst.
func (t *teller) publish(done uint64, now int64) {
	t.done, t.time = done, now
	t.hand(false)
}

// longStory is from how many bytes of lines on a story goes on in the next one: at
// the end of a period there may be a line for each session.
const longStory = 8 << 10

// turn goes on in the next story when this one is long.
func (t *teller) turn() {
	if len(t.story.text) >= longStory {
		t.hand(true)
	}
}

// hand hands a story over.
func (t *teller) hand(more bool) {
	t.story.done, t.story.time, t.story.more = t.done, t.time, more
	t.stories.Publish()
	t.merger.waker.Wake()
	t.begin()
}

// close ends the last story. The nil teller has none.
func (t *teller) close() {
	if t == nil {
		return
	}
	t.story.done, t.story.more = ^uint64(0), false
	t.stories.Close()
	t.merger.waker.Wake()
}

func (t *teller) at(number uint64, m moment) { t.number, t.moment = number, m }

// event appends an event that happens now.
func (t *teller) event(kind eventKind) *event {
	number := t.number
	if t.moment == momentPacket {
		number = t.packets()
	}
	t.story.events = append(t.story.events, event{number: number, moment: t.moment, kind: kind})
	return &t.story.events[len(t.story.events)-1]
}

func (t *teller) opened(s *session.Session) { t.event(eventOpened).slot = s.Slot }

func (t *teller) ended(s *session.Session) { t.event(eventEnded).slot = s.Slot }

// session tells a line of report 100 whose gaps are open.
func (t *teller) session(to Channels, line []byte, gaps report.Gaps, slot uint32, control uint64) {
	t.story.text = append(t.story.text, line...)
	e := t.event(eventSession)
	e.to, e.slot, e.gaps, e.control, e.end = to, slot, gaps, control, uint32(len(t.story.text))
	t.turn()
}

// line tells a line that is complete.
func (t *teller) line(to Channels, line []byte) {
	t.story.text = append(t.story.text, line...)
	e := t.event(eventLine)
	e.to, e.end = to, uint32(len(t.story.text))
	t.turn()
}

// count tells the traffic of a path; countsEnd tells that all of the period have
// been told.
func (t *teller) count(kind countKind, path []dpi.ProtocolID, n *pathTraffic) {
	t.story.path = append(t.story.path, path...)
	t.story.counts = append(t.story.counts, count{kind, len(t.story.path), *n})
}

func (t *teller) countsEnd() { t.event(eventCounts).end = uint32(len(t.story.counts)) }

// file tells that a file of a session is complete, of which the number is to be
// told.
func (t *teller) file(slot uint32, job uint64) {
	e := t.event(eventFile)
	e.slot, e.control = slot, job
}
