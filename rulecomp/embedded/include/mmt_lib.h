/* Helpers for the C code that is embedded in rule files (manual section 4.2):
 * messages, memory, hash tables, and what a reactive function is given. */
#ifndef MMT_LIB_H
#define MMT_LIB_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* Messages go to the standard error, one line each. mmt_debug is silent unless
 * the file is compiled with -DDEBUG. */
#define mmt_log_line(level, format, ...) \
	fprintf(stderr, "mmt " level ": " format "\n", ##__VA_ARGS__)
#define mmt_info(format, ...) mmt_log_line("info", format, ##__VA_ARGS__)
#define mmt_warn(format, ...) mmt_log_line("warning", format, ##__VA_ARGS__)
#define mmt_error(format, ...) mmt_log_line("error", format, ##__VA_ARGS__)
#ifdef DEBUG
#define mmt_debug(format, ...) \
	mmt_log_line("debug", "%s:%d: " format, __FILE__, __LINE__, ##__VA_ARGS__)
#else
#define mmt_debug(format, ...) \
	do { \
		if (0) \
			mmt_log_line("debug", format, ##__VA_ARGS__); \
	} while (0)
#endif

/* Memory. mmt_mem_alloc never returns NULL: without memory it ends the call as
 * abort() does. */
static inline void *mmt_mem_alloc(size_t size)
{
	void *memory = malloc(size > 0 ? size : 1);
	if (memory == NULL)
		abort();
	return memory;
}

static inline void *mmt_mem_dup(const void *memory, size_t size)
{
	return memcpy(mmt_mem_alloc(size), memory, size);
}

static inline void mmt_mem_force_free(void *memory) { free(memory); }
static inline void mmt_mem_free(void *memory) { free(memory); }

/* A hash table from keys, which are copied, to pointers, which are not. */
typedef struct mmt_hash_entry {
	struct mmt_hash_entry *next;
	void *data;
	uint32_t hash;
	uint32_t key_size;
	uint8_t key[];
} mmt_hash_entry_t;

typedef struct mmt_hash {
	mmt_hash_entry_t **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
} mmt_hash_t;

static inline mmt_hash_t *mmt_hash_create(void)
{
	mmt_hash_t *table = (mmt_hash_t *)mmt_mem_alloc(sizeof(*table));
	table->count = 0;
	table->bucket_count = 64;
	table->buckets = (mmt_hash_entry_t **)calloc(table->bucket_count, sizeof(*table->buckets));
	if (table->buckets == NULL)
		abort();
	return table;
}

/* FNV-1a. */
static inline uint32_t mmt_hash_of(const void *key, size_t key_size)
{
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < key_size; i++)
		hash = (hash ^ ((const uint8_t *)key)[i]) * 16777619u;
	return hash;
}

static inline mmt_hash_entry_t *mmt_hash_find(const mmt_hash_t *table, const void *key, size_t key_size, uint32_t hash)
{
	mmt_hash_entry_t *entry = table->buckets[hash & (table->bucket_count - 1)];
	while (entry != NULL && (entry->hash != hash || entry->key_size != key_size || memcmp(entry->key, key, key_size) != 0))
		entry = entry->next;
	return entry;
}

static inline void mmt_hash_grow(mmt_hash_t *table)
{
	size_t wider = table->bucket_count * 2;
	mmt_hash_entry_t **buckets = (mmt_hash_entry_t **)calloc(wider, sizeof(*buckets));
	if (buckets == NULL)
		return; /* longer chains then */
	for (size_t i = 0; i < table->bucket_count; i++) {
		mmt_hash_entry_t *entry = table->buckets[i], *next;
		for (; entry != NULL; entry = next) {
			next = entry->next;
			entry->next = buckets[entry->hash & (wider - 1)];
			buckets[entry->hash & (wider - 1)] = entry;
		}
	}
	free(table->buckets);
	table->buckets = buckets;
	table->bucket_count = wider;
}

/* Adds data under a key. Where the key has data already, that is returned and
 * replaced only if override is true; NULL is returned for a new key. */
static inline void *mmt_hash_add(mmt_hash_t *table, const void *key, size_t key_size, void *data, bool override)
{
	uint32_t hash = mmt_hash_of(key, key_size);
	mmt_hash_entry_t *entry = mmt_hash_find(table, key, key_size, hash);
	if (entry != NULL) {
		void *before = entry->data;
		if (override || before == NULL)
			entry->data = data;
		return before;
	}
	if (table->count >= table->bucket_count)
		mmt_hash_grow(table);
	entry = (mmt_hash_entry_t *)mmt_mem_alloc(sizeof(*entry) + key_size);
	entry->data = data;
	entry->hash = hash;
	entry->key_size = (uint32_t)key_size;
	memcpy(entry->key, key, key_size);
	entry->next = table->buckets[hash & (table->bucket_count - 1)];
	table->buckets[hash & (table->bucket_count - 1)] = entry;
	table->count++;
	return NULL;
}

/* Returns the data of a key, NULL if there is none. */
static inline void *mmt_hash_search(const mmt_hash_t *table, const void *key, size_t key_size)
{
	const mmt_hash_entry_t *entry;
	if (table == NULL || key == NULL)
		return NULL;
	entry = mmt_hash_find(table, key, key_size, mmt_hash_of(key, key_size));
	return entry == NULL ? NULL : entry->data;
}

/* Frees the table and its keys; the data belong to whoever added them. */
static inline void mmt_hash_free(mmt_hash_t *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->bucket_count; i++) {
		mmt_hash_entry_t *entry = table->buckets[i], *next;
		for (; entry != NULL; entry = next) {
			next = entry->next;
			free(entry);
		}
	}
	free(table->buckets);
	free(table);
}

/* An array of pointers. */
typedef struct mmt_array {
	size_t elements_count;
	void **data;
} mmt_array_t;

/* Verdicts, as reactive functions get them. */
enum verdict_type {
	VERDICT_DETECTED,
	VERDICT_NOT_DETECTED,
	VERDICT_RESPECTED,
	VERDICT_NOT_RESPECTED,
	VERDICT_UNKNOWN
};

/* Types of properties. */
enum rule_type {
	RULE_TYPE_ATTACK,
	RULE_TYPE_EVASION,
	RULE_TYPE_SECURITY,
	RULE_TYPE_TEST
};

typedef struct rule_event {
	uint32_t id; /* from 1 */
	const char *description;
} rule_event_t;

/* A property. It stays where it is until the rule file is unloaded. */
typedef struct rule_info {
	uint32_t id;
	uint32_t type_id; /* enum rule_type */
	const char *type_string;
	const char *description;
	const char *if_satisfied;     /* name of the reactive function */
	const char *if_not_satisfied; /* always NULL */
	uint32_t events_count;
	uint32_t variables_count;
	const rule_event_t *events;
} rule_info_t;

/* What data of a message_element_t points to. */
enum data_type {
	MMT_SEC_MSG_DATA_TYPE_NUMERIC, /* a double */
	MMT_SEC_MSG_DATA_TYPE_STRING,  /* text, NUL-terminated */
	MMT_SEC_MSG_DATA_TYPE_BINARY   /* the value in its own layout */
};

typedef struct message_element {
	uint32_t proto_id;
	uint32_t att_id;
	int data_type; /* enum data_type */
	void *data;
} message_element_t;

/* A packet that satisfied an event. Element n of the trace that a reactive
 * function gets is the packet of event n + 1, NULL if that did not occur. */
typedef struct message {
	uint64_t timestamp; /* microseconds since 1970 */
	uint64_t counter;   /* number of the packet */
	size_t elements_count;
	message_element_t *elements;
} message_t;

/* Splits a time stamp. */
static inline void mmt_sec_decode_timeval(uint64_t micros, struct timeval *time)
{
	time->tv_sec = (time_t)(micros / 1000000);
	time->tv_usec = (suseconds_t)(micros % 1000000);
}

/* The trace of a verdict, with its text; only its array is for rule authors. */
struct mmt_trace {
	mmt_array_t array;
	const char *json;
};

/* Returns the history of the verdict as reports show it. trace is the one that
 * the reactive function was given. The text belongs to the library and is there
 * until the reactive function returns. */
static inline const char *mmt_convert_execution_trace_to_json_string(const mmt_array_t *trace, const rule_info_t *rule)
{
	(void)rule;
	return ((const struct mmt_trace *)trace)->json;
}

#endif
