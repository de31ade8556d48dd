// Package receive compares the probe's receiving from AF_XDP and AF_PACKET
// sockets, in Go, with a loop in C that does nothing else, in turns: each touches
// the first byte of each packet, counts packets and bytes, knows when they came and
// gives their memory back. They are benchmarks; -short leaves live rates out:
//
//	go test -run '^$' -bench . -benchtime 21x ./bench/receive
//
// Each has a veth pair and a prefilter of its own. Frames are sent by the kernel
// (BPF_PROG_TEST_RUN), which takes a whole core and is slower than the receivers.
// So there are two figures: the time of the thread that receives for each packet
// of a full ring, while nothing is sent, and packets a second while the other
// core sends, which is as much as that can. Ratios are those of Go to C, above 1
// where Go is faster. The C loop is compiled when the benchmark begins, by cc.
//
// A full ring holds more than caches do, so that most of a packet's time is that of
// its first line coming from memory. The probe asks for it ahead (package prefetch);
// the loop in C does not, as programs on such sockets commonly do not. Where it
// does, it takes some 6 % less of a packet of AF_XDP, and of AF_PACKET 20 % less at
// 60 bytes and 40 % at 508.
package receive
