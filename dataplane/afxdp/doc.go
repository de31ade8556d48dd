// Package afxdp receives packets through AF_XDP sockets: the prefilter (package
// bpf) hands frames from the driver straight into memory of this process.
//
// A [Device] is an interface with the prefilter in front, whose receive queues
// are shared out among as many [Source]s as there are threads to read them. The
// rings and the frames are this package's own, on top of the system calls alone:
// see the file peer/README.md for how that compares to a library. An interface
// that goes down and comes up again is survived; one that is removed and made
// anew is opened again.
//
// # Counting
//
// Every packet that the card hands to the prefilter is in its counters under one
// reason. What it kept away is in Counters.Prefiltered of the first source; what
// passed is in Stats of one of the sources, as Received, Filtered or Dropped, or
// waits in a ring. What was too long, or came to a queue without a socket, was
// dropped by the first source. Stop takes the prefilter off the interface: what
// comes later is in no figure. With zero-copy the card itself drops what finds no
// frame, and only the card counts that (ethtool -S).
//
// # Rights
//
// CAP_NET_RAW for the sockets, besides what package bpf needs, and memory that may
// be locked: CAP_IPC_LOCK, or a limit (LimitMEMLOCK) above the size of the frames.
//
// # What it does not know
//
// Frames do not say when they came: the last packet in the ring gets the time at
// which the ring was looked at, and those before it get times a microsecond apart,
// or less where more came since the look before. VLAN tags that the card takes off
// are lost (Message warns of it), and so are frames longer than a frame of memory
// can hold, 3840 bytes: they are dropped and counted as too long. Packets that the
// host has put together (GRO, LRO) are such frames; both must be off on the
// interface.
package afxdp
