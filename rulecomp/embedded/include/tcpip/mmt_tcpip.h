/* Protocols of the TCP/IP family. */
#ifndef MMT_TCPIP_H
#define MMT_TCPIP_H

#include <arpa/inet.h>
#include <netinet/in.h>

#include "../mmt_core.h"
#include "mmt_tcpip_protocols.h"

#endif
