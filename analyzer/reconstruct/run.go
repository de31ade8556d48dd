package reconstruct

import (
	"errors"
	"io"
)

// run is the goroutine of the Store.
func (s *Store) run() {
	chunks := s.queue.Chunks()
	for open := true; open; {
		select {
		case c, ok := <-chunks:
			if open = ok; !ok {
				break
			}
			for rest := c.Data; len(rest) > 0; {
				var kind Kind
				var number uint64
				var data []byte
				kind, number, data, rest = nextPiece(rest)
				s.add(kind, key{c.Thread, number}, data)
			}
			s.passed[c.Thread] = c.Number
			s.queue.Done(c)
		case <-s.wake:
		}
		s.settle()
	}
	s.end()
}

// add appends a piece to its body.
func (s *Store) add(kind Kind, k key, data []byte) {
	j := s.jobs[k]
	if j == nil {
		if len(s.jobs) >= maxJobs {
			return // its end will find nothing
		}
		j = &job{folder: s.folders[kind], part: partOf(k)}
		s.jobs[k] = j
	}
	if err := j.add(data); err != nil {
		j.cut = true
		s.fail(err)
	}
}

// settle takes the news, and writes the files of which everything is known.
func (s *Store) settle() {
	s.mu.Lock()
	list := s.news
	s.news = nil
	s.room.Broadcast()
	s.mu.Unlock()
	for i := range list {
		s.hear(&list[i])
	}
	waiting := s.waiting[:0]
	for _, end := range s.waiting { // in their order: who comes first has the name
		if end.session != 0 && s.passed[end.thread] >= end.chunk {
			s.finish(end)
		} else {
			waiting = append(waiting, end)
		}
	}
	clear(s.waiting[len(waiting):])
	s.waiting = waiting
}

// hear puts the end of a file and the number of its session together.
func (s *Store) hear(n *news) {
	switch end := s.ends[n.key]; {
	case n.file == nil && end != nil:
		end.session = n.session
		delete(s.ends, n.key)
	case n.file == nil:
		s.numbers[n.key] = n.session
	default:
		if n.session == 0 {
			n.session = s.numbers[n.key]
			delete(s.numbers, n.key)
		}
		s.waiting = append(s.waiting, n)
		if n.session == 0 {
			s.ends[n.key] = n
		}
	}
}

// end finishes what is left, though numbers of sessions be missing, and drops bodies
// whose end nobody has told.
func (s *Store) end() {
	for _, end := range s.waiting {
		s.finish(end)
	}
	for _, j := range s.jobs {
		j.drop()
	}
}

// finish writes a file and tells what became of it.
func (s *Store) finish(end *news) {
	f, j := end.file, s.jobs[end.key]
	delete(s.jobs, end.key)
	r := &f.Report
	r.Status = Incomplete
	if j == nil {
		s.count(func(n *Stats) { n.Refused++ })
	} else {
		f.Cut = f.Cut || j.cut
		name, size, status, err := s.write(j, f, end.session)
		r.Status = status
		s.tally(name, size, err)
		if name != "" {
			r.Path = []byte(j.folder.path(name))
		}
	}
	if s.options.Done != nil {
		s.options.Done(end.thread, f.Kind, r)
	}
}

// tally counts a file; without a name it was not written.
func (s *Store) tally(name string, size int64, err error) {
	if err != nil {
		s.fail(err)
	} else {
		s.bad = false
	}
	s.count(func(n *Stats) {
		if name == "" {
			n.Refused++
			return
		}
		n.Files++
		n.Bytes += uint64(size)
	})
}

func (s *Store) count(f func(*Stats)) {
	s.statsMu.Lock()
	defer s.statsMu.Unlock()
	f(&s.stats)
}

// fail tells the first error of those of the disk that follow one another.
func (s *Store) fail(err error) {
	if !s.bad && s.options.OnError != nil {
		s.options.OnError(err)
	}
	s.bad = true
}

// write writes the file of a body: decoded where that can be, else as it came. The
// name is empty where nothing could be written; err is of the disk.
func (s *Store) write(j *job, f *File, session uint64) (name string, size int64, status uint8, err error) {
	if f.Cut {
		status = Incomplete
	}
	if j.size() == 0 { // a limit left no room for it
		j.drop()
		return "", 0, Incomplete, nil
	}
	if !plain(f.Transfer) || !plain(f.Content) {
		var done bool
		if name, size, done, err = s.decode(j, f, session); done {
			return name, size, status, err
		}
		if status = Undecoded; errors.Is(err, errUnsupported) {
			status = Unsupported
		}
	}
	size = j.size()
	name = j.folder.take(session, f)
	if err = j.keep(name); err != nil {
		j.drop()
		name, status = "", Incomplete
	}
	return name, size, status, err
}

// decode writes the decoded file of a body. Where that cannot be, done is false and
// err says why, unless it is the disk that failed.
func (s *Store) decode(j *job, f *File, session uint64) (name string, size int64, done bool, err error) {
	decoded, size, err := j.decode(f)
	switch broken := (*diskError)(nil); {
	case errors.As(err, &broken):
		j.drop()
		return "", 0, true, err
	case err == nil, errors.Is(err, io.ErrUnexpectedEOF) && f.Cut && size > 0:
		j.drop()
		name = j.folder.take(session, f)
		if err = j.folder.root.Rename(decoded, name); err != nil {
			name = ""
		}
		return name, size, true, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		j.folder.root.Remove(decoded)
		j.folder.used -= size
	case errors.Is(err, errBomb):
		s.count(func(n *Stats) { n.Bombs++ })
	}
	return "", 0, false, err
}

// plain tells whether there is nothing to decode.
func plain(c Coding) bool { return c == Identity || c == Chunked }
