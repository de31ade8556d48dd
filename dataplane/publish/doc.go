// Package publish stores counters and positions of rings which one goroutine
// writes, and others, or the kernel, read by atomic loads. What the goroutine
// has stored before is seen before (release order); nothing is said about what
// it loads afterwards. That is less than sync/atomic promises, whose stores wait
// on amd64 until all loads and stores before them are done: with a few of them
// for each burst of packets, a receiver never has the first lines of two bursts
// on their way at a time.
//
// The race detector does not see these stores: what they hand over to another
// goroutine of this process, beside the value itself, needs another way.
package publish
