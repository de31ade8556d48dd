package report

import "testing"

// TestGaps: a line whose numbers are filled in later is the line that has them
// from the start.
func TestGaps(t *testing.T) {
	for _, format := range []Format{CSV, JSON} {
		e := NewEncoder(format, 3, "eth0")
		for name, app := range map[string]func(control uint64) App{
			"none": func(uint64) App { return nil },
			"tls":  func(uint64) App { return &TLS{ServerName: []byte("example.org")} },
			"ftp":  func(control uint64) App { return &FTP{User: []byte("anna"), ControlSession: control} },
		} {
			early := Session{ActiveFlows: 4711, ID: 12, App: app(7)}
			late := Session{App: app(0)}
			want := string(early.Append(nil, e))
			line := late.Append([]byte(nil), e)
			if got := string(late.Gaps.Fill(nil, line, 4711, 12, 7)); got != want {
				t.Errorf("format %d, %s:\n%s\nwant\n%s", format, name, got, want)
			}
		}
	}
}
