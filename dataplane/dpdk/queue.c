//go:build dpdk && cgo && linux

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "shim.h"

#define LINK_ETHERNET 1             // dataplane.LinkEthernet
#define LARGE_COUNT 256             // packets in several segments that can be held
#define SYNC_PERIOD 1000000000      // ns between two looks at the clock of a NIC
#define FIRST_PERIOD 20000          // microseconds between the first two

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// ---- buffers

static void lowest(struct rte_mempool *mp, void *arg, void *obj, unsigned i)
{
	struct mmt_table *t = arg;
	(void)mp, (void)i;
	uintptr_t a = (uintptr_t)obj;
	if (t->base == 0 || a < t->base)
		t->base = a;
	if (a > t->cells)
		t->cells = a; // the highest address, until it is known how many cells
}

static void enter(struct rte_mempool *mp, void *arg, void *obj, unsigned i)
{
	struct mmt_table *t = arg;
	(void)mp, (void)i;
	t->at[((uintptr_t)obj - t->base) >> t->shift] = obj;
}

// make_table maps addresses to mbufs. A cell is less than half as long as the
// distance of two mbufs, so that the first look nearly always finds the right one.
static int make_table(struct rte_mempool *mp, struct mmt_table *t)
{
	t->size = mp->header_size + mp->elt_size + mp->trailer_size;
	t->shift = 62 - __builtin_clzl(t->size);
	rte_mempool_obj_iter(mp, lowest, t);
	t->cells = ((t->cells + t->size - t->base) >> t->shift) + 1;
	t->at = calloc(t->cells, sizeof *t->at);
	if (t->at == NULL)
		return -1;
	rte_mempool_obj_iter(mp, enter, t);
	for (size_t i = 1; i < t->cells; i++)
		if (t->at[i] == NULL)
			t->at[i] = t->at[i - 1];
	return 0;
}

// make_pool makes buffers. They are taken by the thread that polls and given
// back by it, so a stack without caches keeps using those that are warm.
static int make_pool(struct mmt_pool *p, unsigned n, uint32_t room, int socket, char *error)
{
	static unsigned number;
	char name[RTE_MEMPOOL_NAMESIZE];
	snprintf(name, sizeof name, "mmt_%u", number++);
	p->room = room;
	p->mp = rte_pktmbuf_pool_create_by_ops(name, n, 0, 0, room + RTE_PKTMBUF_HEADROOM, socket, "stack");
	if (p->mp == NULL) {
		snprintf(error, MMT_ERROR, "no memory for %u buffers of %u bytes: %s (reserve more hugepages, give EAL more with -m, or hold fewer)",
			n, room, rte_strerror(rte_errno));
		return -1;
	}
	if (make_table(p->mp, &p->table) == 0)
		return 0;
	snprintf(error, MMT_ERROR, "no memory for the table of %u buffers", n);
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
	q->tag = offsetof(struct rte_mbuf, hash.usr);
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
	free(p->table.at);
}

// mmt_queue_free is for queues whose ports are closed.
void mmt_queue_free(struct mmt_queue *q)
{
	free_pool(&q->small);
	free_pool(&q->large);
	free(q->lots);
	free(q);
}

// ---- clocks

static void sync_clock(struct mmt_queue_port *p)
{
	uint64_t ticks;
	if (rte_eth_read_clock(p->id, &ticks) == 0)
		mmt_clock_sample(&p->clock, ticks, now());
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
		mmt_clock_begin(&p->clock, ticks, now());
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

// plain tells whether an mbuf is a single buffer of the pool, and nobody else's.
static inline int plain(const struct rte_mempool *mp, const struct rte_mbuf *m)
{
	return (m->pool == mp) & (m->nb_segs == 1) & (rte_mbuf_refcnt_read(m) == 1) & !!RTE_MBUF_DIRECT(m);
}

// usable tells whether a packet can be handed out where it lies.
static inline int usable(const struct rte_mempool *mp, const struct rte_mbuf *m, uint32_t want)
{
	return m->data_len >= want && m->pool == mp && RTE_MBUF_DIRECT(m);
}

static int64_t stamped(const struct mmt_queue *q, const struct mmt_queue_port *p, const struct rte_mbuf *m, int64_t time)
{
	if ((m->ol_flags & q->stamp_flag) == 0)
		return time;
	uint64_t ticks = *RTE_MBUF_DYNFIELD(m, q->stamp, rte_mbuf_timestamp_t *);
	return p->clock.kind == MMT_CLOCK_MICRO ? (int64_t)ticks * 1000 : mmt_clock_time(&p->clock, ticks);
}

// fill adds packets of one port to the lot and describes them.
static inline void fill(struct mmt_queue *q, struct mmt_queue_port *p, struct mmt_lot *lot, struct rte_mbuf **mbufs, unsigned got)
{
	const int64_t time = now();
	const int stamps = p->clock.kind != MMT_CLOCK_HOST;
	const struct rte_mempool *mp = q->small.mp;
	const uint32_t snap = q->snap;
	const uint16_t index = p->index;
	uint32_t n = lot->n, tag = lot->number * MMT_BURST;
	uint64_t bytes = 0;
	if (p->clock.kind == MMT_CLOCK_NIC && time - p->clock.ns > SYNC_PERIOD)
		sync_clock(p);
	for (unsigned i = 0; i < got; i++) {
		struct rte_mbuf *m = mbufs[i];
		uint32_t wire = m->pkt_len;
		uint32_t want = RTE_MIN(wire, snap);
		int64_t at = unlikely(stamps) ? stamped(q, p, m, time) : time;
		if (unlikely(!plain(mp, m) || m->data_len < want)) {
			lot->plain = 0;
			if (!usable(mp, m, want)) {
				if ((m = copy(q, m, want)) == NULL)
					continue;
				want = m->data_len;
			}
		}
		void *data = rte_pktmbuf_mtod(m, void *);
		rte_prefetch0(data);
		m->hash.usr = tag + n;
		lot->mbufs[n] = m;
		lot->data[n] = (uintptr_t)data;
		q->packets[n++] = (struct mmt_packet){
			.data = data, .len = want, .cap = want > 0 ? want : 1, // an empty packet keeps its address
			.time = at, .wire = wire, .link = LINK_ETHERNET, .port = index,
		};
		bytes += wire;
	}
	q->bytes += bytes;
	lot->n = n;
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
		struct rte_mbuf **mbufs = &lot->mbufs[lot->n];
		unsigned got = rte_eth_rx_burst(p->id, q->queue, mbufs, MMT_BURST - lot->n);
		if (got > 0)
			fill(q, p, lot, mbufs, got);
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
		m->hash.usr = lot->number * MMT_BURST + keep;
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
