package probe

import (
	"fmt"

	"mmt/analyzer"
	"mmt/config"
	"mmt/output"
)

// toBehaviour is the channel of the files for MMT-Behaviour, which no output-channel
// can name.
const toBehaviour output.Set = 1 << 15

// behaviourChannel is the files' channel of one thread under a name of its own.
type behaviourChannel struct{ *output.FileChannel }

// Name implements output.Channel.
func (behaviourChannel) Name() string { return "behaviour" }

// openBehaviour opens the folder of the block behaviour, nil if it is not enabled.
func openBehaviour(c *config.Config, threads int) (*output.Files, error) {
	b := &c.Behaviour
	if !b.Enable {
		return nil, nil
	}
	files, err := output.OpenFiles(output.FileOptions{
		Dir: b.OutputDir, Name: b.OutputFile, Sample: b.SampleFile, Retain: b.RetainFiles,
		Threads: threads, NoSync: c.Input.Mode == config.ModeOffline,
	})
	if err != nil {
		return nil, fmt.Errorf("behaviour: %w", err)
	}
	return files, nil
}

// behaviour returns where the worker's reports for MMT-Behaviour go.
func behaviour(c *config.Behaviour) analyzer.Channels {
	if !c.Enable {
		return 0
	}
	return analyzer.Channels(toBehaviour)
}

// userAgents turns data-output.include-user-agent into the worker's options. The
// reports go where those of sessions go.
func userAgents(c *config.Config) analyzer.UserAgents {
	s, kB := &c.SessionReport, c.DataOutput.IncludeUserAgent
	if kB < 0 {
		return analyzer.UserAgents{}
	}
	return analyzer.UserAgents{Output: channels(s.Enable && s.HTTP, s.OutputChannel), Bytes: uint64(kB) * 1000}
}
