package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"mmt/analyzer/security/rule"
	"mmt/rulecomp/sofile"
)

// Module is a loaded rule file. Its functions may be called until Close.
type Module struct {
	Path  string
	Rules []*rule.Rule

	log     *slog.Logger
	library *library // the loaded C, nil if there is none
	table   *moduleTable
	entries map[string]uintptr // functions of the table by key
	bound   map[*rule.Function]*bound
	infos   *infos
	closed  atomic.Bool

	reacting reacting

	mu       sync.Mutex
	free     []*caller // that no call uses
	memory   [][]byte  // to unmap
	disabled []string
}

// Open loads a compiled rule file, runs its on_load and binds the functions of
// its rules. env resolves attributes and the functions that Go provides. log
// gets what happens later; nil is the default logger.
func Open(path string, env rule.Environment, log *slog.Logger) (*Module, error) {
	contents, err := sofile.Open(path)
	if err != nil {
		return nil, err
	}
	set, err := rule.ParseText(contents.Text, env)
	if err != nil {
		return nil, fmt.Errorf("%s: properties: %w", path, err)
	}
	for _, r := range set.Rules {
		r.Source = path + " (" + r.Source + ")"
	}
	if !contents.HasCode {
		if len(set.External)+len(set.Reactions) > 0 {
			return nil, fmt.Errorf("%s: its embedded C is missing (compile the rule file again)", path)
		}
		return &Module{Path: path, Rules: set.Rules}, nil
	}
	return load(path, path, set, log)
}

// Load compiles the embedded C of a property file, or takes it from the cache,
// loads it and binds the functions of s: sets Call of each of s.External and
// Run of each of s.Reactions. Remarks of the compiler go to log.
func (c *Compiler) Load(s *Source, log *slog.Logger) (*Module, error) {
	if !s.NeedsC() {
		return &Module{Path: s.Path, Rules: s.Rules}, nil
	}
	library, warnings, err := c.Cached(s)
	if err != nil {
		return nil, err
	}
	if warnings != "" {
		logger(log).Warn("the C compiler remarks", "file", s.Path, "remarks", warnings)
	}
	return load(s.Path, library, s.set(), log)
}

func logger(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.Default()
	}
	return log
}

// load loads the shared object at library and binds the functions of set.
func load(path, library string, set *rule.Set, log *slog.Logger) (m *Module, err error) {
	m = &Module{Path: path, Rules: set.Rules, log: logger(log), bound: map[*rule.Function]*bound{}}
	if err := m.link(library); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := m.bind(set); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), m.unload())
	}
	if err := m.once(onLoad); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), m.unload())
	}
	return m, nil
}

// link loads a shared object and reads its table.
func (m *Module) link(path string) error {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		return errors.New("embedded C needs a 64-bit machine")
	}
	library, err := openLibrary(path)
	if err != nil {
		return fmt.Errorf("its code cannot be loaded: %w (compile the rule file again on this machine)", err)
	}
	symbol, err := library.symbol(sofile.Symbol)
	if err == nil {
		m.table = at[moduleTable](symbol)
		if m.table.abi != moduleABI {
			err = fmt.Errorf("it was compiled for version %d of embedded C, this program has %d (compile it again)", m.table.abi, moduleABI)
		} else {
			err = joinGuard(library, m.table)
		}
	}
	if err != nil {
		return errors.Join(err, library.close())
	}
	m.library = library
	m.entries = map[string]uintptr{}
	for _, f := range unsafe.Slice(at[functionEntry](m.table.functions), m.table.functionCount) {
		m.entries[cText(f.name)] = f.entry
	}
	return nil
}

// bind makes the functions of rules call the loaded code.
func (m *Module) bind(set *rule.Set) error {
	for _, f := range set.External {
		entry, ok := m.entries[functionKey(f)]
		if !ok {
			return fmt.Errorf("function %s is not in its code (compile the rule file again)", functionKey(f))
		}
		m.bindFunction(f, entry, set.Rules)
	}
	if len(set.Reactions) == 0 {
		return nil
	}
	var err error
	if m.infos, err = newInfos(set.Rules); err != nil {
		return err
	}
	m.memory = append(m.memory, m.infos.arena.memory)
	if m.reacting.caller, err = m.newCaller(reactionMemory); err != nil {
		return err
	}
	for _, r := range set.Reactions {
		entry, ok := m.entries[reactionKey(r)]
		if !ok {
			return fmt.Errorf("reactive function %s is not in its code (compile the rule file again)", r.Name)
		}
		m.bindReaction(r, entry, set.Rules)
	}
	return nil
}

// once runs a function without parameters, if it is there.
func (m *Module) once(name string) error {
	entry, ok := m.entries[name]
	if !ok {
		return nil
	}
	c, err := m.newCaller(0)
	if err != nil {
		return err
	}
	f := c.begin(entry)
	invoke(m.table.invoke, c.address(f))
	if f.status != 0 {
		return fmt.Errorf("%s %s", name, f.failure())
	}
	return nil
}

// Disabled returns the functions that crashed and are called no more, in the
// order in which they crashed.
func (m *Module) Disabled() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.disabled...)
}

// Close runs on_unload and unloads the code. No call may be under way, and none
// be made afterwards: it would give nothing.
func (m *Module) Close() error {
	if m.library == nil || m.closed.Swap(true) {
		return nil
	}
	err := errors.Join(m.once(onUnload), m.once(flush))
	if err != nil {
		err = fmt.Errorf("%s: %w", m.Path, err)
	}
	return errors.Join(err, m.unload())
}

// unload gives back the code and the memory for calls.
func (m *Module) unload() error {
	m.closed.Store(true)
	err := leaveGuard(m.library)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, memory := range m.memory {
		err = errors.Join(err, unix.Munmap(memory))
	}
	m.memory, m.free = nil, nil
	return err
}
