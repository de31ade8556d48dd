package report

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

// field is one field of a line, unquoted. A list is one field here.
type field struct {
	text   string
	quoted bool
}

// splitCSV reads a line as the package documentation describes it. It is
// written from that description alone, without the package's tables.
func splitCSV(t *testing.T, line string) (out []field) {
	t.Helper()
	for {
		end := fieldEnd(line)
		raw := line[:end]
		if strings.HasPrefix(raw, `"`) {
			out = append(out, field{raw[1 : len(raw)-1], true})
		} else {
			out = append(out, field{raw, false})
		}
		if end == len(line) {
			return out
		}
		line = line[end+1:]
	}
}

// fieldEnd finds the comma that ends the first field of line.
func fieldEnd(line string) int {
	quoted, depth := false, 0
	for i, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ',' && depth == 0:
			return i
		}
	}
	return len(line)
}

// splitJSON reads a line as one JSON array. A list becomes its text, as in CSV.
func splitJSON(t *testing.T, line string) (out []field) {
	t.Helper()
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(line), &raw); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	for _, r := range raw {
		f := field{text: string(r)}
		if r[0] == '"' {
			f.quoted = true
			if err := json.Unmarshal(r, &f.text); err != nil {
				t.Fatalf("%v in %q", err, line)
			}
		}
		out = append(out, f)
	}
	return out
}

// quotes are what CSV cannot hold.
var quotes = strings.NewReplacer(`"`, ".", `\`, ".")

// checkLine writes r in both formats and checks that each is one line that
// general readers take, that both hold the same fields, and returns these.
func checkLine(t *testing.T, r Record, source string) []field {
	t.Helper()
	csvLine := string(r.Append(nil, NewEncoder(CSV, 3, source)))
	jsonLine := string(r.Append(nil, NewEncoder(JSON, 3, source)))
	checkOneLine(t, csvLine)
	checkOneLine(t, jsonLine)
	a, b := splitCSV(t, csvLine), splitJSON(t, jsonLine)
	if len(a) != len(b) {
		t.Fatalf("CSV has %d fields, JSON %d:\n%s\n%s", len(a), len(b), csvLine, jsonLine)
	}
	for i := range a {
		if b[i].text = quotes.Replace(b[i].text); a[i] != b[i] {
			t.Errorf("field %d: CSV %v, JSON %v", i+1, a[i], b[i])
		}
	}
	checkGeneralCSV(t, csvLine, a)
	for i, f := range splitJSON(t, "["+csvLine+"]") { // as some readers do
		if a[i] != f {
			t.Errorf("field %d: CSV %v, as JSON %v", i+1, a[i], f)
		}
	}
	return a
}

// checkOneLine makes sure that no reader sees two lines or a control byte.
func checkOneLine(t *testing.T, line string) {
	t.Helper()
	for i, c := range line {
		if c < ' ' || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0x2029 {
			t.Errorf("%U at %d of %q", c, i, line)
		}
	}
}

// checkGeneralCSV reads line with a reader that does not know lists.
func checkGeneralCSV(t *testing.T, line string, want []field) {
	t.Helper()
	r := csv.NewReader(strings.NewReader(line + "\n"))
	got, err := r.Read()
	if err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	var flat []string
	for _, f := range want {
		if !f.quoted && strings.HasPrefix(f.text, "[") {
			flat = append(flat, strings.Split(f.text, ",")...)
			continue
		}
		flat = append(flat, f.text)
	}
	if strings.Join(got, "\x00") != strings.Join(flat, "\x00") {
		t.Errorf("a CSV reader sees %q, want %q", got, flat)
	}
	if _, err := r.Read(); err == nil {
		t.Errorf("a CSV reader sees two lines in %q", line)
	}
}
