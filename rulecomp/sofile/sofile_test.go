package sofile

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ebitengine/purego"
)

func TestWriteOpen(t *testing.T) {
	for _, text := range []string{"", "(rules 1)\n", strings.Repeat("(property)\n", 100_000)} {
		path := filepath.Join(t.TempDir(), "rules.so")
		if err := Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		c, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(c.Text) != text || c.HasCode {
			t.Errorf("read %d bytes, code %v, want %d bytes", len(c.Text), c.HasCode, len(text))
		}
		lib, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
		if err != nil {
			t.Fatalf("the dynamic linker refuses the file: %v", err)
		}
		if err := purego.Dlclose(lib); err != nil {
			t.Error(err)
		}
	}
}

func TestWriteError(t *testing.T) {
	if err := Write(filepath.Join(t.TempDir(), "no", "rules.so"), nil); err == nil || !strings.Contains(err.Error(), "rules.so cannot be written") {
		t.Errorf("error %v", err)
	}
}

func TestReadErrors(t *testing.T) {
	good, err := Image([]byte("(rules 1)"))
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		image []byte
		want  string
	}{
		"text":       {[]byte("<beginning>"), "no shared object"},
		"cut":        {good[:len(good)-10], "no shared object"},
		"no section": {bytes.Replace(good, []byte(Section), []byte(".others...")[:len(Section)], 1), "no section .mmt_rules"},
		"executable": {exe, "-shared"},
	} {
		if _, err := Read(bytes.NewReader(test.image)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	good, err := Image([]byte("(rules 1)"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:100])
	f.Fuzz(func(t *testing.T, image []byte) {
		c, err := Read(bytes.NewReader(image))
		if err == nil && !bytes.Contains(image, c.Text) {
			t.Error("text that is not in the file")
		}
	})
}
