//go:build dpdk && cgo && linux

#include <stdlib.h>

#include <rte_pause.h>
#include <rte_ring.h>

#include "rte.h"

#define BURST 32

// rte_new makes a ring for one thread at each side, which needs no EAL.
struct rte_ring *rte_new(unsigned capacity)
{
	struct rte_ring *r = NULL;
	if (posix_memalign((void **)&r, 128, rte_ring_get_memsize(capacity)) != 0)
		return NULL;
	if (rte_ring_init(r, "bench", capacity, RING_F_SP_ENQ | RING_F_SC_DEQ) == 0)
		return r;
	free(r);
	return NULL;
}

unsigned rte_in(struct rte_ring *r, uint64_t *items, unsigned n)
{
	return rte_ring_sp_enqueue_burst(r, (void **)items, n, NULL);
}

unsigned rte_out(struct rte_ring *r, uint64_t *items, unsigned n)
{
	return rte_ring_sc_dequeue_burst(r, (void **)items, n, NULL);
}

void rte_produce(struct rte_ring *r, uint64_t n)
{
	uint64_t items[BURST];
	for (uint64_t next = 0; next < n; next += BURST) {
		for (unsigned i = 0; i < BURST; i++)
			items[i] = next + i;
		for (unsigned in = 0; in < BURST;) {
			unsigned done = rte_in(r, items + in, BURST - in);
			in += done;
			if (done == 0)
				rte_pause();
		}
	}
}

uint64_t rte_consume(struct rte_ring *r, uint64_t n)
{
	uint64_t items[BURST], sum = 0;
	for (uint64_t got = 0; got < n;) {
		unsigned done = rte_out(r, items, BURST);
		for (unsigned i = 0; i < done; i++)
			sum += items[i];
		got += done;
		if (done == 0)
			rte_pause();
	}
	return sum;
}
