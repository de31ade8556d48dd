package verifier

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mmt/output"
)

// Destination says where verdicts go. With neither file nor redis they go to
// Stdout.
type Destination struct {
	File         string // folder, or file if its name has an extension; "FOLDER:N" begins a new file each N seconds
	Redis        string // HOST[:PORT]
	RedisChannel string // "": DefaultRedisChannel
	Both         bool   // Stdout even if there is another
	Stdout       io.Writer
	Durable      bool // a complete file survives a power failure

	// OnError is told when a channel begins to fail, and with nil when it works
	// again.
	OnError func(channel string, err error)
	Log     *slog.Logger // of the channel redis, which tells more; nil: none
}

// verdictFile ends the names of files in a folder.
const verdictFile = "verdicts.csv"

// thread is the number of the analysis in the names of files.
const thread = 1

// Open opens the channels. The writer's Close closes all; done frees what they
// share and is called after it.
func (d *Destination) Open() (w *output.Writer, done func(), err error) {
	w = output.NewWriter(output.Options{CachePeriod: d.period(), OnError: d.OnError})
	done = func() {}
	if d.Redis != "" {
		topic := d.RedisChannel
		if topic == "" {
			topic = DefaultRedisChannel
		}
		c, err := openRedis(d.Redis, topic, d.Log)
		if err != nil {
			return nil, nil, err
		}
		w.Enable(output.ToRedis, c)
	}
	if d.File != "" {
		if done, err = d.openFile(w); err != nil {
			return nil, nil, err
		}
	}
	if d.Both || d.File == "" && d.Redis == "" {
		w.Enable(output.ToStdout, output.NewStdout(d.Stdout).Channel())
	}
	return w, done, nil
}

// folder splits "FOLDER:N"; seconds is 0 if there is no N.
func (d *Destination) folder() (path string, seconds int) {
	if at := strings.LastIndexByte(d.File, ':'); at > 0 {
		if n, err := strconv.ParseUint(d.File[at+1:], 10, 31); err == nil && n > 0 {
			return d.File[:at], int(n)
		}
	}
	return d.File, 0
}

// period is how long verdicts wait before they are written: what somebody may be
// watching should be seen soon.
func (d *Destination) period() time.Duration {
	if _, seconds := d.folder(); seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	return 2 * tickPeriod
}

// openFile enables the file or folder.
func (d *Destination) openFile(w *output.Writer) (done func(), err error) {
	path, seconds := d.folder()
	if seconds == 0 && !isFolder(path) {
		f, err := os.Create(path)
		if err != nil {
			return nil, fmt.Errorf("-f: %w", err)
		}
		w.Enable(output.ToFile, &plainFile{f: f})
		return func() {}, nil
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("-f: %w", err)
	}
	files, err := output.OpenFiles(output.FileOptions{Dir: path, Name: verdictFile, Sample: seconds > 0, Threads: thread, NoSync: !d.Durable})
	if err != nil {
		return nil, fmt.Errorf("-f: %w", err)
	}
	w.Enable(output.ToFile, files.Channel(thread))
	return func() { files.Close() }, nil
}

// isFolder tells whether a path that need not exist names a folder.
func isFolder(path string) bool {
	if info, err := os.Stat(path); err == nil {
		return info.IsDir()
	}
	return strings.HasSuffix(path, "/") || filepath.Ext(path) == ""
}

// plainFile is one file that takes all lines. It implements output.Channel.
type plainFile struct {
	f    *os.File
	size int64 // of whole lines
}

// Name implements output.Channel.
func (c *plainFile) Name() string { return "file" }

// Write implements output.Channel. Of a batch that did not fit nothing stays.
func (c *plainFile) Write(b *output.Batch, _ int64) (int, error) {
	n, err := c.f.Write(b.Bytes())
	if err != nil {
		_, seekErr := c.f.Seek(c.size, io.SeekStart)
		return 0, errors.Join(err, c.f.Truncate(c.size), seekErr)
	}
	c.size += int64(n)
	return b.Len(), nil
}

// Flush implements output.Channel: lines are out already.
func (c *plainFile) Flush(int64) error { return nil }

// Close implements output.Channel.
func (c *plainFile) Close() error { return c.f.Close() }

// Lost implements output.Channel: nothing that was taken is lost.
func (c *plainFile) Lost() uint64 { return 0 }
