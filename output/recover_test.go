package output

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRecover(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("y", 10000)
	for name, text := range map[string]string{
		"1.000000_1_data.csv":  "whole\nhalf",
		"2.000000_1_data.csv":  "whole\n",
		"3.000000_1_data.csv":  "half",
		"4.000000_1_data.csv":  "",
		"5.000000_1_data.csv":  "a\n" + long,
		"6.000000_1_data.csv":  "complete before, half or not",
		"7.000000_1_other.csv": "not ours",
	} {
		put(t, dir, name, text)
	}
	put(t, dir, "6.000000_1_data.csv.sem", "")
	f := openFiles(t, FileOptions{Dir: dir})
	defer f.Close()
	want := Recovery{Files: 3, HalfLine: 2, CutBytes: int64(4 + 4 + len(long))}
	if got := f.Recovered(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if s := want.String(); !strings.Contains(s, "3 completed") || (Recovery{}).String() != "" {
		t.Errorf("described as %q and %q", s, Recovery{})
	}
	checkDirHas(t, dir, "1.000000_1_data.csv", "1.000000_1_data.csv.sem", "2.000000_1_data.csv", "2.000000_1_data.csv.sem",
		"5.000000_1_data.csv", "5.000000_1_data.csv.sem", "6.000000_1_data.csv", "6.000000_1_data.csv.sem", "7.000000_1_other.csv")
	for name, text := range map[string]string{
		"1.000000_1_data.csv": "whole\n", "2.000000_1_data.csv": "whole\n", "5.000000_1_data.csv": "a\n",
		"6.000000_1_data.csv": "complete before, half or not", "7.000000_1_other.csv": "not ours",
	} {
		if got := readFile(t, dir, name); got != text {
			t.Errorf("%s has %q", name, got)
		}
	}
}

// TestRecoverSparesLiveFile: another probe writes into the same folder.
func TestRecoverSparesLiveFile(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, FileOptions{Dir: dir, Sample: true})
	c := f.Channel(1)
	mustWrite(t, c, "a")
	other := openFiles(t, FileOptions{Dir: dir, Sample: true, Retain: 2})
	if got, want := other.Recovered(), (Recovery{Busy: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	checkDirHas(t, dir, "1552302610.832958_1_data.csv")
	d := other.Channel(1)
	mustWrite(t, d, "b") // the same clock: the next name
	noError(t, c.Close())
	noError(t, d.Close())
	f.Close()
	other.Close()
	checkDirHas(t, dir, "1552302610.832958_1_data.csv", "1552302610.832958_1_data.csv.sem",
		"1552302611.832958_1_data.csv", "1552302611.832958_1_data.csv.sem")
}

func TestRecoverKeepsGoing(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "1.000000_1_data.csv", "whole\n")
	put(t, dir, "2.000000_1_data.csv", "whole\n")
	noError(t, os.Mkdir(filepath.Join(dir, "2.000000_1_data.csv.sem.x"), 0o755))
	noError(t, os.Symlink("1.000000_1_data.csv", filepath.Join(dir, "3.000000_1_data.csv")))
	noError(t, os.Mkdir(filepath.Join(dir, "4.000000_1_data.csv"), 0o755))
	f := openFiles(t, FileOptions{Dir: dir})
	defer f.Close()
	if got := f.Recovered(); got.Files != 2 || got.Err != nil {
		t.Errorf("%+v", got)
	}
}

// FuzzRecover: whatever a crash leaves, recovery keeps exactly the whole lines.
func FuzzRecover(f *testing.F) {
	f.Add([]byte("a\nb"))
	f.Add(bytes.Repeat([]byte("x\n"), 5000))
	f.Add(append([]byte("x\n"), bytes.Repeat([]byte("y"), 8191)...))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := os.CreateTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.Remove(file.Name())
		defer file.Close()
		file.Write(content)
		size, cut, err := cutHalfLine(file)
		noError(t, err)
		whole := content[:bytes.LastIndexByte(content, '\n')+1]
		if got := readFile(t, file.Name()); got != string(whole) || size != int64(len(whole)) || cut != int64(len(content)-len(whole)) {
			t.Errorf("%q becomes %q (size %d, cut %d)", content, got, size, cut)
		}
	})
}
