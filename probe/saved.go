package probe

import (
	"errors"
	"fmt"
	"io"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/analyzer/dump"
	"mmt/analyzer/reconstruct"
	"mmt/config"
	"mmt/metrics"
)

// saved are the files that a run writes beside its reports: what sessions carry
// (reconstruct-data), packets of some protocols (dump-pcap), and packets around
// verdicts (alert-pcap). What is nil is not wanted.
type saved struct {
	files     *analyzer.Reconstruction
	dump      *dump.Dump
	protocols []dpi.ProtocolID
	evidence  *dump.Evidence
	lines     uint64 // of files, that no worker took over
}

// openSaved opens the folders.
func (r *Run) openSaved(reg *dpi.Registry, out *outputs) (*saved, error) {
	s := &saved{}
	for _, open := range []func(*saved, *dpi.Registry, *outputs) error{r.openFiles, r.openDump, r.openEvidence} {
		if err := open(s, reg, out); err != nil {
			return nil, errors.Join(err, s.close(out))
		}
	}
	return s, nil
}

// diskError returns what tells the log of errors of the disk.
func (r *Run) diskError(block string) func(error) {
	return func(err error) { r.Log.Error(fmt.Sprintf("%s: files cannot be written: %v", block, err)) }
}

// patient tells whether threads may wait for the disk: packets of a network would be
// lost meanwhile.
func (r *Run) patient() bool { return r.Config.Input.Mode == config.ModeOffline }

// openFiles opens the folders of the blocks reconstruct-data.
func (r *Run) openFiles(s *saved, _ *dpi.Registry, out *outputs) error {
	o := analyzer.ReconstructionOptions{
		Threads: workerCount(r.Config), Wait: r.patient(), Forms: out.forms, OnError: r.diskError("reconstruct-data"),
	}
	report, any := &r.Config.SessionReport, false
	for _, c := range r.Config.ReconstructData {
		if !c.Enable {
			continue
		}
		any = true
		to, reported := &o.HTTP, report.HTTP
		if c.Title == "ftp" {
			to, reported = &o.FTP, report.FTP
		}
		const mega = 1000 * 1000
		to.Folder = reconstruct.Folder{Dir: c.OutputDir, MaxFile: c.LimitFileSize * mega, MaxTotal: c.LimitSize * mega, MaxRatio: c.LimitRatio}
		// Manual section 3.1: reports want the session's reports of the protocol.
		to.Output = channels(report.Enable && reported, c.OutputChannel)
	}
	if !any {
		return nil
	}
	files, err := analyzer.NewReconstruction(o)
	if err != nil {
		return fmt.Errorf("reconstruct-data: %w", err)
	}
	s.files = files
	return nil
}

// openDump opens the folder of the block dump-pcap.
func (r *Run) openDump(s *saved, reg *dpi.Registry, _ *outputs) error {
	c := &r.Config.DumpPcap
	if !c.Enable {
		return nil
	}
	at := r.Config.Where("dump-pcap.protocols")
	if len(c.Protocols) == 0 {
		return fmt.Errorf("%s: dump-pcap is enabled, but names no protocol, so that no packet would be written (write protocols = {\"unknown\", ...})", r.Config.Where("dump-pcap.enable"))
	}
	for _, name := range c.Protocols {
		protocol, ok := protocolOf(reg, name)
		if !ok {
			return fmt.Errorf("%s: dump-pcap.protocols names %q, which is no protocol%s", at, name, meant(name, protocolNames(reg)))
		}
		s.protocols = append(s.protocols, protocol)
	}
	var err error
	s.dump, err = dump.Open(dump.Options{
		Dir: c.OutputDir, Threads: workerCount(r.Config), Period: int64(c.Period), Retain: c.RetainFiles, SnapLen: c.SnapLen,
		Wait: r.patient(), OnError: r.diskError("dump-pcap"),
	})
	if err != nil {
		return fmt.Errorf("dump-pcap: %w", err)
	}
	return nil
}

// openEvidence opens the folder of the block alert-pcap.
func (r *Run) openEvidence(s *saved, _ *dpi.Registry, _ *outputs) error {
	c := &r.Config.AlertPcap
	if !c.Enable || !r.Config.Security.Enable {
		return nil
	}
	var err error
	s.evidence, err = dump.OpenEvidence(dump.EvidenceOptions{
		Dir: c.OutputDir, Threads: workerCount(r.Config), Before: c.PacketsBefore, After: c.PacketsAfter, Time: int64(c.Period),
		RingSize: c.RingSize * 1000 * 1000, Retain: c.RetainFiles, SnapLen: c.SnapLen, Program: "mmt-probe",
		Wait: r.patient(), OnError: r.diskError("alert-pcap"),
	})
	if err != nil {
		return fmt.Errorf("alert-pcap: %w", err)
	}
	return nil
}

// give puts what is wanted into the options of workers.
func (s *saved) give(o *analyzer.Options) {
	o.Files, o.Evidence = s.files, s.evidence
	if s.dump != nil {
		o.Dump = &analyzer.DumpPackets{To: s.dump, Protocols: s.protocols}
	}
}

// close completes all files, after the workers, their Merger and their verifier are
// closed.
func (s *saved) close(out *outputs) error {
	if s == nil {
		return nil
	}
	var errs []error
	if s.files != nil {
		lines, err := s.files.Close(out.ofThreads()[0])
		s.lines = lines
		errs = append(errs, err)
	}
	if s.dump != nil {
		errs = append(errs, s.dump.Close())
	}
	if s.evidence != nil {
		errs = append(errs, s.evidence.Close())
	}
	return errors.Join(errs...)
}

// SavedResult is what became of the files that a run writes beside its reports.
type SavedResult struct {
	Files    *reconstruct.Stats  // of sessions; nil: none were wanted
	Dump     *dump.Stats         // packets of some protocols; likewise
	Evidence *dump.EvidenceStats // packets around verdicts; likewise
}

// result gathers the figures.
func (s *saved) result() (r SavedResult) {
	if s.files != nil {
		n := s.files.Stats()
		r.Files = &n
	}
	if s.dump != nil {
		n := s.dump.Stats()
		r.Dump = &n
	}
	if s.evidence != nil {
		n := s.evidence.Stats()
		r.Evidence = &n
	}
	return r
}

// addTo shows the figures.
func (s *saved) addTo(to *metrics.Snapshot) {
	r := s.result()
	if n := r.Files; n != nil {
		to.Reconstruction = metrics.Reconstruction{Enabled: true, Files: n.Files, Bytes: n.Bytes, Bombs: n.Bombs, Refused: n.Refused, Lost: n.Lost}
	}
	if n := r.Dump; n != nil {
		to.Dump = metrics.Dump{Enabled: true, Files: n.Files, Packets: n.Packets, Lost: n.Lost}
	}
	if n := r.Evidence; n != nil {
		to.Evidence = metrics.Evidence{
			Enabled: true, Files: n.Files, Packets: n.Packets, Lost: n.Lost, Joined: n.Joined, Missed: n.Missed, Refused: n.Refused,
		}
	}
}

// summary prints the figures, and what could not be done.
func (r *SavedResult) summary(w io.Writer) {
	if n := r.Files; n != nil {
		fmt.Fprintf(w, "files     %d of sessions written, %s\n", n.Files, volume(n.Bytes))
		more(w, n.Bombs, "packed bodies left packed: they would become too large (reconstruct-data.*.limit-ratio, limit-file-size)")
		more(w, n.Refused, "files not written: a limit was reached (reconstruct-data.*.limit-size), or the disk failed")
		more(w, n.Lost, "pieces of files lost: the disk was too slow")
	}
	if n := r.Dump; n != nil {
		fmt.Fprintf(w, "dump      %d packets written to %d files\n", n.Packets, n.Files)
		more(w, n.Lost, "packets not written: the disk was too slow, or failed")
	}
	if n := r.Evidence; n != nil {
		fmt.Fprintf(w, "alerts    %d files with %d packets around verdicts, %d more verdicts noted in them\n", n.Files, n.Packets, n.Joined)
		more(w, n.Missed, "verdicts too late for their packets (raise alert-pcap.ring-size)")
		more(w, n.Refused, "verdicts without file: too many at a time")
		more(w, n.Lost, "packets around verdicts not written: the disk was too slow, or failed")
	}
}

// more prints what could not be done, if there was any.
func more(w io.Writer, n uint64, what string) {
	if n > 0 {
		fmt.Fprintf(w, "          %d %s\n", n, what)
	}
}
