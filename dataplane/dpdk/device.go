//go:build dpdk && cgo && linux

package dpdk

// #cgo pkg-config: libdpdk
// #cgo CFLAGS: -O3 -DALLOW_EXPERIMENTAL_API
// #include <stdlib.h>
// #include <rte_eal.h>
// #include <rte_ethdev.h>
// #include <rte_version.h>
// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"mmt/dataplane"
	"mmt/dataplane/filter"
)

// Version is that of DPDK, as in "DPDK 22.11.0".
func Version() string { return C.GoString(C.rte_version()) }

// port is one of a Device's.
type port struct {
	id   C.uint16_t
	name string
	is   C.struct_mmt_port
	base C.struct_mmt_port_counters // what they were at the start
	last C.struct_mmt_port_counters // when they were last read
	up   bool                       // as the watcher last saw it
}

// Device owns some ports. Its methods may be called from any goroutine.
type Device struct {
	options Options
	share   Share
	sources []*Source
	done    chan struct{} // tells the watcher to end
	watcher sync.WaitGroup

	mu     sync.Mutex // guards what follows
	ports  []*port
	open   int // sources that are
	closed bool
}

var started atomic.Bool

// Open starts DPDK and the capture of ports, given as "0,1" by their numbers or
// their names. Errors name the port and what is missing. It can be called once
// in a process.
func Open(ports string, o Options) (*Device, error) {
	o.setDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	names, err := splitPorts(ports)
	if err != nil {
		return nil, err
	}
	if err := start(o.EAL); err != nil {
		return nil, err
	}
	d := &Device{options: o, done: make(chan struct{})}
	if err := d.begin(names); err != nil {
		d.release()
		return nil, err
	}
	d.watcher.Go(d.watch)
	return d, nil
}

// start starts EAL with the first processor that this process may use.
func start(option string) error {
	var set unix.CPUSet
	processor := 0
	if unix.SchedGetaffinity(0, &set) == nil {
		for !set.IsSet(processor) {
			processor++
		}
	}
	args, err := ealArguments(option, processor)
	if err != nil {
		return err
	}
	if !started.CompareAndSwap(false, true) {
		return errors.New("DPDK starts once in a process: close the program to open other ports")
	}
	return startEAL(args)
}

// startEAL gives EAL arguments in C memory, parts of which it keeps.
func startEAL(args []string) error {
	argv := unsafe.Slice((**C.char)(C.calloc(C.size_t(len(args)+1), C.size_t(unsafe.Sizeof((*C.char)(nil))))), len(args)+1)
	for i, a := range args {
		argv[i] = C.CString(a)
	}
	var log *C.char
	runtime.LockOSThread() // the processors of this thread are set and set back
	rc := C.mmt_eal_init(C.int(len(args)), &argv[0], &log)
	runtime.UnlockOSThread()
	defer C.free(unsafe.Pointer(log))
	if rc < 0 {
		return explainStart(syscall.Errno(-rc), C.GoString(log), args)
	}
	return nil
}

// errorText is where C writes why it failed.
type errorText [C.MMT_ERROR]C.char

func (e *errorText) at() *C.char { return &e[0] }

func (e *errorText) of(p *port) error {
	return fmt.Errorf("DPDK port %d (%s): %s", p.id, p.name, C.GoString(e.at()))
}

// begin opens the ports and makes the sources.
func (d *Device) begin(names []string) error {
	all := available()
	for _, n := range names {
		p, err := findPort(n, all)
		if err != nil {
			return err
		}
		d.ports = append(d.ports, p)
	}
	options := d.portOptions()
	var e errorText
	for _, p := range d.ports {
		if C.mmt_port_open(p.id, &options, &p.is, e.at()) != 0 {
			return e.of(p)
		}
	}
	for q := range d.options.Queues {
		if err := d.addSource(q); err != nil {
			return err
		}
	}
	for _, p := range d.ports {
		if C.mmt_port_start(p.id, &options, e.at()) != 0 {
			return e.of(p)
		}
		C.mmt_port_counters(p.id, &p.base)
		p.last = p.base
	}
	d.connect()
	return nil
}

func (d *Device) portOptions() C.struct_mmt_port_options {
	o := &d.options
	return C.struct_mmt_port_options{
		queues: C.uint16_t(o.Queues), descriptors: C.uint16_t(o.Descriptors), mtu: C.uint32_t(o.MTU),
		promiscuous: flag(o.Promiscuous), by_flows: flag(o.Share == ByFlows), nic_time: flag(!o.HostTime),
	}
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// addSource makes the source of one queue of each port.
func (d *Device) addSource(queue int) error {
	var e errorText
	mbufs := d.options.Held
	for _, p := range d.ports {
		mbufs += int(p.is.descriptors)
	}
	o := C.struct_mmt_queue_options{
		mbufs: C.uint(mbufs), snap: C.uint32_t(d.options.SnapLen), queue: C.uint16_t(queue), socket: d.ports[0].is.socket,
	}
	q := C.mmt_queue_new(&o, e.at())
	if q == nil {
		return fmt.Errorf("DPDK queue %d: %s", queue, C.GoString(e.at()))
	}
	s := &Source{device: d, queue: q, number: queue, wait: d.options.Wait, packets: (*[dataplane.BurstSize]dataplane.Packet)(unsafe.Pointer(&q.packets))}
	d.sources = append(d.sources, s)
	d.open++
	for _, p := range d.ports {
		if C.mmt_port_queue(p.id, &p.is, q, e.at()) != 0 {
			return e.of(p)
		}
	}
	if d.options.Filter == "" {
		return nil
	}
	program, err := filter.Compile(d.options.Filter, dataplane.LinkEthernet)
	s.program = program
	return err
}

// connect lets the sources read the ports, now that these run.
func (d *Device) connect() {
	for _, s := range d.sources {
		for i, p := range d.ports {
			s.clock = clockKind(C.mmt_queue_add(s.queue, p.id, C.uint16_t(i), &p.is))
			s.left += int(p.is.descriptors)
		}
	}
	d.share = ByHosts
	for _, p := range d.ports {
		switch {
		case d.options.Queues == 1 || p.is.by_hosts != 0:
		case p.is.rss == 0:
			d.share = Unknown
		default:
			d.share = max(d.share, ByFlows)
		}
	}
}

// available lists the ports that EAL has found.
func available() (all []*port) {
	for id := C.rte_eth_find_next_owned_by(0, 0); id < C.RTE_MAX_ETHPORTS; id = C.rte_eth_find_next_owned_by(C.uint16_t(id+1), 0) {
		var name [C.RTE_ETH_NAME_MAX_LEN]C.char
		C.rte_eth_dev_get_name_by_port(C.uint16_t(id), &name[0])
		all = append(all, &port{id: C.uint16_t(id), name: C.GoString(&name[0])})
	}
	return all
}

func findPort(name string, all []*port) (*port, error) {
	var list []string
	for _, p := range all {
		if name == p.name || name == strconv.Itoa(int(p.id)) {
			return p, nil
		}
		list = append(list, fmt.Sprintf("%d (%s)", p.id, p.name))
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("DPDK has no port, so none is %q (bind a NIC to vfio-pci with dpdk-devbind.py, or give --vdev in dpdk-option)", name)
	}
	return nil, fmt.Errorf("there is no DPDK port %q (there are %s)", name, strings.Join(list, ", "))
}

// Sources returns one source for each receive queue.
func (d *Device) Sources() []*Source { return d.sources }

// Share tells how packets are shared out among the sources.
func (d *Device) Share() Share { return d.share }

// Copied returns how many packets were not handed out where they lay.
func (d *Device) Copied() (n uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.sources {
		n += s.copied()
	}
	return n
}

// Ports returns what the ports are and have counted. After Close it is what they
// last had.
func (d *Device) Ports() []Port {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]Port, len(d.ports))
	for i, p := range d.ports {
		d.count(p)
		link := d.link(p)
		list[i] = Port{
			ID: int(p.id), Name: p.name, Driver: C.GoString(&p.is.driver[0]), NUMA: int(p.is.socket),
			Up: link.up != 0, Mbps: uint32(link.mbps),
			Packets: uint64(p.last.packets - p.base.packets), Bytes: uint64(p.last.bytes - p.base.bytes), Missed: p.missed(),
			Errors: uint64(p.last.errors - p.base.errors), NoBuffer: uint64(p.last.no_buffer - p.base.no_buffer),
		}
	}
	return list
}

// count reads the counters of a port, if it is still open.
func (d *Device) count(p *port) {
	if !d.closed {
		C.mmt_port_counters(p.id, &p.last)
	}
}

// link reads what a port is connected to, nothing if it is not open any more.
func (d *Device) link(p *port) (link C.struct_mmt_link) {
	if !d.closed {
		C.mmt_port_link(p.id, &link)
	}
	return link
}

func (p *port) missed() uint64 { return uint64(p.last.missed - p.base.missed) }

// losses returns what the ports lost for want of a reader, what came damaged,
// and what one source dropped.
func (d *Device) losses(s *Source) (missed, damaged, dropped uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.ports {
		d.count(p)
		missed += p.missed()
		damaged += uint64(p.last.errors - p.base.errors)
	}
	return missed, damaged, s.dropped()
}

// Extended returns the driver's own counters of the nth port that are not 0, by
// their names: rx_missed_errors, mac_local_errors, ... They count from when the
// port was opened.
func (d *Device) Extended(n int) (map[string]uint64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || n < 0 || n >= len(d.ports) {
		return nil, fmt.Errorf("DPDK: port %d of %d is not open", n, len(d.ports))
	}
	id := d.ports[n].id
	size := C.rte_eth_xstats_get_names(id, nil, 0)
	if size <= 0 {
		return map[string]uint64{}, nil
	}
	names := make([]C.struct_rte_eth_xstat_name, size)
	values := make([]C.struct_rte_eth_xstat, size)
	known := C.rte_eth_xstats_get_names(id, &names[0], C.uint(size))
	got := C.rte_eth_xstats_get(id, &values[0], C.uint(size))
	list := map[string]uint64{}
	for _, v := range values[:max(min(got, size), 0)] {
		if v.value != 0 && v.id < C.uint64_t(known) && known <= size {
			list[C.GoString(&names[v.id].name[0])] = uint64(v.value)
		}
	}
	return list, nil
}

// watchPeriod is the time between two looks at the links.
const watchPeriod = 250 * time.Millisecond

// watch tells when a port loses its link. A port starts as if it had one, so
// that one that never had is told of.
func (d *Device) watch() {
	for _, p := range d.ports {
		p.up = true
	}
	tick := time.NewTicker(watchPeriod)
	defer tick.Stop()
	for {
		select {
		case <-d.done:
			return
		case <-tick.C:
			for _, p := range d.ports {
				d.tell(p)
			}
		}
	}
}

// tell compares the link of a port with what it was.
func (d *Device) tell(p *port) {
	d.mu.Lock()
	up := d.link(p).up != 0
	d.mu.Unlock()
	if up == p.up {
		return
	}
	p.up = up
	var err error
	if !up {
		err = fmt.Errorf("DPDK port %d (%s) has no link", p.id, p.name)
		for _, s := range d.sources {
			s.shown.downs.Add(1)
		}
	}
	if d.options.OnState != nil {
		d.options.OnState(p.name, err)
	}
}

// Close ends the capture of all sources, which must not be in use any more, nor
// their packets, and ends DPDK. Closing the last source does the same.
func (d *Device) Close() error {
	for _, s := range d.sources {
		if err := s.Close(); err != nil {
			return err
		}
	}
	return nil
}

// leave is told by each source once. The last one closes the ports.
func (d *Device) leave() {
	d.mu.Lock()
	d.open--
	last := d.open == 0
	d.mu.Unlock()
	if last {
		close(d.done)
		d.watcher.Wait()
		d.release()
	}
}

// release gives all back to DPDK, and DPDK to the system.
func (d *Device) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.ports {
		d.count(p)
		C.mmt_port_close(p.id)
	}
	d.closed = true
	for _, s := range d.sources {
		s.forget()
	}
	C.rte_eal_cleanup()
}
