/* The part of a compiled rule file that the verifier talks to: calls with a
 * guard around them. Included by generated code after the embedded C. */
#ifndef MMT_MODULE_H
#define MMT_MODULE_H

/* Version of the structures below. Go's side is in layout.go. */
#define MMT_MODULE_ABI 1

struct mmt_frame;
typedef void (*mmt_entry_t)(struct mmt_frame *);

/* A parameter of a call. */
struct mmt_argument {
	double number;
	void *pointer;
};

/* One call: what is called, with what, and what came of it. */
struct mmt_frame {
	mmt_entry_t entry;
	int32_t status;      /* 0, a signal, or MMT_EXITED */
	int32_t exit_status; /* given to exit() */
	double number;       /* result */
	char *text;          /* result; NULL if there is none */
	uint64_t text_size;  /* without the NUL */
	char *memory;        /* of the frame, which holds the parameters */
	char *spare;         /* free part of it, for a result that lies elsewhere */
	uint64_t spare_size;
	struct mmt_argument arguments[MMT_ARGUMENTS];
};

/* Calls in one crossing. */
struct mmt_batch {
	uint64_t count;
	struct mmt_frame *frames[];
};

struct mmt_function {
	const char *name; /* with the kinds of parameters and result */
	mmt_entry_t entry;
};

struct mmt_module {
	uint32_t abi;
	uint32_t function_count;
	const struct mmt_function *functions;
	uint32_t *guard_key;
	int (*invoke)(struct mmt_frame *);
	int (*invoke_all)(struct mmt_batch *);
	int (*guard_install)(void *);
	int (*guard_remove)(void *);
};

/* Results that are numbers, and pointers as the truth that they are in C. */
static inline double mmt_from_number(double n) { return n; }
static inline double mmt_from_pointer(const void *p) { return p != NULL; }
#define MMT_NUMBER(x) \
	_Generic((x), _Bool: mmt_from_number, char: mmt_from_number, signed char: mmt_from_number, \
		unsigned char: mmt_from_number, short: mmt_from_number, unsigned short: mmt_from_number, \
		int: mmt_from_number, unsigned: mmt_from_number, long: mmt_from_number, \
		unsigned long: mmt_from_number, long long: mmt_from_number, \
		unsigned long long: mmt_from_number, float: mmt_from_number, double: mmt_from_number, \
		long double: mmt_from_number, default: mmt_from_pointer)(x)

/* mmt_keep measures a text result and copies it into the frame if it lies
 * elsewhere: there it may change before it is read. */
static void mmt_keep(struct mmt_frame *f)
{
	size_t size;
	if (f->text == NULL)
		return;
	if (f->text >= f->memory && f->text < f->spare) {
		f->text_size = strnlen(f->text, (size_t)(f->spare + f->spare_size - f->text));
		return;
	}
	size = strnlen(f->text, f->spare_size - 1);
	memcpy(f->spare, f->text, size);
	f->spare[size] = '\0';
	f->text = f->spare;
	f->text_size = size;
}

/* mmt_invoke makes one call. Whatever the function does to end the process ends
 * the call instead. */
static int mmt_invoke(struct mmt_frame *f)
{
	struct mmt_guard guard;
	int status = sigsetjmp(guard.jump, 0);
	if (status == 0) {
		guard.exit_status = 0;
		pthread_setspecific(mmt_guard_key, &guard);
		f->entry(f);
		mmt_keep(f);
	}
	pthread_setspecific(mmt_guard_key, NULL);
	f->status = status;
	f->exit_status = guard.exit_status;
	return 0;
}

/* mmt_invoke_all makes calls one after the other under one guard. A call that
 * crashes does not keep the others from being made. */
static int mmt_invoke_all(struct mmt_batch *b)
{
	struct mmt_guard guard;
	volatile uint64_t next = 0;
	int status = sigsetjmp(guard.jump, 0);
	if (status != 0) {
		b->frames[next]->status = status;
		b->frames[next]->exit_status = guard.exit_status;
		next++;
	}
	pthread_setspecific(mmt_guard_key, &guard);
	for (; next < b->count; next++) {
		struct mmt_frame *f = b->frames[next];
		f->entry(f);
		mmt_keep(f);
		f->status = 0;
	}
	pthread_setspecific(mmt_guard_key, NULL);
	return 0;
}

/* mmt_flush writes out what embedded C has printed: the program that runs it does
 * not end through exit(), which would. */
static void mmt_flush(struct mmt_frame *f)
{
	(void)f;
	fflush(NULL);
}

/* Signals that end a call. */
static const int mmt_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
#define MMT_SIGNALS (sizeof(mmt_signals) / sizeof(mmt_signals[0]))
static struct sigaction mmt_before[MMT_SIGNALS];

/* mmt_chain hands a signal to whoever had it before. */
static void mmt_chain(int number, siginfo_t *info, void *context)
{
	size_t i = 0;
	while (mmt_signals[i] != number)
		i++;
	if (mmt_before[i].sa_flags & SA_SIGINFO) {
		mmt_before[i].sa_sigaction(number, info, context);
	} else if (mmt_before[i].sa_handler == SIG_DFL) {
		signal(number, SIG_DFL); /* the fault comes again */
		if (info->si_code <= 0)
			raise(number);
	} else if (mmt_before[i].sa_handler != SIG_IGN) {
		mmt_before[i].sa_handler(number);
	}
}

/* mmt_on_signal runs on the alternate stack with all signals blocked. A signal
 * that this thread brought upon itself inside a guarded call ends the call. */
static void mmt_on_signal(int number, siginfo_t *info, void *context)
{
	struct mmt_guard *guard = pthread_getspecific(mmt_guard_key);
	bool own = info->si_code > 0 || (info->si_code == SI_TKILL && info->si_pid == getpid());
	if (guard == NULL || !own) {
		mmt_chain(number, info, context);
		return;
	}
	pthread_sigmask(SIG_SETMASK, &((ucontext_t *)context)->uc_sigmask, NULL);
	siglongjmp(guard->jump, number);
}

/* mmt_guard_install makes the key and installs the handlers; one module of a
 * process does it for all. */
static int mmt_guard_install(void *unused)
{
	struct sigaction action;
	pthread_key_t key;
	(void)unused;
	if (pthread_key_create(&key, NULL) != 0)
		return -1;
	mmt_guard_key = key;
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = mmt_on_signal;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < MMT_SIGNALS; i++)
		if (sigaction(mmt_signals[i], &action, &mmt_before[i]) != 0)
			return -1;
	return 0;
}

/* mmt_guard_remove puts the handlers back that were there before. If others have
 * installed theirs above, it leaves all as they are and returns how many: the
 * module must stay loaded then. */
static int mmt_guard_remove(void *unused)
{
	int covered = 0;
	(void)unused;
	for (size_t i = 0; i < MMT_SIGNALS; i++) {
		struct sigaction now;
		sigaction(mmt_signals[i], NULL, &now);
		if (!(now.sa_flags & SA_SIGINFO) || now.sa_sigaction != mmt_on_signal)
			covered++;
	}
	if (covered > 0)
		return covered;
	for (size_t i = 0; i < MMT_SIGNALS; i++)
		sigaction(mmt_signals[i], &mmt_before[i], NULL);
	pthread_key_delete(mmt_guard_key);
	return 0;
}

#define MMT_MODULE(functions) \
	__attribute__((visibility("default"))) const struct mmt_module mmt_module = { \
		MMT_MODULE_ABI, sizeof(functions) / sizeof(functions[0]) - 1, functions, &mmt_guard_key, \
		mmt_invoke, mmt_invoke_all, mmt_guard_install, mmt_guard_remove}

#endif
