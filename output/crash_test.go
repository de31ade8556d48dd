package output

import (
	"bufio"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test program starts itself again as a probe that can be killed or put
// under limits: childRole says as which, childDir where it writes.
const (
	childRole = "OUTPUT_TEST_CHILD"
	childDir  = "OUTPUT_TEST_DIR"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childRole) {
	case "endless":
		writeEndlessly(os.Getenv(childDir))
	case "limited":
		writeLimited(os.Getenv(childDir))
	case "file", "detached", "spill":
		writeStepwise(os.Getenv(childRole), os.Getenv(childDir))
	default:
		os.Exit(m.Run())
	}
}

func child(t *testing.T, role, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childDir+"="+dir)
	cmd.Stderr = os.Stderr
	return cmd
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// checkedLine is a line that shows whether it is whole: writer, number, checksum.
func checkedLine(writer string, n int) []byte {
	body := fmt.Sprintf("%s %d %s", writer, n, strings.Repeat("z", n%700))
	return fmt.Appendf(nil, "%s %08x", body, crc32.ChecksumIEEE([]byte(body)))
}

// parseCheckedLine reads what checkedLine wrote and a line end.
func parseCheckedLine(line string) (writer string, n int, ok bool) {
	at := strings.LastIndexByte(line, ' ')
	if at < 0 || line[at+1:] != fmt.Sprintf("%08x\n", crc32.ChecksumIEEE([]byte(line[:at]))) {
		return "", 0, false
	}
	writer, rest, _ := strings.Cut(line, " ")
	number, _, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(number)
	return writer, n, err == nil
}

// writeEndlessly is a probe of two threads with large batches and short
// periods, until it is killed.
func writeEndlessly(dir string) {
	f, err := OpenFiles(FileOptions{Dir: dir, Name: "data.csv", Sample: true})
	fatal(err)
	for thread := range 2 {
		w := NewWriter(Options{CacheMax: 20000, CachePeriod: 20 * time.Millisecond})
		w.Enable(ToFile, f.Channel(thread))
		go func() {
			for n := 0; ; n++ {
				w.Tick(time.Now().UnixNano())
				w.Write(ToFile, checkedLine(fmt.Sprintf("%d/%d", os.Getpid(), thread), n))
			}
		}()
	}
	select {}
}

// waitForFiles waits until n more files are complete.
func waitForFiles(t *testing.T, dir string, n int) {
	t.Helper()
	count := func() int {
		sems, _ := filepath.Glob(filepath.Join(dir, "*"+semSuffix))
		return len(sems)
	}
	start := count()
	for deadline := time.Now().Add(longTime); count() < start+n; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the child completes no files")
		}
	}
}

func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills programs for a second")
	}
	dir := t.TempDir()
	for range 3 {
		cmd := child(t, "endless", dir)
		noError(t, cmd.Start())
		waitForFiles(t, dir, 4)
		time.Sleep(rand.N(40 * time.Millisecond))
		noError(t, cmd.Process.Kill())
		cmd.Wait()
		checkWholeLines(t, dir)
	}
	f := openFiles(t, FileOptions{Dir: dir})
	t.Log(f.Recovered())
	if f.Recovered().Err != nil {
		t.Error(f.Recovered().Err)
	}
	f.Close()
	if files, lines := checkWholeLines(t, dir); files < 12 || lines < 1000 {
		t.Errorf("only %d files with %d lines: nothing was tested", files, lines)
	}
	for _, name := range listDir(t, dir) {
		if !strings.HasSuffix(name, semSuffix) && !exists(filepath.Join(dir, name+semSuffix)) {
			t.Errorf("%s has no .sem after the recovery", name)
		}
	}
}

// checkWholeLines checks that files with .sem hold whole lines only, and, over
// all files, that no line of a writer is missing between two others.
func checkWholeLines(t *testing.T, dir string) (files, total int) {
	t.Helper()
	next := map[string]int{}
	for _, name := range listDir(t, dir) {
		text, complete := strings.CutSuffix(name, semSuffix)
		if !complete {
			continue
		}
		files++
		content := readFile(t, dir, text)
		if !strings.HasSuffix(content, "\n") {
			t.Fatalf("%s does not end by a whole line", text)
		}
		for line := range strings.Lines(content) {
			writer, n, ok := parseCheckedLine(line)
			if !ok {
				t.Fatalf("%s has the broken line %.200q", text, line)
			}
			if n != next[writer] {
				t.Fatalf("%s: line %d of %s, want %d", text, n, writer, next[writer])
			}
			next[writer]++
			total++
		}
	}
	return files, total
}

const (
	limitedLines = 1000
	sizeLimit    = 100_001 // bytes of a file; no line ends there
)

// limitFileSize makes the disk full, as far as this process can see.
func limitFileSize(bytes uint64) {
	var limit syscall.Rlimit
	fatal(syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit))
	limit.Cur = bytes
	fatal(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
}

// writeLimited is a probe whose disk is full for two periods. What it cannot
// write in the first goes on in the next.
func writeLimited(dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	f, err := OpenFiles(FileOptions{Dir: dir, Name: "data.csv", Sample: true})
	fatal(err)
	w := NewWriter(Options{CacheMax: limitedLines, OnError: func(_ string, err error) { fmt.Println("told:", err) }})
	w.Enable(ToFile, f.Channel(1))
	limitFileSize(sizeLimit)
	for n := range limitedLines {
		w.Write(ToFile, checkedLine("limited", n))
	}
	fmt.Printf("%+v\n", w.Stats()[0])
	limitFileSize(0)
	w.Flush(1)
	limitFileSize(1 << 40)
	w.Flush(2)
	fatal(w.Close(3))
	f.Close()
	fmt.Printf("%+v\n", w.Stats()[0])
}

func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	out, err := child(t, "limited", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	if strings.Count(text, "told:") != 2 || !strings.Contains(text, "file too large") || !strings.Contains(text, "told: <nil>") {
		t.Errorf("told %q, want one error and its end", text)
	}
	if !strings.Contains(text, fmt.Sprintf("Written:%d Pending:0 Lost:0", limitedLines)) {
		t.Errorf("figures at the end: %s", text)
	}
	files, total := checkWholeLines(t, dir)
	if files != 2 || total != limitedLines {
		t.Errorf("%d files with %d lines, want 2 with %d", files, total, limitedLines)
	}
	first := listDir(t, dir)[0]
	if size := len(readFile(t, dir, first)); size >= sizeLimit || size < sizeLimit-1000 {
		t.Errorf("the file written while the disk got full has %d bytes", size)
	}
	if got := len(listDir(t, dir)); got != 4 {
		t.Errorf("folder has %q: also files without lines", listDir(t, dir))
	}
}

// stepLines is how many lines make a batch of writeStepwise.
const stepLines = 10

// writeStepwise is a probe that writes batch after batch, until it is killed, and
// says on its standard output how many lines a channel has taken for good.
func writeStepwise(role, dir string) {
	ch, settled := stepChannel(role, dir)
	w := NewWriter(Options{CacheMax: stepLines})
	w.Enable(ToFile, ch)
	for n := 0; ; {
		for range stepLines + 3 { // so that the kill finds lines that wait
			w.Write(ToFile, fmt.Appendf(nil, "line %d", n))
			n++
		}
		for settled() < n/stepLines*stepLines {
			time.Sleep(time.Millisecond)
		}
		fmt.Println(n / stepLines * stepLines)
	}
}

// stepChannel returns the channel of a role, and how many lines a kill does not
// touch.
func stepChannel(role, dir string) (ch Channel, settled func() int) {
	if role == "spill" {
		q, err := NewQueue(&fakeRemote{down: true}, QueueOptions{Name: "gone", SpillDir: dir, SpillSize: 1 << 30, BatchLines: stepLines})
		fatal(err)
		return q.Channel(), func() int { return int(q.Stats().Spilled) }
	}
	f, err := OpenFiles(FileOptions{Dir: dir, Name: "data.csv", Sample: true})
	fatal(err)
	if role == "file" {
		return f.Channel(1), func() int { return math.MaxInt }
	}
	d := Detach(f.Channel(1), QueueOptions{BatchLines: stepLines})
	return d.Channel(), func() int { return int(d.Stats().Written) }
}

// TestKillLosesOneBatch kills a probe at any moment: the next run has all lines
// but those of the batch that was being filled.
func TestKillLosesOneBatch(t *testing.T) {
	for _, role := range []string{"file", "detached", "spill"} {
		t.Run(role, func(t *testing.T) {
			dir := t.TempDir()
			cmd := child(t, role, dir)
			out, err := cmd.StdoutPipe()
			noError(t, err)
			noError(t, cmd.Start())
			said, steps := 0, 50+rand.IntN(20)
			for in := bufio.NewScanner(out); in.Scan(); steps-- {
				said, err = strconv.Atoi(in.Text())
				noError(t, err)
				if steps == 0 {
					noError(t, cmd.Process.Kill())
				}
			}
			cmd.Wait()
			got := leftLines(t, role, dir)
			checkLines(t, got, len(got))
			if n := len(got); said < 500 || n < said || n > said+2*(stepLines+3) {
				t.Errorf("%d lines are left, %d were taken", n, said)
			}
		})
	}
}

// leftLines returns the lines that the next run finds.
func leftLines(t *testing.T, role, dir string) (got []string) {
	t.Helper()
	if role == "spill" {
		return readSpill(t, openTestSpill(t, dir, 1<<30))
	}
	f := openFiles(t, FileOptions{Dir: dir, Sample: true})
	defer f.Close()
	noError(t, f.Recovered().Err)
	for _, name := range listDir(t, dir) {
		if !strings.HasSuffix(name, semSuffix) {
			got = append(got, strings.Split(strings.TrimSuffix(readFile(t, dir, name), "\n"), "\n")...)
		}
	}
	return got
}
