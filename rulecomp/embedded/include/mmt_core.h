/* Layout of the values that embedded functions get as const void *. */
#ifndef MMT_CORE_H
#define MMT_CORE_H

#include "mmt_lib.h"

#define PROTO_PATH_SIZE 16
#define BINARY_64DATA_LEN 64
#define BINARY_1024DATA_LEN 1024

/* meta.proto_hierarchy: the protocols of the packet, the meta protocol first. */
typedef struct proto_hierarchy {
	int len;
	int proto_path[PROTO_PATH_SIZE];
} proto_hierarchy_t;

/* Arrays of numbers, in the byte order of this machine. */
typedef struct mmt_u16_array {
	uint32_t len; /* numbers, at most 64 */
	uint16_t data[BINARY_64DATA_LEN];
} mmt_u16_array_t;

typedef struct mmt_u32_array {
	uint32_t len;
	uint32_t data[BINARY_64DATA_LEN];
} mmt_u32_array_t;

typedef struct mmt_u64_array {
	uint32_t len;
	uint64_t data[BINARY_64DATA_LEN];
} mmt_u64_array_t;

/* Attributes of type binary and binary_var; len is in bytes. */
typedef struct mmt_binary_data {
	uint32_t len;
	uint8_t data[BINARY_64DATA_LEN];
} mmt_binary_data_t;

typedef struct mmt_binary_var_data {
	uint32_t len;
	uint8_t data[BINARY_1024DATA_LEN];
} mmt_binary_var_data_t;

/* Text: functions get it as const char *; these are for code that keeps it. */
typedef struct mmt_string_data {
	uint32_t len;
	uint8_t data[BINARY_64DATA_LEN];
} mmt_string_data_t;

typedef struct mmt_header_line {
	const char *ptr;
	uint16_t len;
} mmt_header_line_t;

typedef struct mmt_generic_header_line {
	mmt_header_line_t hfield;
	mmt_header_line_t hvalue;
} mmt_generic_header_line_t;

#endif
