package probe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"mmt/config"
	"mmt/control"
)

// commands are where commands are taken (manual section 3.1, dynamic-config). nil:
// nowhere.
type commands struct {
	socket *control.Socket
	http   *control.HTTP // nil: not by HTTP
}

// takeCommands begins to take commands if the configuration asks for it.
func (s *supervisor) takeCommands() (*commands, error) {
	d := &s.Config.DynamicConfig
	if !d.Enable || s.Config.Input.Mode != config.ModeOnline {
		return nil, nil
	}
	c := &commands{}
	var err error
	if d.HTTPAddress != "" {
		if c.http, err = s.takeHTTP(d); err != nil {
			return nil, err
		}
	}
	if c.socket, err = control.ListenSocket(d.Descriptor, target{s}, s.Log); err != nil {
		if c.http != nil {
			c.http.Close()
		}
		return nil, fmt.Errorf("%s: dynamic-config.descriptor: %w", s.Config.Where("dynamic-config.descriptor"), err)
	}
	s.Log.Info("commands are taken at " + d.Descriptor)
	return c, nil
}

func (s *supervisor) takeHTTP(d *config.DynamicConfig) (*control.HTTP, error) {
	token, warning, err := control.ReadToken(d.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("%s: dynamic-config.token-file: %w", s.Config.Where("dynamic-config.token-file"), err)
	}
	if warning != "" {
		s.Log.Warn(fmt.Sprintf("%s: dynamic-config.token-file: %s", s.Config.Where("dynamic-config.token-file"), warning))
	}
	h, err := control.ListenHTTP(d.HTTPAddress, token, target{s}, s.Log)
	if err != nil {
		return nil, fmt.Errorf("%s: dynamic-config.http-address: %w", s.Config.Where("dynamic-config.http-address"), err)
	}
	s.Log.Info("commands are taken at http://" + h.Address())
	return h, nil
}

// close takes no more commands.
func (c *commands) close(log *slog.Logger) {
	if c == nil {
		return
	}
	err := c.socket.Close()
	if c.http != nil {
		err = errors.Join(err, c.http.Close())
	}
	if err != nil {
		log.Warn(fmt.Sprintf("commands: %v", err))
	}
}

// target gives commands to a supervisor.
type target struct{ s *supervisor }

// Start implements control.Target.
func (t target) Start(ctx context.Context) control.Answer { return t.ask(ctx, t.s.begin) }

// Stop implements control.Target.
func (t target) Stop(ctx context.Context) control.Answer { return t.ask(ctx, t.s.halt) }

// Update implements control.Target.
func (t target) Update(ctx context.Context, settings []string) control.Answer {
	return t.ask(ctx, func(ctx context.Context) control.Answer { return t.s.update(ctx, settings) })
}

// Values implements control.Target.
func (t target) Values() (list []control.Value) {
	for _, v := range t.s.shown.Load().Values() {
		list = append(list, control.Value(v))
	}
	return list
}

// Status implements control.Target.
func (t target) Status() control.Status { return *t.s.state.Load() }

// ask has something done by the supervisor's goroutine.
func (t target) ask(ctx context.Context, do func(context.Context) control.Answer) control.Answer {
	q := request{do: do, answer: make(chan control.Answer, 1)}
	select {
	case t.s.requests <- q:
		return <-q.answer
	case <-t.s.closed:
		return control.Answer{Code: control.Failed, Why: "the probe is about to end"}
	case <-ctx.Done():
		return control.Answer{Code: control.Failed, Why: context.Cause(ctx).Error()}
	}
}

// begin begins to analyse, after halt or in the pause after a crash.
func (s *supervisor) begin(ctx context.Context) control.Answer {
	if s.shift != nil {
		return control.Answer{Code: control.Already}
	}
	if err := s.resume(ctx, nil, afterStop); err != nil {
		s.Log.Error(fmt.Sprintf("start: %v", err))
		return control.Answer{Code: control.Failed, Why: err.Error()}
	}
	return control.Answer{}
}

// halt ends the analysis. All that was analysed is reported.
func (s *supervisor) halt(context.Context) control.Answer {
	if s.shift == nil && s.retry == nil {
		return control.Answer{Code: control.Already}
	}
	s.retry = nil
	var err error
	if s.shift != nil {
		s.shift.crew.stop()
		err = s.finish(false)
		s.tellCrash(err)
	}
	s.out.flush()
	s.tell(func(t *control.Status) { t.Running, t.Since = false, nowSeconds() })
	s.Log.Info("stop: no packets are analysed")
	if err != nil {
		return control.Answer{Code: control.Failed, Why: err.Error()}
	}
	return control.Answer{}
}
