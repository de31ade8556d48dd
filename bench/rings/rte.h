#ifndef BENCH_RTE_H
#define BENCH_RTE_H

#include <stdint.h>

struct rte_ring;

struct rte_ring *rte_new(unsigned capacity);
unsigned rte_in(struct rte_ring *r, uint64_t *items, unsigned n);
unsigned rte_out(struct rte_ring *r, uint64_t *items, unsigned n);
void rte_produce(struct rte_ring *r, uint64_t n);
uint64_t rte_consume(struct rte_ring *r, uint64_t n);

#endif
