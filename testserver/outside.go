package testserver

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// Outside starts servers outside of tests, for programs that measure them. It has
// of testing.TB what this package uses.
type Outside struct {
	testing.TB // nil
	dir        string
	cleanups   []func()
}

// outcome is what a server that does not start panics with.
type outcome struct {
	skipped bool
	text    string
}

// Try starts servers. left says why there is none of them, where its program is
// missing.
func (o *Outside) Try(start func(t testing.TB)) (left string, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case outcome:
			if r.skipped {
				left = r.text
				return
			}
			err = errors.New(r.text)
		default:
			panic(r)
		}
	}()
	start(o)
	return "", nil
}

// Close ends all servers.
func (o *Outside) Close() error {
	for _, f := range o.cleanups {
		f()
	}
	return os.RemoveAll(o.dir)
}

// Helper implements testing.TB.
func (o *Outside) Helper() {}

// Failed implements testing.TB.
func (o *Outside) Failed() bool { return false }

// Cleanup implements testing.TB.
func (o *Outside) Cleanup(f func()) { o.cleanups = append([]func(){f}, o.cleanups...) }

// Skipf implements testing.TB.
func (o *Outside) Skipf(format string, args ...any) {
	panic(outcome{true, fmt.Sprintf(format, args...)})
}

// Fatalf implements testing.TB.
func (o *Outside) Fatalf(format string, args ...any) {
	panic(outcome{false, fmt.Sprintf(format, args...)})
}

// Fatal implements testing.TB.
func (o *Outside) Fatal(args ...any) { panic(outcome{false, fmt.Sprint(args...)}) }

// TempDir implements testing.TB.
func (o *Outside) TempDir() string {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "servers")
		if err != nil {
			o.Fatal(err)
		}
		o.dir = dir
	}
	dir, err := os.MkdirTemp(o.dir, "")
	if err != nil {
		o.Fatal(err)
	}
	return dir
}
