package config

// check verifies what one option alone cannot tell. It runs only if all
// options are sound: otherwise it would report the echo of their errors.
func (l *loader) check() {
	if !l.errs.none() {
		return
	}
	l.cfg.eachEnabled(l.checkRequired)
	l.checkRetainFiles()
	l.checkSocket()
	l.checkPrefilter()
	l.checkRulesMask()
	l.checkDynamicConfig()
	l.checkReconstruction()
	l.checkSessionReport()
	l.checkEventReports()
}

// eachEnabled calls f for each block that is in use.
func (c *Config) eachEnabled(f func(b *block, title string, dst any)) {
	for _, b := range blocks {
		b.each(c, func(title string, dst any) {
			if b.enabled(dst) {
				f(b, title, dst)
			}
		})
	}
}

// where gives the place of the first of some options or blocks that was set.
func (l *loader) where(names ...string) Pos {
	for _, name := range names {
		if pos, ok := l.cfg.set[name]; ok {
			return pos
		}
	}
	return Pos{File: l.name}
}

// checkRequired refuses an enabled block that lacks what it needs.
func (l *loader) checkRequired(b *block, title string, dst any) {
	for _, o := range b.options {
		if val := o.get(dst); o.required && (val == `""` || val == "{}") {
			pos := l.where(b.full(title, o.name), b.full(title, "enable"))
			l.errs.add(pos, "%s is enabled, but %s is not set (write %s = %s)", b.shown(title), o.name, o.name, o.example())
		}
	}
}

// example shows how a required option is written.
func (o option) example() string {
	if o.def == "{}" {
		return "{...}"
	}
	return `"..."`
}

// checkRetainFiles keeps room for the files that the threads write to (manual
// 3.1, file-output).
func (l *loader) checkRetainFiles() {
	c := l.cfg
	l.checkRetain("file-output.retain-files", c.FileOutput.SampleFile, c.FileOutput.RetainFiles)
	l.checkRetain("behaviour.retain-files", c.Behaviour.SampleFile, c.Behaviour.RetainFiles)
}

func (l *loader) checkRetain(name string, sample bool, retain int) {
	if sample && retain != 0 && retain <= l.cfg.ThreadNb+1 {
		l.errs.add(l.where(name), "%s is %d, but must be greater than thread-nb + 1 = %d, or 0 to keep all", name, retain, l.cfg.ThreadNb+1)
	}
}

// checkSocket wants the address of each socket that reports go to.
func (l *loader) checkSocket() {
	s := l.cfg.SocketOutput
	if !s.Enable {
		return
	}
	if s.Type == SocketUnix || s.Type == SocketBoth {
		l.needSocket(s.Descriptor == "", `descriptor`, `"/tmp/mmt-probe-output.sock"`)
	}
	if s.Type != SocketUnix {
		l.needSocket(s.Port == 0, "port", "5000")
		l.needSocket(s.Hostname == "", "hostname", `"127.0.0.1"`)
	}
	if s.TLS && (s.Type == SocketUnix || s.Type == SocketUDP) {
		l.errs.add(l.where("socket-output.tls"), "socket-output.tls: a socket of type %s is not encrypted (write type = TCP, or tls = false)", s.Type)
	}
}

func (l *loader) needSocket(missing bool, option, example string) {
	if missing {
		l.errs.add(l.where("socket-output.type", "socket-output.enable"),
			"socket-output of type %s is enabled, but %s is not set (write %s = %s)", l.cfg.SocketOutput.Type, option, option, example)
	}
}

// checkRulesMask refuses rules for a thread that will not exist.
func (l *loader) checkRulesMask() {
	s := l.cfg.Security
	for _, t := range s.RulesMask {
		if s.ThreadNb > 0 && t.Thread > s.ThreadNb {
			l.errs.add(l.where("security.rules-mask"), "security.rules-mask names thread %d, but security.thread-nb is %d (raise it to %d)",
				t.Thread, s.ThreadNb, t.Thread)
		}
	}
}

// checkReconstruction wants whole streams (manual 3.1, reconstruct-data).
func (l *loader) checkReconstruction() {
	whole := l.cfg.EnableTCPReassembly && l.cfg.EnableIPDefragmentation
	for _, r := range l.cfg.ReconstructData {
		if r.Enable && !whole {
			l.errs.add(l.where("reconstruct-data."+r.Title+".enable"), "reconstruct-data %s is enabled, but needs whole streams "+
				"(set enable-tcp-reassembly = true and enable-ip-defragmentation = true)", r.Title)
		}
	}
}

// checkSessionReport keeps GTP apart from the others (manual 3.1,
// session-report).
func (l *loader) checkSessionReport() {
	s := l.cfg.SessionReport
	if s.Enable && s.GTP && (s.FTP || s.HTTP || s.RTP || s.SSL) {
		l.errs.add(l.where("session-report.gtp"), "session-report.gtp excludes ftp, http, rtp and ssl (set either gtp or the others to false)")
	}
	if s.Enable && s.Stream && !s.HTTP {
		l.errs.add(l.where("session-report.stream"), "session-report.stream is true, but needs the bodies of HTTP (set session-report.http = true)")
	}
}

// checkEventReports refuses two answers to what is reported.
func (l *loader) checkEventReports() {
	for _, e := range l.cfg.EventReports {
		if e.OutputFormat != "" && len(e.Attributes) > 0 {
			name := "event-report." + e.Title
			l.errs.add(l.where(name+".output-format", name), "event-report %q has both output-format and attributes (remove one)", clip(e.Title))
		}
	}
}

// checkDynamicConfig wants a token for commands that come by HTTP.
func (l *loader) checkDynamicConfig() {
	d := l.cfg.DynamicConfig
	if d.Enable && d.HTTPAddress != "" && d.TokenFile == "" {
		l.errs.add(l.where("dynamic-config.http-address"), `dynamic-config.http-address is set, but token-file is not: anybody could command the probe (write token-file = "...", a file with a token)`)
	}
}

// checkInput wants to know where packets come from.
func (l *loader) checkInput() {
	if !l.errs.none() {
		return
	}
	in := l.cfg.Input
	if in.Mode == "" {
		l.errs.add(l.where("input"), "input.mode is not set (write mode = ONLINE or mode = OFFLINE in input { }, or start with -i or -t)")
	}
	if in.Source == "" {
		l.errs.add(l.where("input.source", "input"), "input.source is not set (name an interface or a trace file in input { }, or start with -i or -t)")
	}
	if in.Mode == ModeOnline && in.PollerNb > 1 && l.cfg.ThreadNb == 0 {
		l.errs.add(l.where("input.poller-nb"), "input.poller-nb is %d, but with thread-nb = 0 one thread takes packets and analyses them (set thread-nb = 1 or more)", in.PollerNb)
	}
}
