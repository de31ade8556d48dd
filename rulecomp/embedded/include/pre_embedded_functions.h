/* Functions that embedded C may call beside those of the C library. The
 * expressions' own #is_exist and #is_empty need no C; is_empty is here for C code
 * that asks the same of a text. */
#ifndef PRE_EMBEDDED_FUNCTIONS_H
#define PRE_EMBEDDED_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>

static inline bool is_empty(const char *text) { return text != NULL && text[0] == '\0'; }

#endif
