// Package dpdk captures through DPDK: drivers in user space that hand packets
// over without the kernel. It is in builds with the tag dpdk, which need a C
// compiler and libdpdk (22.11 or newer) with pkg-config; in others, Open says so.
//
// A [Device] owns some ports. It hands out one [Source] for each receive queue:
// the first reads the first queue of every port, the second the second, and so
// on. A tap that gives each direction of a link on a port of its own thus feeds
// one flow table, since the ports share packets out in the same way. Device.Share
// tells how far that goes: whatever is not [ByHosts], the caller has to steer.
//
// # Packets
//
// Packets point into the driver's buffers (mbufs). One C call a burst frees what
// was given back, takes the next packets and describes them; giving packets back
// is Go alone, from any goroutine and in other bursts than they came in. Those of
// one burst are freed together, once all of them are back. A packet
// of several buffers is handed out from the first of them if the snapshot length
// allows it, else put together in a large one: Device.Copied counts those. Where
// no buffer is free for that, it is dropped and counted.
//
// Time is the computer's clock, looked at once a burst by the counter of the
// processor, which is set against that clock every millisecond: the last packet of a
// burst has it, those before it times a microsecond apart, or less where the burst
// before is nearer; or that of the NIC
// where its driver offers one: it is then set against the computer's each second.
//
// # Figures
//
// What the NIC lost because nobody took it in time (imissed) is counted for the
// port, not for a queue, and stands in Dropped of the first source. Over all
// sources, what the NIC received is therefore what was handed out, filtered or
// dropped, exactly, if the driver counts its losses; what waits in the NIC is in
// no figure until it is taken or lost. Frames that were damaged on the wire
// (ierrors) are not in it: they are Counters.Missed. Times that a driver found
// no buffer (nombuf) are no losses yet and stand only in Device.Ports.
//
// # Limits
//
// EAL, DPDK's own runtime, starts once in a process: so does this package, and
// Open fails the second time. Frames longer than the MTU of the port are errors
// of the NIC: see Options.MTU. No other process may take a port; secondary
// processes are not supported.
package dpdk
