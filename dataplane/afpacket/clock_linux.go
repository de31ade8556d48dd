package afpacket

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// maxClockError is how far the clock of a NIC may be from the system's: reports
// mix both.
const maxClockError = time.Second

// setClock chooses the timestamps of the socket: the NIC's where it stamps all
// packets and its clock is right, else the kernel's; and notes which and why.
func (s *socket) setClock(kernelOnly bool) {
	s.clock = "kernel timestamps"
	if kernelOnly {
		return
	}
	if err := s.hardwareClock(); err != nil {
		s.clock += fmt.Sprintf(" (%v)", err)
		return
	}
	s.clock = "hardware timestamps"
}

// hardwareClock switches to the timestamps of the NIC. Packets for which there
// is none have the kernel's.
func (s *socket) hardwareClock() error {
	const wanted = unix.SOF_TIMESTAMPING_RX_HARDWARE | unix.SOF_TIMESTAMPING_RAW_HARDWARE
	info, err := unix.IoctlGetEthtoolTsInfo(s.fd, s.device.name)
	if err != nil || info.So_timestamping&wanted != wanted {
		return fmt.Errorf("%s has no clock for received packets", s.device.name)
	}
	if info.Rx_filters&(1<<unix.HWTSTAMP_FILTER_ALL) == 0 {
		return fmt.Errorf("the clock of %s stamps some packets only", s.device.name)
	}
	if err := checkClock(info.Phc_index); err != nil {
		return err
	}
	if err := s.stampAll(); err != nil {
		return err
	}
	return unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_TIMESTAMP, unix.SOF_TIMESTAMPING_RAW_HARDWARE)
}

// checkClock compares the clock of a NIC with the system's.
func checkClock(index int32) error {
	path := fmt.Sprintf("/dev/ptp%d", index)
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("its clock cannot be read: %w", err)
	}
	defer f.Close()
	var t unix.Timespec
	if err := unix.ClockGettime(unix.FdToClockID(int(f.Fd())), &t); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if off := time.Until(time.Unix(t.Unix())).Round(time.Second); off.Abs() > maxClockError {
		return fmt.Errorf("its clock %s is %v off: set it with phc2sys", path, off)
	}
	return nil
}

// stampAll makes the NIC stamp all packets it receives; what it does with those
// that it sends stays.
func (s *socket) stampAll() error {
	now, err := unix.IoctlGetHwTstamp(s.fd, s.device.name)
	if err == nil && now.Rx_filter == unix.HWTSTAMP_FILTER_ALL {
		return nil
	}
	if err != nil {
		now = &unix.HwTstampConfig{}
	}
	now.Rx_filter = unix.HWTSTAMP_FILTER_ALL
	if err := unix.IoctlSetHwTstamp(s.fd, s.device.name, now); err != nil {
		return fmt.Errorf("its clock cannot be switched on (CAP_NET_ADMIN is needed): %w", err)
	}
	return nil
}
