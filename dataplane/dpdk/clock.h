// The clock of a NIC beside that of the computer. Nothing here needs DPDK.
#ifndef MMT_CLOCK_H
#define MMT_CLOCK_H

#include <stdint.h>

// What the time of a packet comes from.
enum mmt_clock_kind {
	MMT_CLOCK_HOST,  // the computer's clock when the burst was taken
	MMT_CLOCK_NIC,   // the NIC's counter, set against the computer's clock
	MMT_CLOCK_MICRO, // the driver gives microseconds since 1970 (net_pcap)
};

struct mmt_clock {
	enum mmt_clock_kind kind;
	uint64_t first_ticks, ticks; // first and last sample
	int64_t first_ns, ns;        // nanoseconds since 1970 at the same moments
	double ns_per_tick;
};

// mmt_clock_begin takes the first sample.
static inline void mmt_clock_begin(struct mmt_clock *c, uint64_t ticks, int64_t ns)
{
	c->kind = MMT_CLOCK_NIC;
	c->first_ticks = c->ticks = ticks;
	c->first_ns = c->ns = ns;
	c->ns_per_tick = 1;
}

// mmt_clock_sample takes another. The rate is that of the whole time since the
// first, so that it gets better; when the computer's clock was set, or the
// counter began anew, it starts from here with the rate known so far.
static inline void mmt_clock_sample(struct mmt_clock *c, uint64_t ticks, int64_t ns)
{
	double rate = ticks > c->first_ticks ? (double)(ns - c->first_ns) / (double)(ticks - c->first_ticks) : 0;
	int first = c->ticks == c->first_ticks;
	if (rate > 0 && (first || (rate < c->ns_per_tick * 1.001 && rate > c->ns_per_tick * 0.999))) {
		c->ns_per_tick = rate;
	} else {
		c->first_ticks = ticks;
		c->first_ns = ns;
	}
	c->ticks = ticks;
	c->ns = ns;
}

// mmt_clock_time converts a time of the NIC, before or after the last sample.
static inline int64_t mmt_clock_time(const struct mmt_clock *c, uint64_t ticks)
{
	return c->ns + (int64_t)((double)(int64_t)(ticks - c->ticks) * c->ns_per_tick);
}

#endif
