// Package pin places threads: which cores to use, binding a goroutine to one of
// them, and how much of it a thread has used. It reads what Linux tells about
// cores and interfaces and does not know what the threads do.
package pin
