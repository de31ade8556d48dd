package control

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Code is the number that an answer begins with.
type Code int

// The codes; what they mean depends on the command.
const (
	Done    Code = 0 // start, stop: done; update: applied, between two bursts
	Already Code = 1 // start: is running already; stop: is not running
	Applied Code = 1 // update: applied after restarting the processing
	Failed  Code = 2 // start, stop: could not be done
	Syntax  Code = 2 // the command is none, or what it asks for is not valid; nothing has changed
	Failure Code = 3 // update: an internal error; nothing has changed
)

// Answer is what came of a command.
type Answer struct {
	Code Code
	Why  string // in addition to what the code says, "" for nothing
}

// Value is an option and its value, as a configuration has it.
type Value struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Status is how the probe is.
type Status struct {
	Version   string `json:"version"`
	Source    string `json:"source"`
	Running   bool   `json:"running"`   // packets are analysed
	Since     int64  `json:"since"`     // since when it is so, seconds since 1970
	Restarts  uint64 `json:"restarts"`  // of the processing, whatever the reason
	Crashes   uint64 `json:"crashes"`   // of these, after a crash
	LastCrash string `json:"lastCrash"` // one line, "" if there was none
}

// Target is what is commanded. Its methods may be called by any goroutine, and take
// as long as it takes.
type Target interface {
	Start(ctx context.Context) Answer
	Stop(ctx context.Context) Answer
	// Update applies settings of the form block.option=value, all or none.
	Update(ctx context.Context, settings []string) Answer
	Values() []Value
	Status() Status
}

// MaxCommand is how long a command may be, in bytes.
const MaxCommand = 64 << 10

// verb is what a command asks for.
type verb uint8

const (
	verbStart verb = iota
	verbStop
	verbUpdate
	verbList
)

// command is a command that was understood.
type command struct {
	verb     verb
	settings []string // of an update
}

// plainVerbs are the commands that are one word.
var plainVerbs = map[string]verb{"start": verbStart, "stop": verbStop, "ls": verbList}

const updateWord = "update"

// parse reads a command, without the NUL that ends it. Blanks around it and around
// settings do not count.
func parse(text string) (command, error) {
	text = strings.TrimSpace(text)
	if v, ok := plainVerbs[text]; ok {
		return command{verb: v}, nil
	}
	rest, ok := strings.CutPrefix(text, updateWord)
	if rest = strings.TrimSpace(rest); !ok || rest != "" && rest[0] != '{' {
		return command{}, fmt.Errorf("%s is no command (there are start, stop, ls, and update{ with one block.option=value a line, and } )", clip(text))
	}
	settings, err := parseSettings(rest)
	return command{verbUpdate, settings}, err
}

// parseSettings reads the settings between the braces.
func parseSettings(text string) (list []string, err error) {
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return nil, errors.New("the settings of an update stand between { and }")
	}
	for line := range strings.Lines(text[1 : len(text)-1]) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if name, _, ok := strings.Cut(line, "="); !ok || strings.TrimSpace(name) == "" {
			return nil, fmt.Errorf("%s is no setting (write block.option=value)", clip(line))
		}
		list = append(list, line)
	}
	if len(list) == 0 {
		return nil, errors.New("the update has no setting (write one block.option=value a line)")
	}
	return list, nil
}

// clip quotes text that somebody sent, and not all of it if it is long.
func clip(text string) string {
	const most = 60
	if len(text) > most {
		text = text[:most] + "..."
	}
	return fmt.Sprintf("%q", text)
}

// meanings are what codes say, by command.
var meanings = map[verb][]string{
	verbStart:  {"done", "already running", "error"},
	verbStop:   {"done", "not running", "error"},
	verbUpdate: {"applied", "applied after restarting the processing", "syntax error, nothing has changed", "internal error, nothing has changed"},
}

// meaning returns what the answer to a command says, in one line.
func (a *Answer) meaning(v verb) string {
	text := ""
	if list := meanings[v]; int(a.Code) < len(list) {
		text = list[a.Code]
	}
	if a.Why != "" {
		text += ": " + strings.Join(strings.FieldsFunc(a.Why, isLineEnd), "; ")
	}
	return text
}

func isLineEnd(r rune) bool { return r == '\n' || r == '\r' || r == 0 }

// perform gives a command to the target. A list has no Answer.
func perform(ctx context.Context, t Target, c *command) Answer {
	switch c.verb {
	case verbStart:
		return t.Start(ctx)
	case verbStop:
		return t.Stop(ctx)
	default:
		return t.Update(ctx, c.settings)
	}
}
