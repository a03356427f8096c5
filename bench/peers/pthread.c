/*
 * The physical limit: a pthread mutex, measured as the bench measures its own locks. N threads add 1
 * to one shared counter under one mutex; the counter lies 128 bytes away from the mutex; a window
 * ends by each thread's clock, looked at once per batch of 150 to 600 us.
 *
 *   pthread <contenders> <warm-up windows> <windows> <window ms>
 *
 * Prints one JSON line per window and one with the process's CPU time. With one contender a second
 * thread is alive and asleep: in a single-threaded process glibc leaves the atomic instructions out,
 * which no program that needs a lock would get.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define MOST_CONTENDERS 256
#define LEAST_BATCH_NS 150000
#define LONGEST_BATCH_NS 600000
#define AIMED_BATCH_NS 300000
#define LARGEST_BATCH (1 << 18)
#define LARGEST_CONTENDED_BATCH 256
/* Everybody works before and after what counts, so that nobody who counts is without rivals. */
#define LEAD_NS 5000000
#define TAIL_NS 2000000

static struct {
  _Alignas(128) pthread_mutex_t mutex;
  _Alignas(128) uint32_t counter;
  char rest[124];
} shared = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static struct contender {
  _Alignas(128) pthread_t thread;
  int batch;
  uint64_t operations, all;
  int64_t arrived_ns, began_ns, ended_ns;
} contenders[MOST_CONTENDERS];

static int contender_count, window_count;
static int64_t window_ns;
/* Counting begins once every contender has done an operation, and a lead later; 0 until then. */
static _Atomic int64_t begin_ns;
static atomic_int competing;
static pthread_barrier_t begin, end;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline void count_batch(int count) {
  for (int i = 0; i < count; i++) {
    pthread_mutex_lock(&shared.mutex);
    shared.counter++;
    pthread_mutex_unlock(&shared.mutex);
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
  if (atomic_fetch_add(&competing, 1) == contender_count - 1) begin_ns = now_ns() + LEAD_NS;
  while (!(begins_ns = begin_ns)) {
    count_batch(1);
    outside++;
  }
  me->began_ns = count_until(me, now_ns(), begins_ns, &outside);
  me->ended_ns = count_until(me, me->began_ns, begins_ns + window_ns, &me->operations);
  count_until(me, me->ended_ns, begins_ns + window_ns + TAIL_NS, &outside);
  me->all = me->operations + outside;
}

static void *contend(void *argument) {
  struct contender *me = argument;
  for (int i = 0; i < window_count; i++) {
    pthread_barrier_wait(&begin);
    run_window(me);
    pthread_barrier_wait(&end);
  }
  return NULL;
}

static int64_t cpu_us(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void print_window(int64_t cpu) {
  int64_t first = INT64_MAX, last = 0, first_arrival = INT64_MAX, last_arrival = 0;
  uint64_t operations = 0, all = 0;
  for (int i = 0; i < contender_count; i++) {
    struct contender *c = &contenders[i];
    operations += c->operations;
    all += c->all;
    if (c->began_ns < first) first = c->began_ns;
    if (c->ended_ns > last) last = c->ended_ns;
    if (c->arrived_ns < first_arrival) first_arrival = c->arrived_ns;
    if (c->arrived_ns > last_arrival) last_arrival = c->arrived_ns;
  }
  printf("{\"operations\":%llu,\"all\":%llu,\"counted\":%u,\"wallNs\":%lld,\"startSkewNs\":%lld,\"cpuUs\":%lld,\"shares\":[",
         (unsigned long long)operations, (unsigned long long)all, shared.counter, (long long)(last - first),
         (long long)(last_arrival - first_arrival), (long long)cpu);
  for (int i = 0; i < contender_count; i++)
    printf("%s%llu", i ? "," : "", (unsigned long long)contenders[i].operations);
  printf("],\"spansNs\":[");
  for (int i = 0; i < contender_count; i++)
    printf("%s%lld", i ? "," : "", (long long)(contenders[i].ended_ns - contenders[i].began_ns));
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

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: pthread <contenders> <warm-up windows> <windows> <window ms>\n");
    return 2;
  }
  contender_count = argument(argv, 1, MOST_CONTENDERS);
  int warm_ups = argument(argv, 2, 1000);
  window_count = warm_ups + argument(argv, 3, 1000000);
  window_ns = argument(argv, 4, 60000) * 1000000LL;
  pthread_barrier_init(&begin, NULL, contender_count + 1);
  pthread_barrier_init(&end, NULL, contender_count + 1);
  for (int i = 0; i < contender_count; i++) {
    contenders[i].batch = 1;
    if (pthread_create(&contenders[i].thread, NULL, contend, &contenders[i])) {
      fprintf(stderr, "pthread: cannot start thread %d\n", i);
      return 1;
    }
  }
  for (int i = 0; i < window_count; i++) {
    shared.counter = 0;
    int64_t cpu_before = cpu_us();
    begin_ns = 0;
    competing = 0;
    pthread_barrier_wait(&begin);
    pthread_barrier_wait(&end);
    if (i >= warm_ups) print_window(cpu_us() - cpu_before);
  }
  for (int i = 0; i < contender_count; i++) pthread_join(contenders[i].thread, NULL);
  printf("{\"done\":true,\"cpuUs\":%lld}\n", (long long)cpu_us());
  return 0;
}
