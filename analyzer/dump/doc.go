// Package dump writes packets to trace files: all of some kind (Dump, the manual's
// block dump-pcap), or those of a flow that an alert is about, of which some came
// before it (Evidence).
//
// Threads that analyse copy packets into memory that was set aside; a goroutine
// writes. Nothing is allocated for a packet, and no thread waits for the disk
// unless Options.Wait says so: packets that find no room are counted.
//
// It knows packets, flows by their number, and the words of an alert; neither
// protocols nor rules, and nothing of the configuration.
package dump
