package verifier

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"mmt/analyzer/security"
	"mmt/suggest"
	"mmt/verifier/wire"
)

// SettingsFile is where the settings are read from if no other file is named
// (manual section 3.3). It need not exist.
const SettingsFile = "/opt/mmt/security/mmt-security.conf"

// Settings are the thresholds of manual section 3.3.
type Settings struct {
	MaxMessage        int // input.max_message_size, bytes
	RingSize          int // security.smp.ring_size, messages
	MaxInstances      int // security.max_instances, of one rule
	IgnoreDescription int // output.ignore_description, verdicts of one rule
}

// DefaultSettings are those where there is no file. Each verdict then has its
// description.
func DefaultSettings() Settings {
	return Settings{
		MaxMessage: security.DefaultMaxMessage, RingSize: security.DefaultRingSize, MaxInstances: security.DefaultMaxInstances,
	}
}

// setting is one name of the file.
type setting struct {
	name     string
	min, max int
	value    func(*Settings) *int
}

var settings = []setting{
	{"input.max_message_size", wire.MinMaxMessage, 1 << 20, func(s *Settings) *int { return &s.MaxMessage }},
	{"security.smp.ring_size", 1, 1 << 24, func(s *Settings) *int { return &s.RingSize }},
	{"security.max_instances", 1, 1 << 30, func(s *Settings) *int { return &s.MaxInstances }},
	{"output.ignore_description", 0, 1 << 30, func(s *Settings) *int { return &s.IgnoreDescription }},
}

// LoadSettings reads the settings of a file; path "" stands for SettingsFile, if
// that exists. Names that are not known are told in warnings and passed over:
// other programs read the same file.
func LoadSettings(path string) (s Settings, warnings []string, err error) {
	s = DefaultSettings()
	named := path != ""
	if !named {
		path = SettingsFile
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return s, nil, nil
	}
	if err != nil {
		return s, nil, err
	}
	warnings, err = s.parse(path, string(text))
	return s, warnings, err
}

// parse reads lines `name value`; # starts a comment.
func (s *Settings) parse(path, text string) (warnings []string, err error) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(strings.Replace(line, "=", " ", 1))
		if len(words) == 0 {
			continue
		}
		warning, lineErr := s.set(words)
		if warning != "" {
			warnings = append(warnings, fmt.Sprintf("%s:%d: %s", path, number, warning))
		}
		if lineErr != nil {
			err = errors.Join(err, fmt.Errorf("%s:%d: %w", path, number, lineErr))
		}
	}
	return warnings, err
}

// set takes the words of a line.
func (s *Settings) set(words []string) (warning string, err error) {
	var names []string
	for _, known := range settings {
		if known.name != words[0] {
			names = append(names, known.name)
			continue
		}
		n, err := strconv.Atoi(words[len(words)-1])
		if len(words) != 2 || err != nil || n < known.min || n > known.max {
			return "", fmt.Errorf("%s: %q is not a number from %d to %d", known.name, strings.Join(words[1:], " "), known.min, known.max)
		}
		*known.value(s) = n
		return "", nil
	}
	warning = fmt.Sprintf("unknown setting %q is passed over", words[0])
	if near := suggest.Nearest(words[0], names); near != "" {
		warning += fmt.Sprintf(" (did you mean %q?)", near)
	}
	return warning, nil
}
