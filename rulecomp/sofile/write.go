package sofile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// machines are the processors whose shared objects are written.
var machines = map[string]elf.Machine{
	"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "riscv64": elf.EM_RISCV, "loong64": elf.EM_LOONGARCH,
}

// Write writes a shared object that holds text and no code, through a temporary
// file, so that no reader sees half of it.
func Write(path string, text []byte) error {
	image, err := Image(text)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".compile_rule-*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	_, err = tmp.Write(image)
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o755)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}

// Sizes of the parts of a 64-bit ELF file (System V ABI, chapter 4 and 5).
const (
	headerSize  = 64
	programSize = 56
	sectionSize = 64
	symbolSize  = 24
	programs    = 3
)

// Image returns the bytes of a shared object for this machine that holds text
// and no code. The dynamic linker can load it.
func Image(text []byte) ([]byte, error) {
	machine, ok := machines[runtime.GOARCH]
	if !ok {
		return nil, fmt.Errorf("shared objects for %s are not known: set CC to a C compiler", runtime.GOARCH)
	}
	w := &writer{}
	w.buf.Write(make([]byte, headerSize+programs*programSize))
	w.section("", elf.SHT_NULL, 0, nil, 0, 0)
	w.section(".dynsym", elf.SHT_DYNSYM, elf.SHF_ALLOC, make([]byte, symbolSize), 2, symbolSize)
	w.section(".dynstr", elf.SHT_STRTAB, elf.SHF_ALLOC, []byte{0}, 0, 0)
	w.section(".hash", elf.SHT_HASH, elf.SHF_ALLOC, pack([]uint32{1, 1, 0, 0}), 1, 4)
	w.section(Section, elf.SHT_PROGBITS, elf.SHF_ALLOC, text, 0, 0)
	w.section(".dynamic", elf.SHT_DYNAMIC, elf.SHF_ALLOC|elf.SHF_WRITE, pack([]elf.Dyn64{
		{Tag: int64(elf.DT_HASH), Val: w.sections[3].Off},
		{Tag: int64(elf.DT_STRTAB), Val: w.sections[2].Off},
		{Tag: int64(elf.DT_SYMTAB), Val: w.sections[1].Off},
		{Tag: int64(elf.DT_STRSZ), Val: 1},
		{Tag: int64(elf.DT_SYMENT), Val: symbolSize},
		{Tag: int64(elf.DT_NULL)},
	}), 2, 16)
	return w.finish(machine), nil
}

// writer lays out sections one after the other. Addresses are offsets.
type writer struct {
	buf      bytes.Buffer
	names    []byte
	sections []elf.Section64
}

func pack(data any) []byte {
	var b bytes.Buffer
	binary.Write(&b, binary.LittleEndian, data) // a bytes.Buffer takes everything
	return b.Bytes()
}

func (w *writer) section(name string, kind elf.SectionType, flags elf.SectionFlag, data []byte, link uint32, entry uint64) {
	w.align()
	s := elf.Section64{
		Name: uint32(len(w.names)), Type: uint32(kind), Flags: uint64(flags),
		Off: uint64(w.buf.Len()), Size: uint64(len(data)), Link: link, Entsize: entry, Addralign: 8,
	}
	if flags&elf.SHF_ALLOC != 0 {
		s.Addr = s.Off
	}
	if kind == elf.SHT_NULL {
		s = elf.Section64{}
	}
	if kind == elf.SHT_DYNSYM {
		s.Info = 1 // the first global symbol comes after the one that is null
	}
	w.names = append(append(w.names, name...), 0)
	w.sections = append(w.sections, s)
	w.buf.Write(data)
}

func (w *writer) align() {
	for w.buf.Len()%8 != 0 {
		w.buf.WriteByte(0)
	}
}

// finish adds the names and headers of the sections and fills in what stands at
// the start of the file.
func (w *writer) finish(machine elf.Machine) []byte {
	loaded := uint64(w.buf.Len())
	dynamic := w.sections[len(w.sections)-1]
	w.section(".shstrtab", elf.SHT_STRTAB, 0, nil, 0, 0)
	names := &w.sections[len(w.sections)-1]
	names.Size = uint64(len(w.names))
	w.buf.Write(w.names)
	w.align()
	table := uint64(w.buf.Len())
	w.buf.Write(pack(w.sections))
	image := w.buf.Bytes()
	header := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_DYN), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT),
		Phoff: headerSize, Shoff: table, Ehsize: headerSize, Phentsize: programSize, Phnum: programs,
		Shentsize: sectionSize, Shnum: uint16(len(w.sections)), Shstrndx: uint16(len(w.sections) - 1),
	}
	copy(image, pack(header))
	copy(image[headerSize:], pack([]elf.Prog64{
		{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Filesz: loaded, Memsz: loaded, Align: 0x10000},
		{
			Type: uint32(elf.PT_DYNAMIC), Flags: uint32(elf.PF_R | elf.PF_W), Off: dynamic.Off, Vaddr: dynamic.Addr,
			Paddr: dynamic.Addr, Filesz: dynamic.Size, Memsz: dynamic.Size, Align: 8,
		},
		{Type: uint32(elf.PT_GNU_STACK), Flags: uint32(elf.PF_R | elf.PF_W), Align: 16},
	}))
	return image
}
