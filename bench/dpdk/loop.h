#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include <stdint.h>

int loop_open(uint16_t port);
uint64_t loop_run(uint16_t port, int64_t ns, uint64_t *packets);
void loop_close(uint16_t port);

#endif
