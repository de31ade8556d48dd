// Package prefetch asks the processor to get memory into its cache before it is
// needed. Unlike a load, nothing waits for that: while lines are on their way,
// work on other packets goes on. A processor has some ten of them on their way at
// a time, and waits when it is asked for more: a few after every few packets cost
// less than all at once.
//
// Any address will do: where there is no memory nothing happens, so what another
// program or the kernel has written need not be checked first. On processors other
// than amd64 all of these do nothing.
package prefetch
