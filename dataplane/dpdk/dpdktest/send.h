#ifndef DPDKTEST_SEND_H
#define DPDKTEST_SEND_H

#include <stdint.h>

int dpdktest_send(uint16_t port, uint16_t queue, const char *frame, unsigned len, unsigned segment);
int dpdktest_link(uint16_t port, int up);

#endif
