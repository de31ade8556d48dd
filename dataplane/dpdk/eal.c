//go:build dpdk && cgo && linux

#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "shim.h"

// mmt_eal_init starts EAL. What it logs meanwhile is in *log, which the caller
// frees. The calling thread keeps its processors: EAL pins it to one, and the
// threads that Go starts from it would be pinned too.
int mmt_eal_init(int argc, char **argv, char **log)
{
	size_t size = 0;
	cpu_set_t before;
	int known = pthread_getaffinity_np(pthread_self(), sizeof before, &before) == 0;
	FILE *f = open_memstream(log, &size);
	if (f != NULL)
		rte_openlog_stream(f);
	int rc = rte_eal_init(argc, argv);
	int error = rte_errno;
	if (f != NULL) {
		rte_openlog_stream(NULL);
		fclose(f);
	}
	if (known)
		pthread_setaffinity_np(pthread_self(), sizeof before, &before);
	return rc < 0 ? -(error > 0 ? error : 1) : 0;
}
