//go:build dpdk && cgo && linux

#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "send.h"

static struct rte_mempool *pool;

// chain makes a packet of segments of at most so many bytes, NULL if there is
// no memory.
static struct rte_mbuf *chain(const char *frame, unsigned len, unsigned segment)
{
	struct rte_mbuf *first = NULL;
	do {
		struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
		unsigned n = len < segment ? len : segment;
		if (m == NULL || rte_pktmbuf_append(m, n) == NULL || (first != NULL && rte_pktmbuf_chain(first, m) != 0)) {
			rte_pktmbuf_free(m);
			rte_pktmbuf_free(first);
			return NULL;
		}
		memcpy(rte_pktmbuf_mtod(m, char *), frame, n);
		if (first == NULL)
			first = m;
		frame += n;
		len -= n;
	} while (len > 0);
	return first;
}

int dpdktest_send(uint16_t port, uint16_t queue, const char *frame, unsigned len, unsigned segment)
{
	if (pool == NULL)
		pool = rte_pktmbuf_pool_create("dpdktest", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool == NULL)
		return -1;
	struct rte_mbuf *m = chain(frame, len, segment);
	if (m == NULL)
		return -1;
	if (rte_eth_tx_burst(port, queue, &m, 1) == 1)
		return 1;
	rte_pktmbuf_free(m);
	return 0;
}

int dpdktest_link(uint16_t port, int up)
{
	return up ? rte_eth_dev_set_link_up(port) : rte_eth_dev_set_link_down(port);
}
