//go:build dpdk && cgo && linux

#include <time.h>

#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "host.h"
#include "loop.h"

#define BURST 64
#define BETWEEN 1024 // bursts between two looks at the clock

static struct mmt_host host;

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// loop_open sets a port up as the examples of DPDK do. The calling thread gets
// a number from DPDK, with which it has a cache of buffers.
int loop_open(uint16_t port)
{
	struct rte_eth_conf conf = {0};
	if (rte_lcore_id() == LCORE_ID_ANY && rte_thread_register() != 0)
		return -1;
	struct rte_mempool *pool = rte_pktmbuf_pool_create("loop", 8191, 512, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool == NULL || rte_eth_dev_configure(port, 1, 1, &conf) != 0)
		return -1;
	if (rte_eth_rx_queue_setup(port, 0, 1024, SOCKET_ID_ANY, NULL, pool) != 0 ||
	    rte_eth_tx_queue_setup(port, 0, 512, SOCKET_ID_ANY, NULL) != 0)
		return -1;
	mmt_host_begin(&host);
	return rte_eth_dev_start(port);
}

// loop_run receives for so long, and knows of each burst when it came: by the same
// clock as the probe. It returns the sum of all it saw.
uint64_t loop_run(uint16_t port, int64_t ns, uint64_t *packets)
{
	struct rte_mbuf *m[BURST];
	uint64_t sum = 0, count = 0, bytes = 0;
	int64_t latest = 0;
	for (int64_t end = now() + ns; now() < end;) {
		for (int i = 0; i < BETWEEN; i++) {
			unsigned n = rte_eth_rx_burst(port, 0, m, BURST);
			latest = mmt_host_time(&host);
			for (unsigned k = 0; k < n; k++) {
				sum += *rte_pktmbuf_mtod(m[k], const uint8_t *);
				bytes += m[k]->pkt_len;
			}
			rte_pktmbuf_free_bulk(m, n);
			count += n;
		}
	}
	*packets = count;
	return sum + bytes + latest;
}

void loop_close(uint16_t port)
{
	rte_eth_dev_stop(port);
	rte_eth_dev_close(port);
}
