//go:build dpdk && cgo && linux

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "host.h"
#include "shim.h"

#define LINK_ETHERNET 1             // dataplane.LinkEthernet
#define LARGE_COUNT 256             // packets in several segments that can be held
#define SYNC_PERIOD 1000000000      // ns between two looks at the clock of a NIC
#define FIRST_PERIOD 20000          // microseconds between the first two

// ---- buffers

static void extend(struct rte_mempool *mp, void *arg, void *obj, unsigned i)
{
	struct mmt_pool *p = arg;
	uintptr_t a = (uintptr_t)obj;
	(void)mp, (void)i;
	if (p->base == 0 || a < p->base)
		p->base = a;
	if (a > p->cells)
		p->cells = a; // the highest address, until it is known how many cells
}

// make_places makes room for the place of a packet in each cell.
static int make_places(struct mmt_pool *p)
{
	rte_mempool_obj_iter(p->mp, extend, p);
	p->cells = ((p->cells + p->mp->elt_size - p->base) >> MMT_CELL_SHIFT) + 1;
	p->places = calloc(p->cells + 1, sizeof *p->places);
	return p->places == NULL ? -1 : 0;
}

static inline void set_place(struct mmt_pool *p, uintptr_t data, uint32_t place)
{
	p->places[(data - p->base) >> MMT_CELL_SHIFT] = place;
}

// make_pool makes buffers. They are taken by the thread that polls, and given
// back by it.
static int make_pool(struct mmt_pool *p, unsigned n, uint32_t room, int socket, char *error)
{
	static unsigned number;
	char name[RTE_MEMPOOL_NAMESIZE];
	snprintf(name, sizeof name, "mmt_%u", number++);
	p->room = room;
	p->mp = rte_pktmbuf_pool_create_by_ops(name, n, 0, 0, room + RTE_PKTMBUF_HEADROOM, socket, "mmt_lifo");
	if (p->mp == NULL) {
		snprintf(error, MMT_ERROR, "no memory for %u buffers of %u bytes: %s (reserve more hugepages, give EAL more with -m, or hold fewer)",
			n, room, rte_strerror(rte_errno));
		return -1;
	}
	if (make_places(p) == 0)
		return 0;
	snprintf(error, MMT_ERROR, "no memory to find %u buffers", n);
	return -1;
}

// make_lots makes as many lots as there can be, of one packet each.
static int make_lots(struct mmt_queue *q, uint32_t n, char *error)
{
	q->lots = calloc(n, sizeof *q->lots);
	if (q->lots == NULL) {
		snprintf(error, MMT_ERROR, "no memory to keep account of %u buffers", n);
		return -1;
	}
	q->lot_count = n;
	for (uint32_t i = n; i-- > 0;) {
		q->lots[i].number = i;
		q->lots[i].next = q->free;
		q->free = &q->lots[i];
	}
	return 0;
}

// mmt_queue_new makes the share of one thread, without ports.
struct mmt_queue *mmt_queue_new(const struct mmt_queue_options *o, char *error)
{
	struct mmt_queue *q = NULL;
	if (posix_memalign((void **)&q, 64, sizeof *q) != 0) {
		snprintf(error, MMT_ERROR, "no memory");
		return NULL;
	}
	memset(q, 0, sizeof *q);
	if ((q->host = malloc(sizeof *q->host)) == NULL) {
		snprintf(error, MMT_ERROR, "no memory");
		free(q);
		return NULL;
	}
	mmt_host_begin(q->host);
	q->queue = o->queue;
	q->snap = o->snap;
	if (rte_mbuf_dyn_rx_timestamp_register(&q->stamp, &q->stamp_flag) != 0)
		q->stamp = -1;
	uint32_t room = RTE_MBUF_DEFAULT_DATAROOM;
	uint32_t most = UINT16_MAX - RTE_PKTMBUF_HEADROOM;
	if (make_pool(&q->small, o->mbufs, room, o->socket, error) != 0 ||
	    (o->snap > room && make_pool(&q->large, LARGE_COUNT, RTE_MIN(o->snap, most), o->socket, error) != 0) ||
	    make_lots(q, o->mbufs + LARGE_COUNT, error) != 0) {
		mmt_queue_free(q);
		return NULL;
	}
	return q;
}

static void free_pool(struct mmt_pool *p)
{
	rte_mempool_free(p->mp);
	free(p->places);
}

// mmt_queue_free is for queues whose ports are closed.
void mmt_queue_free(struct mmt_queue *q)
{
	free_pool(&q->small);
	free_pool(&q->large);
	free(q->lots);
	free(q->host);
	free(q);
}

// ---- clocks

static void sync_clock(struct mmt_queue_port *p)
{
	uint64_t ticks;
	if (rte_eth_read_clock(p->id, &ticks) == 0)
		mmt_clock_sample(&p->clock, ticks, mmt_now());
}

// mmt_queue_add lets a queue read a port that has been started.
int mmt_queue_add(struct mmt_queue *q, uint16_t id, uint16_t index, const struct mmt_port *m)
{
	struct mmt_queue_port *p = &q->port[q->ports++];
	uint64_t ticks;
	p->id = id;
	p->index = index;
	if (q->stamp >= 0 && m->micros)
		p->clock.kind = MMT_CLOCK_MICRO;
	if (q->stamp >= 0 && m->stamps && rte_eth_read_clock(id, &ticks) == 0) {
		mmt_clock_begin(&p->clock, ticks, mmt_now());
		usleep(FIRST_PERIOD);
		sync_clock(p);
	}
	return p->clock.kind;
}

// ---- packets

// give_back frees packets. Those that are plain are as the driver gets them from
// the pool, and can go back there as they are.
static inline void give_back(struct mmt_queue *q, struct rte_mbuf **mbufs, unsigned n, int plain)
{
	if (likely(plain))
		rte_mempool_put_bulk(q->small.mp, (void **)mbufs, n);
	else
		rte_pktmbuf_free_bulk(mbufs, n);
}

// collect frees what was given back since the last call.
static inline void collect(struct mmt_queue *q)
{
	if (__atomic_load_n(&q->returned, __ATOMIC_RELAXED) == NULL)
		return;
	struct mmt_lot *lot = __atomic_exchange_n(&q->returned, NULL, __ATOMIC_ACQUIRE);
	while (lot != NULL) {
		struct mmt_lot *next = lot->next;
		give_back(q, lot->mbufs, lot->n, lot->plain);
		lot->next = q->free;
		q->free = lot;
		lot = next;
	}
}

// copy moves a packet into a buffer of its own: segments into one, memory that
// is not of the queue's pool into such. NULL: there is none.
static struct rte_mbuf *copy(struct mmt_queue *q, struct rte_mbuf *m, uint32_t want)
{
	struct mmt_pool *p = want <= q->small.room ? &q->small : &q->large;
	want = RTE_MIN(want, p->room);
	struct rte_mbuf *c = rte_pktmbuf_alloc(p->mp);
	if (c != NULL) {
		const void *from = rte_pktmbuf_read(m, 0, want, rte_pktmbuf_mtod(c, void *));
		if (from != NULL && from != rte_pktmbuf_mtod(c, void *))
			memcpy(rte_pktmbuf_mtod(c, void *), from, want);
		c->data_len = want;
		c->pkt_len = m->pkt_len;
	}
	rte_pktmbuf_free(m);
	uint64_t *count = c != NULL ? &q->copied : &q->dropped;
	__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
	return c;
}

// What the first words of an mbuf are as it comes from a pool.
union state {
	uint64_t word;
	struct {
		uint16_t data_off, refcnt, segments, port;
	};
};

// oddity is 0 if an mbuf is a single buffer of the pool, and nobody else's, in
// which the packet begins at the usual place.
static inline uint64_t oddity(const struct rte_mempool *mp, const struct rte_mbuf *m)
{
	const union state usual = {.data_off = RTE_PKTMBUF_HEADROOM, .refcnt = 1, .segments = 1};
	const union state heed = {.data_off = UINT16_MAX, .refcnt = UINT16_MAX, .segments = UINT16_MAX};
	union state is;
	memcpy(&is, &m->rearm_data, sizeof is);
	return ((uintptr_t)m->pool ^ (uintptr_t)mp) | ((is.word ^ usual.word) & heed.word) |
		(m->ol_flags & (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL));
}

// usable tells whether a packet can be handed out where it lies.
static inline int usable(const struct rte_mempool *mp, const struct rte_mbuf *m, uint32_t want)
{
	return m->data_len >= want && m->pool == mp && RTE_MBUF_DIRECT(m) && m->data_off + (1 << MMT_CELL_SHIFT) <= m->buf_len;
}

static int64_t stamped(const struct mmt_queue *q, const struct mmt_queue_port *p, const struct rte_mbuf *m, int64_t time)
{
	if ((m->ol_flags & q->stamp_flag) == 0)
		return time;
	uint64_t ticks = *RTE_MBUF_DYNFIELD(m, q->stamp, rte_mbuf_timestamp_t *);
	return p->clock.kind == MMT_CLOCK_MICRO ? (int64_t)ticks * 1000 : mmt_clock_time(&p->clock, ticks);
}

#define APART 1000 // ns between packets of a burst, if there is room

// spread returns the time of the first of a burst of packets, and what is between two
// of them: the last has the time of the computer. Nobody knows when they came, but what
// tells before from after must be able to.
static inline int64_t spread(struct mmt_queue *q, int64_t now, unsigned got, int64_t *step)
{
	int64_t room = RTE_MAX(now - q->latest, 0);
	q->latest = now;
	*step = RTE_MIN(room / got, APART);
	return now - (got - 1) * *step;
}

// describe fills in a packet at its place in a lot. It begins at data.
static inline void describe(struct mmt_packet *restrict out, uintptr_t data, uint64_t len, uint32_t wire, int64_t time, uint16_t port)
{
	out->data = (void *)data;
	out->len = len;
	out->cap = len | (len == 0); // an empty packet keeps its address
	out->time = time;
	out->wire = wire;
	out->link = LINK_ETHERNET;
	out->port = port;
}

// fill_plain describes packets that lie where the lot's next are, as if all were
// plain. It returns 0 if they are, and adds their bytes on the wire up.
static inline uint64_t fill_plain(const struct mmt_pool *pool, struct mmt_lot *restrict lot, unsigned got, uint64_t snap, int64_t time, int64_t step, uint16_t port,
	struct mmt_packet *restrict out, uint64_t *restrict bytes)
{
	uint32_t *restrict places = pool->places;
	const uintptr_t base = pool->base;
	const size_t cells = pool->cells;
	struct rte_mbuf **mbufs = lot->mbufs + lot->n;
	uintptr_t *restrict start = lot->data + lot->n;
	uint32_t place = lot->number * MMT_BURST + lot->n;
	uint64_t odd = 0, sum = 0;
	for (unsigned i = 0; i < got; i++) {
		const struct rte_mbuf *m = mbufs[i];
		uintptr_t data = (uintptr_t)m->buf_addr + RTE_PKTMBUF_HEADROOM;
		size_t cell = (data - base) >> MMT_CELL_SHIFT;
		uint32_t wire = m->pkt_len;
		rte_prefetch0((void *)data);
		places[RTE_MIN(cell, cells)] = place + i; // of another's buffer: behind the last
		start[i] = data;
		describe(&out[i], data, RTE_MIN((uint64_t)m->data_len, snap), wire, time + i * step, port);
		odd |= oddity(pool->mp, m);
		sum += wire;
	}
	*bytes += sum;
	return odd;
}

// fill_any does the same with packets that may have to be copied, or dropped, or
// have times of their own.
static uint64_t fill_any(struct mmt_queue *q, const struct mmt_queue_port *p, struct mmt_lot *lot, unsigned got, int64_t time, int64_t step)
{
	struct rte_mbuf **mbufs = lot->mbufs + lot->n;
	uint64_t bytes = 0;
	for (unsigned i = 0; i < got; i++) {
		struct rte_mbuf *m = mbufs[i];
		uint32_t wire = m->pkt_len, want = RTE_MIN(wire, q->snap);
		int64_t at = time + i * step;
		if (p->clock.kind != MMT_CLOCK_HOST)
			at = stamped(q, p, m, at);
		if (!usable(q->small.mp, m, want)) {
			if ((m = copy(q, m, want)) == NULL)
				continue;
			want = m->data_len;
		}
		set_place(m->pool == q->small.mp ? &q->small : &q->large, rte_pktmbuf_mtod(m, uintptr_t), lot->number * MMT_BURST + lot->n);
		lot->mbufs[lot->n] = m;
		lot->data[lot->n] = rte_pktmbuf_mtod(m, uintptr_t);
		describe(&q->packets[lot->n++], rte_pktmbuf_mtod(m, uintptr_t), want, wire, at, p->index);
		bytes += wire;
	}
	return bytes;
}

// fill describes packets of one port that the driver has put behind those of the
// lot.
static inline void fill(struct mmt_queue *q, struct mmt_queue_port *p, struct mmt_lot *lot, unsigned got)
{
	int64_t step, time = spread(q, mmt_host_time(q->host), got, &step);
	uint64_t bytes = 0;
	if (p->clock.kind == MMT_CLOCK_NIC && time - p->clock.ns > SYNC_PERIOD)
		sync_clock(p);
	uint64_t odd = fill_plain(&q->small, lot, got, q->snap, time, step, p->index, &q->packets[lot->n], &bytes);
	lot->plain &= odd == 0;
	if (likely(odd == 0 && p->clock.kind == MMT_CLOCK_HOST))
		lot->n += got;
	else
		bytes = fill_any(q, p, lot, got, time, step);
	q->bytes += bytes;
}

// hand_out makes a lot the last one, unless it is empty.
static unsigned hand_out(struct mmt_queue *q, struct mmt_lot *lot)
{
	if (lot->n == 0)
		return 0;
	q->free = lot->next;
	q->last = lot;
	__atomic_store_n(&lot->out, UINT64_MAX >> (MMT_BURST - lot->n), __ATOMIC_RELAXED);
	return lot->n;
}

// mmt_receive frees what was given back and describes the next packets, from
// all ports in turn, in the packets of the queue. It returns how many.
unsigned mmt_receive(uintptr_t queue)
{
	struct mmt_queue *q = (struct mmt_queue *)queue;
	q->bytes = 0;
	collect(q);
	struct mmt_lot *lot = q->free; // as long as there are packets, there are lots
	lot->n = 0;
	lot->plain = 1;
	// Drivers take few packets badly: where less than half a burst is free, the
	// next port waits for the next call.
	for (uint16_t i = 0; i < q->ports && lot->n <= MMT_BURST / 2; i++) {
		struct mmt_queue_port *p = &q->port[q->next];
		if (++q->next == q->ports)
			q->next = 0;
		unsigned got = rte_eth_rx_burst(p->id, q->queue, &lot->mbufs[lot->n], MMT_BURST - lot->n);
		if (got > 0)
			fill(q, p, lot, got);
	}
	return hand_out(q, lot);
}

// mmt_leave_out frees some packets of the last burst at once, given as bits, and
// moves the others together.
void mmt_leave_out(struct mmt_queue *q, uint64_t which)
{
	struct rte_mbuf *unused[MMT_BURST];
	struct mmt_lot *lot = q->last;
	unsigned keep = 0, none = 0;
	for (unsigned i = 0; i < lot->n; i++) {
		struct rte_mbuf *m = lot->mbufs[i];
		if (which >> i & 1) {
			unused[none++] = m;
			continue;
		}
		set_place(m->pool == q->small.mp ? &q->small : &q->large, lot->data[i], lot->number * MMT_BURST + keep);
		lot->data[keep] = lot->data[i];
		lot->mbufs[keep++] = m;
	}
	give_back(q, unused, none, lot->plain);
	lot->n = keep;
	__atomic_store_n(&lot->out, keep > 0 ? UINT64_MAX >> (MMT_BURST - keep) : 0, __ATOMIC_RELAXED);
	if (keep == 0) {
		lot->next = q->free;
		q->free = lot;
	}
}
