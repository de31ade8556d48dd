package dump

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"mmt/analyzer/spool"
	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// Options of a Dump (manual section 3.1, block dump-pcap).
type Options struct {
	Dir     string
	Threads int
	Period  int64 // ns of packet time; then a thread begins a new file
	Retain  int   // the last files to keep, of all threads and earlier runs; 0: all
	SnapLen int   // most bytes kept of a packet; 0: all
	Wait    bool  // threads wait for the disk, as a trace can; else packets are lost

	// OnError, if set, is told of the first error of those that follow one another.
	OnError func(error)
}

// Stats counts what a Dump has done.
type Stats struct {
	Packets uint64 // written
	Lost    uint64 // given to a feed and not written: there was no room, or the disk failed
	Files   uint64 // begun
}

// Add adds what another Dump has done.
func (s *Stats) Add(o *Stats) {
	s.Packets += o.Packets
	s.Lost += o.Lost
	s.Files += o.Files
}

// Dump writes packets of several threads to classic pcap files, each thread to its
// own, named <seconds.micros>_<thread>_dump.pcap by its first packet; threads count
// from 1 on. Since a file has one link type, packets of another one than the
// thread's first go to files named ..._dump-link<number>.pcap.
type Dump struct {
	options Options
	queue   *spool.Queue
	feeds   []*Feed
	folder  *folder
	files   map[place]*trace
	first   map[int]dataplane.LinkType // by thread
	done    sync.WaitGroup

	packets, failed, begun atomic.Uint64
	bad                    bool // the latest packets could not be written
}

// place is whose packets a file has.
type place struct {
	thread int
	link   dataplane.LinkType
}

// trace is a file that is being written.
type trace struct {
	name   string
	file   *os.File
	buffer *bufio.Writer
	out    *pcapfile.Writer
	end    int64 // packets from this time on go to another file

	waiting uint64 // packets in the buffer
}

// Feed takes the packets of one thread.
type Feed struct {
	feed  *spool.Feed
	snap  int
	since int64 // time of the first packet that waits, 0: none does
	lost  atomic.Uint64
}

// Open begins to dump into a folder, which must exist.
func Open(o Options) (*Dump, error) {
	folder, err := openFolder(o.Dir, o.Retain, isDump)
	if err != nil {
		return nil, err
	}
	d := &Dump{
		options: o, folder: folder, files: map[place]*trace{}, first: map[int]dataplane.LinkType{},
		queue: spool.New(spool.Options{Threads: o.Threads, Chunks: chunks, Size: chunkSize, Wait: o.Wait}),
	}
	snap := o.SnapLen
	if largest := chunkSize - recordHead - packetHead; snap == 0 || snap > largest {
		snap = largest
	}
	for thread := range o.Threads {
		d.feeds = append(d.feeds, &Feed{feed: d.queue.Feed(thread), snap: snap})
	}
	d.done.Go(d.run)
	return d, nil
}

// isDump tells the last parts of the names of a Dump's files.
func isDump(rest string) bool {
	return rest == "dump.pcap" || strings.HasPrefix(rest, "dump-link") && strings.HasSuffix(rest, ".pcap")
}

// Feed returns that of a thread, from 0 on.
func (d *Dump) Feed(thread int) *Feed { return d.feeds[thread] }

// Packet copies a packet.
func (f *Feed) Packet(p *dataplane.Packet) {
	r := packet{time: p.Time, wire: p.Len, link: p.Link, data: p.Data[:min(len(p.Data), f.snap)]}
	if !putPacket(f.feed, &r) {
		f.lost.Add(1)
	} else if f.since == 0 {
		f.since = p.Time
	}
}

// Tick tells the packet time, ns, after a burst.
func (f *Feed) Tick(now int64) {
	if f.since != 0 && (now-f.since >= flushAfter || now < f.since) {
		f.Flush()
	}
}

// Flush hands over what waits. Call it after the last packet.
func (f *Feed) Flush() {
	f.feed.Flush()
	f.since = 0
}

// Stats may be called from any goroutine.
func (d *Dump) Stats() Stats {
	s := Stats{Packets: d.packets.Load(), Lost: d.failed.Load(), Files: d.begun.Load()}
	for _, f := range d.feeds {
		s.Lost += f.lost.Load()
	}
	return s
}

// Close completes all files, after the feeds were flushed.
func (d *Dump) Close() error {
	d.queue.Close()
	d.done.Wait()
	return d.folder.root.Close()
}

func (d *Dump) run() {
	for c := range d.queue.Chunks() {
		for rest := c.Data; len(rest) > 0; {
			var contents []byte
			_, contents, rest = next(rest)
			p := packetOf(contents)
			if err := d.write(c.Thread, &p); err != nil {
				d.lose(1, err)
			}
		}
		for at, t := range d.files {
			if at.thread == c.Thread {
				d.settle(at, t.buffer.Flush())
			}
		}
		d.queue.Done(c)
	}
	for at, t := range d.files {
		d.settle(at, t.buffer.Flush())
		if t := d.files[at]; t != nil {
			t.file.Close()
		}
	}
}

// lose counts packets that an error keeps from being written.
func (d *Dump) lose(n uint64, err error) {
	d.failed.Add(n)
	if !d.bad && d.options.OnError != nil {
		d.options.OnError(err)
	}
	d.bad = true
}

// settle counts the packets of a file whose buffer was flushed, or could not be:
// then the next packet begins another file.
func (d *Dump) settle(at place, err error) {
	t := d.files[at]
	if err == nil {
		d.packets.Add(t.waiting)
		d.bad = d.bad && t.waiting == 0
	} else {
		d.lose(t.waiting, err)
		t.file.Close()
		delete(d.files, at)
	}
	t.waiting = 0
}

// write writes a packet.
func (d *Dump) write(thread int, p *packet) error {
	at := place{thread, p.link}
	if t := d.files[at]; t != nil && p.time >= t.end {
		if d.settle(at, t.buffer.Flush()); d.files[at] != nil {
			t.file.Close()
			delete(d.files, at)
		}
	}
	if d.files[at] == nil {
		t, err := d.create(at, p.time)
		if err != nil {
			return err
		}
		d.files[at] = t
	}
	t := d.files[at]
	if err := t.out.WritePacket(p.time, p.wire, p.data); err != nil {
		d.settle(at, err)
		return err
	}
	t.waiting++
	return nil
}

// create begins a file.
func (d *Dump) create(at place, time int64) (*trace, error) {
	file, name, err := d.folder.create(time, at.thread+1, d.rest(at), func(name string) bool {
		for _, t := range d.files {
			if t.name == name {
				return true
			}
		}
		return false
	})
	if err != nil {
		return nil, err
	}
	t := &trace{name: name, file: file, buffer: bufio.NewWriterSize(file, 64<<10), end: time + d.options.Period}
	if t.out, err = pcapfile.NewWriter(t.buffer, at.link, true); err != nil {
		file.Close()
		return nil, err
	}
	d.begun.Add(1)
	return t, nil
}

// rest returns the last part of the name of a file.
func (d *Dump) rest(at place) string {
	first, known := d.first[at.thread]
	if !known {
		d.first[at.thread], first = at.link, at.link
	}
	if at.link == first {
		return "dump.pcap"
	}
	return fmt.Sprintf("dump-link%d.pcap", at.link)
}
