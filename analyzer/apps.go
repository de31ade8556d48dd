package analyzer

import (
	"mmt/analyzer/session"
	"mmt/report"
)

// apps fills the part of a session report that depends on the application.
type apps struct {
	w   *Worker
	tls report.TLS
}

func (a *apps) init(w *Worker) { a.w = w }

// of returns the application's part of the report of s, nil if it has none.
func (a *apps) of(s *session.Session) report.App {
	return nil
}
