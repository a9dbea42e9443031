// What all programs share: threads that take parts of their work, and how many of its own BLAS may use.
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum { SPINS = 4000 };  // looks for new work, for some 20 us, before a thread goes to sleep

static struct { void (*f)(char**, int); char** b; } job;
static _Atomic uint64_t parts;  // of the job that are still to take: a job has none left before the next one stands here
static atomic_int done, sleeping;
static int helpers;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER, bed = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t alarm_clock = PTHREAD_COND_INITIALIZER;

static void rest(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void take(void) {
    uint64_t left = parts;
    while (left) if (atomic_compare_exchange_weak(&parts, &left, left - 1)) {
        job.f(job.b, (int)left - 1);
        done++;
        left = parts;
    }
}

static void* help(void* nothing) {
    for (;;) {
        take();
        for (int i = 0; i < SPINS && !parts; i++) rest();
        if (parts) continue;
        pthread_mutex_lock(&bed);
        sleeping++;
        while (!parts) pthread_cond_wait(&alarm_clock, &bed);
        sleeping--;
        pthread_mutex_unlock(&bed);
    }
    return nothing;
}

// Do f(b, 0) to f(b, n - 1), by whichever thread comes first: nobody waits for a helper that sleeps, or is no more.
void share(void (*f)(char**, int), char** b, int n) {
    if (n == 1 || !helpers || pthread_mutex_trylock(&turn)) {
        for (int t = 0; t < n; t++) f(b, t);
        return;
    }
    job.f = f; job.b = b; done = 0;
    parts = n;
    if (sleeping) {
        pthread_mutex_lock(&bed);
        pthread_cond_broadcast(&alarm_clock);
        pthread_mutex_unlock(&bed);
    }
    take();
    while (done < n) rest();
    pthread_mutex_unlock(&turn);
}

static int (*get_threads)(void), before;
static void (*set_threads)(int);
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static int inside;

// BLAS has one thread while programs run, since they share its work out themselves.
void enter(void) {
    pthread_mutex_lock(&door);
    if (!inside++ && get_threads) { before = get_threads(); set_threads(1); }
    pthread_mutex_unlock(&door);
}
void leave(void) {
    pthread_mutex_lock(&door);
    if (!--inside && get_threads) set_threads(before);
    pthread_mutex_unlock(&door);
}

void start(int threads, void* get, void* set) {
    get_threads = get; set_threads = set;
    for (pthread_t one; helpers < threads - 1 && !pthread_create(&one, 0, help, 0); helpers++) pthread_detach(one);
}
