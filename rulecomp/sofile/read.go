package sofile

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// maxText is the size of the largest text that is read, in bytes.
const maxText = 256 << 20

// Contents is what a compiled rule file holds.
type Contents struct {
	Text    []byte // text form of the properties
	HasCode bool   // there is embedded C
}

// Open reads a compiled rule file. It does not load its code.
func Open(path string) (*Contents, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Read is Open on a file at hand.
func Read(r io.ReaderAt) (*Contents, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, fmt.Errorf("no shared object: %w (make it with compile_rule)", err)
	}
	s := f.Section(Section)
	switch {
	case f.Type != elf.ET_DYN:
		return nil, errors.New("no shared object (link it with -shared)")
	case s == nil:
		return nil, fmt.Errorf("holds no properties: no section %s (make it with compile_rule; rule files of other programs are to be compiled again from their XML)", Section)
	case s.Type != elf.SHT_PROGBITS || s.Flags&elf.SHF_COMPRESSED != 0 || s.Size > maxText:
		return nil, fmt.Errorf("section %s is damaged (compile the rule file again)", Section)
	}
	text, err := s.Data()
	if err != nil {
		return nil, fmt.Errorf("section %s is damaged: %w (compile the rule file again)", Section, err)
	}
	symbols, err := f.DynamicSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return nil, fmt.Errorf("symbols are damaged: %w (compile the rule file again)", err)
	}
	return &Contents{
		Text:    bytes.TrimRight(text, "\x00"),
		HasCode: slices.ContainsFunc(symbols, func(s elf.Symbol) bool { return s.Name == Symbol }),
	}, nil
}
