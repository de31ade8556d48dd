// The clock of the computer, by the counter of its processor, which is read in a
// third of the time. The counter is set against the clock again and again.
#ifndef MMT_HOST_H
#define MMT_HOST_H

#include <time.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>

#include "clock.h"

#define MMT_HOST_LOOKS 1000 // at the clock, in a second
#define MMT_HOST_TRIES 4    // to look at both at a time
#define MMT_HOST_BEGIN 5000 // microseconds between the first two looks

struct mmt_host {
	struct mmt_clock clock;
	uint64_t period; // ticks between two looks
	uint64_t brief;  // ticks that a look takes unless it was interrupted
	int64_t last;    // time that was told last
};

static inline int64_t mmt_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// mmt_host_look tells the time and the tick at which it was, or a little after.
static inline int64_t mmt_host_look(const struct mmt_host *h, uint64_t *ticks)
{
	int64_t ns = 0;
	for (int i = 0; i < MMT_HOST_TRIES; i++) {
		uint64_t before = rte_rdtsc();
		ns = mmt_now();
		*ticks = rte_rdtsc();
		if (*ticks - before < h->brief)
			break;
	}
	return ns;
}

// mmt_host_begin takes some milliseconds: what DPDK knows of the counter is rounded.
static inline void mmt_host_begin(struct mmt_host *h)
{
	uint64_t ticks, hz = rte_get_tsc_hz();
	h->period = hz / MMT_HOST_LOOKS;
	h->brief = hz / 1000000;
	h->last = 0;
	int64_t ns = mmt_host_look(h, &ticks);
	mmt_clock_begin(&h->clock, ticks, ns);
	rte_delay_us_sleep(MMT_HOST_BEGIN);
	ns = mmt_host_look(h, &ticks);
	mmt_clock_sample(&h->clock, ticks, ns);
}

// mmt_host_time returns nanoseconds since 1970. It does not go back, unless the
// clock was set back by more than the time between two looks.
static inline int64_t mmt_host_time(struct mmt_host *h)
{
	uint64_t ticks = rte_rdtsc();
	if (unlikely(ticks - h->clock.ticks > h->period)) {
		int64_t ns = mmt_host_look(h, &ticks);
		mmt_clock_sample(&h->clock, ticks, ns);
	}
	int64_t time = mmt_clock_time(&h->clock, ticks);
	if (time < h->last && h->last - time < 1000000000 / MMT_HOST_LOOKS)
		time = h->last;
	return h->last = time;
}

#endif
