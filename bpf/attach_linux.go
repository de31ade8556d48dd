package bpf

import (
	"errors"
	"fmt"
	"net"

	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// Mode is where in the system the prefilter runs.
type Mode uint8

// The modes.
const (
	Auto    Mode = iota // native where the driver can, else generic
	Native              // in the driver, before the system has a packet
	Generic             // behind the driver, for any interface
)

func (m Mode) String() string {
	switch m {
	case Native:
		return "native"
	case Generic:
		return "generic"
	}
	return "auto"
}

// Attachment is the prefilter at an interface. It ends with Close, with the
// process, or with the interface.
type Attachment struct {
	Interface string
	Index     int
	Mode      Mode   // Native or Generic
	Why       string // why not the other
	link      link.Link
}

// Message says in one line which mode is in use and why.
func (a *Attachment) Message() string {
	return fmt.Sprintf("%s: XDP in %s mode: %s", a.Interface, a.Mode, a.Why)
}

// Alive tells whether the interface is still there: the attachment ends when it
// is removed, and does not come back with another of the same name.
func (a *Attachment) Alive() bool {
	info, err := a.link.Info()
	return err == nil && info.XDP() != nil && info.XDP().Ifindex != 0
}

// Close takes the prefilter off the interface.
func (a *Attachment) Close() error { return a.link.Close() }

// Attach puts the prefilter at an interface, where it stays until the attachment
// is closed or the process ends. It never replaces another program.
func (p *Prefilter) Attach(iface string, mode Mode) (*Attachment, error) {
	dev, err := net.InterfaceByName(iface)
	if err != nil {
		return nil, fmt.Errorf("prefilter: interface %q: %w (ip link shows the names)", iface, err)
	}
	a := &Attachment{Interface: iface, Index: dev.Index, Mode: mode, Why: "as configured"}
	if mode != Auto {
		err = p.attach(a, dev)
	} else {
		err = p.attachAny(a, dev)
	}
	if err != nil {
		return nil, fmt.Errorf("prefilter: %s: %w", iface, err)
	}
	return a, nil
}

// attachAny tries native mode first.
func (p *Prefilter) attachAny(a *Attachment, dev *net.Interface) error {
	a.Mode, a.Why = Native, "the driver supports it"
	native := p.attach(a, dev)
	if native == nil || errors.Is(native, unix.EBUSY) || errors.Is(native, unix.EPERM) {
		return native
	}
	a.Mode, a.Why = Generic, native.Error()
	if err := p.attach(a, dev); err != nil {
		return errors.Join(native, err)
	}
	return nil
}

func (p *Prefilter) attach(a *Attachment, dev *net.Interface) (err error) {
	flags := link.XDPDriverMode
	if a.Mode == Generic {
		flags = link.XDPGenericMode
	}
	a.link, err = link.AttachXDP(link.XDPOptions{Program: p.objs.Prefilter, Interface: dev.Index, Flags: flags})
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s mode: %s: %w", a.Mode, attachHint(err, dev), err)
}

// attachHint says what an error of the kernel means here.
func attachHint(err error, dev *net.Interface) string {
	switch {
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EEXIST):
		return "there is another XDP program (bpftool net shows it: end what put it there, or ip link set dev " + dev.Name + " xdp off)"
	case errors.Is(err, unix.EPERM):
		return "no right, CAP_NET_ADMIN is needed"
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ERANGE):
		return fmt.Sprintf("the driver refuses it (often because the MTU, here %d, is above some 3500, or LRO is on)", dev.MTU)
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, ErrNotSupported):
		return "the driver does not support it"
	}
	return "the system refuses it"
}
