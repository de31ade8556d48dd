package logs

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"time"
)

// maxText bounds the bytes of a message and those of a value, as what waits is
// kept in memory and what comes from packets may be long.
const (
	maxText  = 32 << 10
	maxValue = 4 << 10
)

// field is an attribute of a message: its name, with those of its groups before
// it, and its value as text.
type field struct{ name, value string }

// entry is a message on its way.
type entry struct {
	time   time.Time
	sev    severity
	text   string
	fields []field
	place  uintptr // 0: not known
}

// source is the place in the program that logged the message.
func (e *entry) source() (file string, line int, function string) {
	if e.place == 0 {
		return "", 0, ""
	}
	f, _ := runtime.CallersFrames([]uintptr{e.place}).Next()
	return f.File, f.Line, f.Function
}

// handler is what slog hands messages to.
type handler struct {
	to     *queue
	fields []field
	prefix string // of the groups that are open
}

// Enabled implements slog.Handler.
func (h *handler) Enabled(_ context.Context, l slog.Level) bool { return severityOf(l) <= h.to.least }

// Handle implements slog.Handler. It never waits.
func (h *handler) Handle(_ context.Context, r slog.Record) error {
	if !h.to.admit(r.Level, r.PC, r.Message) {
		return nil
	}
	e := entry{time: r.Time, sev: severityOf(r.Level), text: clip(r.Message, maxText), fields: slices.Clip(h.fields), place: r.PC}
	r.Attrs(func(a slog.Attr) bool {
		e.fields = appendField(e.fields, h.prefix, a)
		return true
	})
	h.to.put(e)
	return nil
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.fields = slices.Clip(h.fields)
	for _, a := range attrs {
		with.fields = appendField(with.fields, h.prefix, a)
	}
	return &with
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	with := *h
	with.prefix = h.prefix + name + "."
	return &with
}

// appendField adds an attribute, and each of a group.
func appendField(list []field, prefix string, a slog.Attr) []field {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range v.Group() {
			list = appendField(list, prefix, member)
		}
		return list
	}
	if a.Equal(slog.Attr{}) {
		return list
	}
	return append(list, field{prefix + a.Key, clip(v.String(), maxValue)})
}

// clip bounds a text. What it cuts in two is mended by those who write it.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.Clone(s[:most]) + "..."
}
