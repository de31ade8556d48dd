//go:build dpdk && cgo && linux

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mempool.h>

// A store of buffers for one thread, last in, first out: those that are warm are
// used again. DPDK's own are for several threads, and take a lock each time. The
// port fills its queue from the store before the thread begins, and empties it
// after the thread has ended.
struct lifo {
	unsigned n;
	void *objects[];
};

static int lifo_alloc(struct rte_mempool *mp)
{
	struct lifo *l = malloc(sizeof *l + mp->size * sizeof *l->objects);
	if (l == NULL)
		return -ENOMEM;
	l->n = 0;
	mp->pool_data = l;
	return 0;
}

static void lifo_free(struct rte_mempool *mp)
{
	free(mp->pool_data);
}

static int lifo_enqueue(struct rte_mempool *mp, void *const *objects, unsigned n)
{
	struct lifo *l = mp->pool_data;
	if (n > mp->size - l->n)
		return -ENOBUFS;
	memcpy(&l->objects[l->n], objects, n * sizeof *objects);
	l->n += n;
	return 0;
}

static int lifo_dequeue(struct rte_mempool *mp, void **objects, unsigned n)
{
	struct lifo *l = mp->pool_data;
	if (n > l->n)
		return -ENOBUFS;
	l->n -= n;
	memcpy(objects, &l->objects[l->n], n * sizeof *objects);
	return 0;
}

static unsigned lifo_count(const struct rte_mempool *mp)
{
	const struct lifo *l = mp->pool_data;
	return l->n;
}

static const struct rte_mempool_ops lifo = {
	.name = "mmt_lifo",
	.alloc = lifo_alloc,
	.free = lifo_free,
	.enqueue = lifo_enqueue,
	.dequeue = lifo_dequeue,
	.get_count = lifo_count,
};

RTE_MEMPOOL_REGISTER_OPS(lifo)
