// Package afxdp receives packets through AF_XDP sockets: the prefilter (package
// bpf) hands frames from the driver straight into memory of this process.
//
// A [Device] is an interface with the prefilter in front and one [Source] for
// each receive queue; who has one thread for all of them reads from
// [Device.Merged]. The rings and the frames are this package's own, on top of
// the system calls alone: see the file peer/README.md for how that compares to a
// library. An interface that goes down and comes up again is survived; one that
// is removed and made anew is opened again.
//
// # Counting
//
// Every packet that the card hands to the prefilter is in its counters under one
// reason. What passed is in Stats of one of the sources, as Received or Dropped,
// or still in a ring, or unclaimed (there was no socket). With zero-copy the card
// itself drops what finds no frame, and only the card counts that (ethtool -S).
//
// # Rights
//
// CAP_NET_RAW for the sockets, besides what package bpf needs, and memory that may
// be locked: CAP_IPC_LOCK, or a limit (LimitMEMLOCK) above the size of the frames.
//
// # What it does not know
//
// Frames do not say when they came: all packets of a burst get the time at which
// the burst was taken. VLAN tags that the card takes off are lost (Message warns
// of it), and so are frames longer than a frame of memory can hold, 3840 bytes:
// they are dropped and counted as too long. Packets that the host has put
// together (GRO, LRO) are such frames; both must be off on the interface.
package afxdp
