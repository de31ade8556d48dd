package output

import (
	"slices"
	"strings"
	"testing"
)

func lines(b *Batch) (out []string) {
	for i := range b.Len() {
		out = append(out, string(b.Line(i)))
	}
	return out
}

func batchOf(text ...string) *Batch {
	b := &Batch{}
	for _, s := range text {
		b.Add([]byte(s))
	}
	return b
}

func TestBatch(t *testing.T) {
	b := batchOf("one", "", "three")
	if got := string(b.Bytes()); got != "one\n\nthree\n" {
		t.Errorf("bytes %q", got)
	}
	if got := lines(b); !slices.Equal(got, []string{"one", "", "three"}) {
		t.Errorf("lines %q", got)
	}
	for n, want := range map[int]int{0: 0, 3: 0, 4: 1, 5: 2, 10: 2, 11: 3} {
		if got := b.linesIn(n); got != want {
			t.Errorf("%d lines in %d bytes, want %d", got, n, want)
		}
	}
	b.drop(1)
	b.Add([]byte("four"))
	if got := lines(b); !slices.Equal(got, []string{"", "three", "four"}) {
		t.Errorf("after drop: %q", got)
	}
	b.drop(3)
	if b.Len() != 0 || len(b.Bytes()) != 0 {
		t.Errorf("after dropping all: %q", b.Bytes())
	}
}

func TestBatchGivesMemoryBack(t *testing.T) {
	b := batchOf(strings.Repeat("x", largeBatch+1))
	b.drop(1)
	if cap(b.buf) <= largeBatch {
		t.Error("memory in full use was freed")
	}
	b.Add([]byte("x"))
	b.drop(1)
	if cap(b.buf) != 0 {
		t.Errorf("%d bytes kept for one small line", cap(b.buf))
	}
}

func TestParseSet(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  Set
	}{
		{nil, ToFile},
		{[]string{"stdout"}, ToStdout},
		{[]string{"file", "Kafka", "file"}, ToFile | ToKafka},
		{[]string{"file", "redis", "kafka", "mongodb", "socket", "mqtt", "stdout"}, 1<<channelBits - 1},
	} {
		if got, err := ParseSet(c.names); err != nil || got != c.want {
			t.Errorf("%v: got %v, %v", c.names, got, err)
		}
	}
	_, err := ParseSet([]string{"fiel"})
	if err == nil || !strings.Contains(err.Error(), `"fiel"`) || !strings.Contains(err.Error(), "file, redis") {
		t.Errorf("error %v names neither the word nor the choice", err)
	}
	if got := (ToKafka | ToFile).String(); got != "file,kafka" {
		t.Errorf("string %q", got)
	}
}
