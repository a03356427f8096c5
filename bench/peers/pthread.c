/*
 * The physical limit: a pthread mutex, measured as the bench measures its own locks. N threads, or N
 * processes, add 1 to one shared counter under one mutex; the counter lies 128 bytes away from the
 * mutex; a window ends by each contender's clock, looked at once per batch of 150 to 600 us.
 *
 *   pthread private|robust <contenders> <warm-up windows> <windows> <window ms>
 *   pthread robust-fate
 *
 * "private": threads and an ordinary mutex. "robust": processes and a mutex that is process-shared and
 * robust, in memory that they share. Prints one JSON line per window and one with the CPU time of all.
 * "robust-fate" kills a holder while a process waits, and prints a line for each promise tried.
 *
 * Every process has a second thread that is alive and asleep (with "private" that is the main thread):
 * in a single-threaded process glibc may leave the atomic instructions out, which no program that
 * needs a lock would get.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_CONTENDERS 256
#define LEAST_BATCH_NS 150000
#define LONGEST_BATCH_NS 600000
#define AIMED_BATCH_NS 300000
#define LARGEST_BATCH (1 << 18)
#define LARGEST_CONTENDED_BATCH 256
/* Everybody works before and after what counts, so that nobody who counts is without rivals. */
#define LEAD_NS 5000000
#define TAIL_NS 2000000
/* A waiter that has not been granted by then never will be. */
#define FATE_LIMIT_S 5

struct contender {
  _Alignas(128) pthread_t thread;
  pid_t process;
  int batch;
  uint64_t operations, all;
  int64_t arrived_ns, began_ns, ended_ns, cpu_us;
};

/* In memory that forked processes share; threads share it anyway. */
static struct shared {
  _Alignas(128) pthread_mutex_t mutex;
  _Alignas(128) uint32_t counter;
  /* Counting begins once every contender has done an operation, and a lead later; 0 until then. */
  _Alignas(128) _Atomic int64_t begin_ns;
  atomic_int competing;
  pthread_barrier_t begin, end;
  /* 1: held, 2: waited for as well; and what became of the waiter when the holder was killed. */
  atomic_int held, result, later;
  struct contender contenders[MOST_CONTENDERS];
} *shared;

static bool robust;
static int contender_count, window_count;
static int64_t window_ns;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline void count_batch(int count) {
  for (int i = 0; i < count; i++) {
    /* Whoever takes a robust mutex has to look whether its holder died. */
    if (pthread_mutex_lock(&shared->mutex) == EOWNERDEAD) pthread_mutex_consistent(&shared->mutex);
    shared->counter++;
    pthread_mutex_unlock(&shared->mutex);
  }
}

/* Adds 1 again and again until a look at the clock, once per batch, finds it past `until_ns`. */
static int64_t count_until(struct contender *me, int64_t before, int64_t until_ns, uint64_t *operations) {
  const int largest = contender_count > 1 ? LARGEST_CONTENDED_BATCH : LARGEST_BATCH;
  while (before < until_ns) {
    count_batch(me->batch);
    *operations += me->batch;
    int64_t after = now_ns(), took = after - before;
    if (took < LEAST_BATCH_NS) me->batch = me->batch * 2 < largest ? me->batch * 2 : largest;
    else if (took > LONGEST_BATCH_NS) me->batch = me->batch * (int64_t)AIMED_BATCH_NS / took;
    if (me->batch < 1) me->batch = 1;
    before = after;
  }
  return before;
}

static void run_window(struct contender *me) {
  uint64_t outside = 0;
  int64_t begins_ns;
  me->operations = 0;
  /* A batch that fitted when rivals had gone would overrun the begin of the next window. */
  if (contender_count > 1) me->batch = 1;
  me->arrived_ns = now_ns();
  count_batch(1);
  outside++;
  if (atomic_fetch_add(&shared->competing, 1) == contender_count - 1) shared->begin_ns = now_ns() + LEAD_NS;
  while (!(begins_ns = shared->begin_ns)) {
    count_batch(1);
    outside++;
  }
  me->began_ns = count_until(me, now_ns(), begins_ns, &outside);
  me->ended_ns = count_until(me, me->began_ns, begins_ns + window_ns, &me->operations);
  count_until(me, me->ended_ns, begins_ns + window_ns + TAIL_NS, &outside);
  me->all = me->operations + outside;
}

static int64_t cpu_us(void) {
  struct rusage usage;
  int64_t us = 0;
  for (int i = 0; i < 2; i++) {
    getrusage(i ? RUSAGE_CHILDREN : RUSAGE_SELF, &usage);
    us += (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
  }
  return us;
}

static void *contend(void *argument) {
  struct contender *me = argument;
  for (int i = 0; i < window_count; i++) {
    pthread_barrier_wait(&shared->begin);
    int64_t cpu_before = cpu_us();
    run_window(me);
    me->cpu_us = cpu_us() - cpu_before;
    pthread_barrier_wait(&shared->end);
  }
  return NULL;
}

static void *sleep_on(void *unused) {
  for (;;) pause();
  return unused;
}

static void fail(const char *what) {
  fprintf(stderr, "pthread: cannot %s\n", what);
  exit(1);
}

/* A process that ends with its parent, with a second thread in it. */
static pid_t start_process(void *(*run)(void *), void *argument) {
  pid_t process = fork();
  if (process < 0) fail("start a process");
  if (process > 0) return process;
  pthread_t sleeper;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (pthread_create(&sleeper, NULL, sleep_on, NULL)) fail("start a thread");
  run(argument);
  _exit(0);
}

static void print_window(int64_t cpu) {
  int64_t first = INT64_MAX, last = 0, first_arrival = INT64_MAX, last_arrival = 0;
  uint64_t operations = 0, all = 0;
  for (int i = 0; i < contender_count; i++) {
    struct contender *c = &shared->contenders[i];
    operations += c->operations;
    all += c->all;
    if (c->began_ns < first) first = c->began_ns;
    if (c->ended_ns > last) last = c->ended_ns;
    if (c->arrived_ns < first_arrival) first_arrival = c->arrived_ns;
    if (c->arrived_ns > last_arrival) last_arrival = c->arrived_ns;
  }
  printf("{\"operations\":%llu,\"all\":%llu,\"counted\":%u,\"wallNs\":%lld,\"startSkewNs\":%lld,\"cpuUs\":%lld,\"shares\":[",
         (unsigned long long)operations, (unsigned long long)all, shared->counter, (long long)(last - first),
         (long long)(last_arrival - first_arrival), (long long)cpu);
  for (int i = 0; i < contender_count; i++)
    printf("%s%llu", i ? "," : "", (unsigned long long)shared->contenders[i].operations);
  printf("],\"spansNs\":[");
  for (int i = 0; i < contender_count; i++)
    printf("%s%lld", i ? "," : "", (long long)(shared->contenders[i].ended_ns - shared->contenders[i].began_ns));
  printf("]}\n");
  fflush(stdout);
}

static int argument(char **argv, int i, int most) {
  char *rest;
  long value = strtol(argv[i], &rest, 10);
  if (*rest || value < 0 || value > most) {
    fprintf(stderr, "pthread: argument %d must be an integer from 0 to %d\n", i, most);
    exit(2);
  }
  return (int)value;
}

static void make_shared(void) {
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail("map shared memory");
  pthread_mutexattr_t mutex;
  pthread_barrierattr_t barrier;
  pthread_mutexattr_init(&mutex);
  pthread_barrierattr_init(&barrier);
  pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
  if (robust) {
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
  }
  pthread_mutex_init(&shared->mutex, &mutex);
  pthread_barrier_init(&shared->begin, &barrier, contender_count + 1);
  pthread_barrier_init(&shared->end, &barrier, contender_count + 1);
}

static void *hold(void *unused) {
  pthread_mutex_lock(&shared->mutex);
  shared->held = 1;
  return sleep_on(unused);
}

static void *wait_for_it(void *unused) {
  struct timespec limit;
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += FATE_LIMIT_S;
  shared->held = 2;
  shared->result = 1 + pthread_mutex_timedlock(&shared->mutex, &limit);
  if (shared->result == 1 + EOWNERDEAD) pthread_mutex_consistent(&shared->mutex);
  pthread_mutex_unlock(&shared->mutex);
  /* Nobody has died since it was called consistent. */
  shared->later = 1 + pthread_mutex_lock(&shared->mutex);
  return unused;
}

static bool is_asleep(pid_t process) {
  char path[64], line[256] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", process);
  FILE *file = fopen(path, "r");
  if (file == NULL || fgets(line, sizeof line, file) == NULL) fail("look at a process");
  fclose(file);
  return strstr(line, ") S") != NULL;
}

static void print_fate(const char *name, bool passed, const char *why) {
  printf("{\"case\":\"%s\",\"passed\":%s,\"why\":\"%s\"}\n", name, passed ? "true" : "false", why);
}

static int tell_fate(void) {
  make_shared();
  pid_t holder = start_process(hold, NULL);
  while (!shared->held) usleep(1000);
  pid_t waiter = start_process(wait_for_it, NULL);
  while (shared->held != 2 || !is_asleep(waiter)) usleep(1000);
  kill(holder, SIGKILL);
  waitpid(holder, NULL, 0);
  waitpid(waiter, NULL, 0);
  int result = shared->result - 1;
  bool granted = result == 0 || result == EOWNERDEAD;
  print_fate("a terminated holder's lock goes to a waiter", granted, granted ? "" : strerror(result));
  print_fate("after a holder's death guards say abandoned until markConsistent",
             result == EOWNERDEAD && shared->later == 1, "EOWNERDEAD, then pthread_mutex_consistent");
  return 0;
}

static void start_contender(int i) {
  struct contender *contender = &shared->contenders[i];
  contender->batch = 1;
  if (robust) contender->process = start_process(contend, contender);
  else if (pthread_create(&contender->thread, NULL, contend, contender)) fail("start a thread");
}

static void join_contender(int i) {
  struct contender *contender = &shared->contenders[i];
  if (robust) waitpid(contender->process, NULL, 0);
  else pthread_join(contender->thread, NULL);
}

/* Threads share this process's CPU time; each process has its own. */
static int64_t window_cpu_us(int64_t own) {
  for (int i = 0; robust && i < contender_count; i++) own += shared->contenders[i].cpu_us;
  return own;
}

int main(int argc, char **argv) {
  robust = argc > 1 && strncmp(argv[1], "robust", 6) == 0;
  if (argc == 2 && strcmp(argv[1], "robust-fate") == 0) return tell_fate();
  if (argc != 6 || (strcmp(argv[1], "private") && strcmp(argv[1], "robust"))) {
    fprintf(stderr, "usage: pthread private|robust <contenders> <warm-up windows> <windows> <window ms>\n");
    return 2;
  }
  contender_count = argument(argv, 2, MOST_CONTENDERS);
  int warm_ups = argument(argv, 3, 1000);
  window_count = warm_ups + argument(argv, 4, 1000000);
  window_ns = argument(argv, 5, 60000) * 1000000LL;
  make_shared();
  for (int i = 0; i < contender_count; i++) start_contender(i);
  for (int i = 0; i < window_count; i++) {
    shared->counter = 0;
    int64_t cpu_before = cpu_us();
    shared->begin_ns = 0;
    shared->competing = 0;
    pthread_barrier_wait(&shared->begin);
    pthread_barrier_wait(&shared->end);
    if (i >= warm_ups) print_window(window_cpu_us(cpu_us() - cpu_before));
  }
  for (int i = 0; i < contender_count; i++) join_contender(i);
  printf("{\"done\":true,\"cpuUs\":%lld}\n", (long long)cpu_us());
  return 0;
}
