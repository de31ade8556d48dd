// Package embedded is the C of rule files (manual section 4.2): it makes C source
// of a property file, has it compiled, loads the result and lets rules call it,
// without cgo. It writes and reads compiled rule files (section 4.5). It knows
// neither XML (package rulecomp) nor packets nor how rules are verified.
//
// # What C code finds
//
// string.h, stdio.h, stdlib.h, stdint.h, stdbool.h, unistd.h, mmt_lib.h and
// pre_embedded_functions.h are included before it; it may include mmt_core.h,
// tcpip/mmt_tcpip.h and tcpip/mmt_tcpip_protocols.h, which are in this package, and
// whatever the machine has. Its parameters are
//
//   - a double for a number; C turns it into what the function declares;
//   - const char *, with a NUL at the end, for text, addresses (their bytes in
//     network order) and views of the packet; what does not fit into 112 KiB for
//     all parameters of a call is cut;
//   - const void * to the structure in mmt_core.h for lists, binary and binary_var
//     attributes and meta.proto_hierarchy;
//   - for times (meta.utime) const void * to a uint64_t of microseconds since 1970,
//     followed by a second one of the microseconds within the second, where a
//     struct timeval has its tv_usec; a double if the function declares a number;
//   - NULL or 0 for what is not there.
//
// A result is a number, text (copied when the call returns), or where the
// expression needs a number of a pointer, whether it is not NULL. A function has at
// most 16 parameters. on_load runs once when the file is loaded, on_unload once
// when it is unloaded. A reactive function gets memory that is there until it
// returns; those of one file run one at a time. Other functions may run on several
// threads at once: as many as there are shards that verify their rules.
//
// # How it is compiled
//
// By cc or the command in the environment variable CC, as GNU C11 with -O2, and
// these options in this order: CFLAGS, those given to compile_rule, those that the
// code gives itself (`#pragma mmt -lhiredis`), those of pkg-config for the folders
// of included headers ("hiredis/hiredis.h": hiredis), LDFLAGS, -lm. A property file
// with C that is loaded as it is gets compiled into mmt in the user's cache
// folder, once for each text of it. Compiled files need no compiler.
//
// # What a crash does
//
// A call that faults (SIGSEGV, SIGBUS, SIGFPE, SIGILL, also by exhausting the
// stack), aborts (abort, a failed assert) or leaves (exit, _exit, quick_exit) ends
// there: it gives nothing, as if the function had returned NULL. The function is
// called no more, its rules go on without it, and the log tells once which
// function of which rules it was and why. on_load that does so is an error of
// loading. Faults of Go code, and signals that others send, go where they went
// before: the handlers are those of the C code only while it runs, on the thread
// that runs it. They are installed with the first module and taken back with the
// last.
//
// Not guaranteed: what the code has written over before the crash stays
// overwritten, Go's memory included; locks that it held stay locked, that of
// malloc included, and memory and files that it had stay open; a crash in a
// thread that the code started itself ends the process, exit there only that
// thread; a function that does not return stops its shard for ever; code may
// install handlers of its own, which are then in front of these. Functions that
// leave by exit through a library's own call (atexit, a library that calls exit)
// end the process.
//
// # Speed
//
// A call takes one crossing and no allocation (the figures of BenchmarkCall: 120
// to 190 ns, of which 50 are the crossing and 25 the guard; 40 ns each in a
// Batch of 32). A program with this package is linked against the C library
// dynamically; the Go linker does that by itself, also with CGO_ENABLED=0. Built
// with the tag static it is not, and rule files with embedded C are refused.
package embedded
