package output

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// completerQueue is how many written files may wait before workers wait.
	completerQueue = 256
	// maxUnfinished is how many files may wait for a .sem that cannot be created
	// (each keeps a file open) before the oldest is given up.
	maxUnfinished = 64
	// retryPeriod is the time between two tries to create a .sem.
	retryPeriod = time.Second
)

// errFileGone is the end of a file that somebody removed while it was written.
var errFileGone = errors.New("removed or moved while it was being written")

// writtenFile is a file to which nothing will be added.
type writtenFile struct {
	*os.File // locked
	owner    *FileChannel
	lines    uint64
	synced   bool
	hopeless bool // what went wrong will not go right later
}

// completer turns written files into complete ones, in its own goroutine.
type completer struct {
	files   *Files
	queue   chan *writtenFile
	drains  chan drainRequest
	waiting []*writtenFile // tried, to be tried again
	over    chan struct{}  // closed when the goroutine is to end
	ended   chan struct{}
}

// drainRequest asks to settle all files of a channel.
type drainRequest struct {
	owner *FileChannel
	done  chan struct{}
}

func startCompleter(f *Files) *completer {
	c := &completer{
		files:  f,
		queue:  make(chan *writtenFile, completerQueue),
		drains: make(chan drainRequest),
		over:   make(chan struct{}),
		ended:  make(chan struct{}),
	}
	go c.run()
	return c
}

// add gives a file to the completer. After the end, to which a disk that stood still
// may bring a channel, the file is left to the next run.
func (c *completer) add(f *writtenFile) {
	select {
	case <-c.over:
	default:
		select {
		case c.queue <- f:
			return
		case <-c.over:
		}
	}
	f.owner.lost.Add(f.lines)
	f.Close()
}

// drain waits until all files of owner are complete or given up.
func (c *completer) drain(owner *FileChannel) {
	req := drainRequest{owner, make(chan struct{})}
	select {
	case c.drains <- req:
		<-req.done
	case <-c.ended:
	}
}

// stop ends the goroutine after the files that were added.
func (c *completer) stop() {
	close(c.over)
	<-c.ended
}

func (c *completer) run() {
	defer close(c.ended)
	retry := time.NewTicker(retryPeriod)
	defer retry.Stop()
	for {
		select {
		case f := <-c.queue:
			c.try(f)
		case <-c.over:
			c.emptyQueue()
			c.settle(nil)
			return
		case req := <-c.drains:
			c.emptyQueue()
			c.settle(req.owner)
			close(req.done)
		case <-c.whenWaiting(retry):
			c.retry()
		}
	}
}

// whenWaiting is the ticker's channel if a file waits for it, else nil, so that
// an idle completer sleeps.
func (c *completer) whenWaiting(t *time.Ticker) <-chan time.Time {
	if len(c.waiting) == 0 {
		return nil
	}
	return t.C
}

// emptyQueue tries all files that were added before a drain.
func (c *completer) emptyQueue() {
	for len(c.queue) > 0 {
		c.try(<-c.queue)
	}
}

// try completes f, or keeps it for later.
func (c *completer) try(f *writtenFile) {
	err := c.complete(f)
	if err == nil || f.hopeless {
		c.release(f, err)
		return
	}
	f.owner.fail(err)
	c.waiting = append(c.waiting, f)
	if len(c.waiting) > maxUnfinished {
		c.release(c.waiting[0], err)
		c.waiting = c.waiting[1:]
	}
}

func (c *completer) retry() {
	again := c.waiting
	c.waiting = nil
	for _, f := range again {
		c.try(f)
	}
}

// settle tries all waiting files once more and gives up those of owner (nil:
// all) that still fail.
func (c *completer) settle(owner *FileChannel) {
	again := c.waiting
	c.waiting = nil
	for _, f := range again {
		err := c.complete(f)
		if err != nil && owner != nil && f.owner != owner {
			c.waiting = append(c.waiting, f)
			continue
		}
		c.release(f, err)
	}
}

// release closes f, which is complete (err nil) or given up, and lets old
// files be deleted.
func (c *completer) release(f *writtenFile, err error) {
	if err != nil {
		f.owner.fail(fmt.Errorf("%w: %d lines have no complete file", err, f.lines))
		if !errors.Is(err, errFileGone) || deleted(f.File) {
			f.owner.lost.Add(f.lines)
		}
	}
	f.Close()
	if f.lines == 0 || errors.Is(err, errFileGone) {
		c.files.retain.forget(baseName(f.File))
	}
	c.files.retain.done(baseName(f.File))
	if err := c.files.retain.prune(); err != nil {
		f.owner.fail(fmt.Errorf("retain-files: %w", err))
	}
}

// complete syncs f and creates its .sem; it may be called again after an error
// unless f is hopeless.
func (c *completer) complete(f *writtenFile) error {
	path := f.Name()
	if !stillThere(f.File, path) {
		f.hopeless = true
		return fmt.Errorf("%s: %w", path, errFileGone)
	}
	if f.lines == 0 { // nothing could be written
		return os.Remove(path)
	}
	if err := c.sync(f); err != nil {
		return err
	}
	if err := createSem(path); err != nil {
		return err
	}
	if !c.files.opt.NoSync {
		// The file is complete for every reader, whatever happens here.
		if err := syncDir(c.files.opt.Dir); err != nil {
			f.owner.fail(err)
		}
	}
	return nil
}

// sync brings f to the disk. After an error the kernel may take the data for
// written, so that a second try would say nothing.
func (c *completer) sync(f *writtenFile) error {
	if f.synced || c.files.opt.NoSync {
		return nil
	}
	if err := f.Sync(); err != nil {
		f.hopeless = true
		return err
	}
	f.synced = true
	return nil
}

// createSem says that the file path is complete.
func createSem(path string) error {
	sem, err := os.OpenFile(path+semSuffix, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	return sem.Close()
}

// syncDir makes the names in dir durable, where the file system can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

func baseName(f *os.File) string { return filepath.Base(f.Name()) }
