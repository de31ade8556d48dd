package session

import "testing"

func TestClock(t *testing.T) {
	const s, hour, year = int64(1e9), int64(3600e9), int64(365 * 24 * 3600e9)
	start := 30 * year
	for name, steps := range map[string][][2]int64{ // packet time, table time; both since start
		"forward":               {{0, 0}, {s, s}, {year, year}, {year + s, year + s}},
		"back and forth":        {{0, 0}, {5 * s, 5 * s}, {s, 5 * s}, {6 * s, 6 * s}, {2 * s, 6 * s}},
		"one damaged":           {{0, 0}, {-year, 0}, {s, s}, {-year, s}, {2 * s, 2 * s}},
		"one damaged, twice":    {{0, 0}, {-year, 0}, {-year, 0}, {s, s}, {s, s}, {-year, s}, {2 * s, 2 * s}},
		"new beginning":         {{0, 0}, {-year, 0}, {-year + s, 0}, {-year + 3*s, 2 * s}, {-year + 2*s, 2 * s}, {-year + 9*s, 8 * s}},
		"two far from each":     {{0, 0}, {-year, 0}, {-2 * year, 0}, {-3 * year, 0}, {s, s}},
		"an hour back twice":    {{0, 0}, {-hour, 0}, {-hour, 0}, {-hour - s, 0}, {-hour, s}},
		"less than an hour":     {{hour, hour}, {s, hour}, {2 * s, hour}, {hour + s, hour + s}},
		"the future, then back": {{0, 0}, {year, year}, {s, year}, {2 * s, year}, {3 * s, year + s}},
	} {
		var c clock
		for i, step := range steps {
			if got := c.advance(start+step[0]) - start; got != step[1] {
				t.Errorf("%s: step %d: clock shows %d s, want %d s", name, i, got/s, step[1]/s)
			}
		}
	}
}
