/* Included by generated code before the embedded C: what would end the process
 * ends the call of the embedded function instead. */
#ifndef MMT_GUARD_H
#define MMT_GUARD_H

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

/* Parameters of a function at most. */
#define MMT_ARGUMENTS 16

/* Status of a call that called exit(); others are numbers of signals. */
#define MMT_EXITED 1000

/* Where a call that crashes goes on; found through a key of the thread. */
struct mmt_guard {
	sigjmp_buf jump;
	volatile int exit_status;
};
static uint32_t mmt_guard_key;

static void __attribute__((noreturn, unused)) mmt_leave(int how, int exit_status)
{
	struct mmt_guard *guard = pthread_getspecific(mmt_guard_key);
	if (guard == NULL)
		pthread_exit(NULL); /* a thread that embedded C started */
	guard->exit_status = exit_status;
	siglongjmp(guard->jump, how);
}

#define exit(status) mmt_leave(MMT_EXITED, (status))
#define _exit(status) mmt_leave(MMT_EXITED, (status))
#define _Exit(status) mmt_leave(MMT_EXITED, (status))
#define quick_exit(status) mmt_leave(MMT_EXITED, (status))
#define abort() mmt_leave(SIGABRT, 0)

#endif
