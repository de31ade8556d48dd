package filter

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mmt/dataplane"
)

// bpfInstr is one instruction of classic BPF, as "tcpdump -ddd" prints it.
type bpfInstr struct {
	code   uint16
	jt, jf uint8
	k      uint32
}

// runBPF is a plain interpreter of classic BPF (Linux: Documentation/networking/
// filter.rst), the second opinion on what this package compiles.
func runBPF(prog []bpfInstr, data []byte, wireLen uint32) bool {
	var a, x uint32
	var m [16]uint32
	for pc := 0; pc < len(prog); pc++ {
		in := prog[pc]
		class := in.code & 7
		src := in.k
		if in.code&8 != 0 {
			src = x
		}
		switch class {
		case 0, 1: // ld, ldx
			v, ok := loadBPF(in, data, x, &m, wireLen)
			if !ok {
				return false
			}
			if class == 0 {
				a = v
			} else {
				x = v
			}
		case 2:
			m[in.k] = a
		case 3:
			m[in.k] = x
		case 4:
			var ok bool
			if a, ok = aluBPF(in.code&0xf0, a, src); !ok {
				return false
			}
		case 5:
			if in.code&0xf0 == 0 {
				pc += int(int32(in.k))
				continue
			}
			if jumpBPF(in.code&0xf0, a, src) {
				pc += int(in.jt)
			} else {
				pc += int(in.jf)
			}
		case 6:
			return in.k != 0
		case 7:
			if in.code&0xf8 == 0 {
				x = a
			} else {
				a = x
			}
		}
	}
	return false
}

func loadBPF(in bpfInstr, data []byte, x uint32, m *[16]uint32, wireLen uint32) (uint32, bool) {
	size := map[uint16]uint64{0x00: 4, 0x08: 2, 0x10: 1}[in.code&0x18]
	off := uint64(in.k)
	switch in.code & 0xe0 {
	case 0x00:
		return in.k, true
	case 0x60:
		return m[in.k], true
	case 0x80:
		return wireLen, true
	case 0x40:
		off += uint64(x)
	case 0xa0:
		if off >= uint64(len(data)) {
			return 0, false
		}
		return 4 * uint32(data[off]&0xf), true
	}
	if off+size > uint64(len(data)) {
		return 0, false
	}
	switch size {
	case 1:
		return uint32(data[off]), true
	case 2:
		return uint32(binary.BigEndian.Uint16(data[off:])), true
	}
	return binary.BigEndian.Uint32(data[off:]), true
}

func aluBPF(op uint16, a, b uint32) (uint32, bool) {
	switch op {
	case 0x00:
		return a + b, true
	case 0x10:
		return a - b, true
	case 0x20:
		return a * b, true
	case 0x40:
		return a | b, true
	case 0x50:
		return a & b, true
	case 0x60:
		return a << b, true
	case 0x70:
		return a >> b, true
	case 0x80:
		return -a, true
	case 0xa0:
		return a ^ b, true
	}
	if b == 0 {
		return 0, false
	}
	if op == 0x30 {
		return a / b, true
	}
	return a % b, true
}

func jumpBPF(op uint16, a, b uint32) bool {
	switch op {
	case 0x10:
		return a == b
	case 0x20:
		return a > b
	case 0x30:
		return a >= b
	}
	return a&b != 0
}

// tcpdump compiles expressions with libpcap.
type tcpdump struct {
	path string
	dir  string
}

func newTcpdump(t *testing.T) *tcpdump {
	path, err := exec.LookPath("tcpdump")
	if err != nil {
		t.Skip("tcpdump is not installed: no second opinion on filters (apt-get install tcpdump)")
	}
	return &tcpdump{path, t.TempDir()}
}

// compile asks for the program of expr on a link type; ok is false if libpcap
// refuses it. args may hold -O, which turns libpcap's optimizer off.
func (d *tcpdump) compile(t *testing.T, link dataplane.LinkType, expr string, args ...string) (prog []bpfInstr, ok bool) {
	t.Helper()
	name := filepath.Join(d.dir, fmt.Sprint(link))
	head := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	head = append(head, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0)
	if err := os.WriteFile(name, binary.LittleEndian.AppendUint32(head, uint32(link)), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append(args, "-r", name, "-ddd", "--", expr)
	cmd := exec.Command(d.path, args...)
	out, err := cmd.Output()
	if err != nil {
		return nil, false
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, line := range lines[1:] {
		var in bpfInstr
		if _, err := fmt.Sscan(line, &in.code, &in.jt, &in.jf, &in.k); err != nil {
			t.Fatalf("%s -ddd %q printed %q: %v", d.path, expr, line, err)
		}
		prog = append(prog, in)
	}
	return prog, true
}
