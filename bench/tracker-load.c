/* Load for trackers over UDP (BEP 15): one thread that keeps a number of announces open, or sends them at a rate, and reads
 * every answer. bench/tracker.mjs compiles it (cc -O2) and runs it on another core than the tracker.
 *
 * Peer number i of torrent t announces from socket i % SOCKETS, an address of its own on loopback, with a port by i; every
 * fourth is a seed. So it is known how many peers a tracker has to give each of them: an answer with fewer is counted.
 * Requests leave in one call for many (UDP_SEGMENT), so that the load is not what is measured. Linux.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SOCKETS = 4, REQUEST = 98, BATCH = 64, ANSWER = 2048, SLOTS = 65536, LONGEST_US = 1000000 };

static int port, torrents = 10000, peers = 10, want = 50, window = 256, fill, list;
static double seconds = 5, rate;

struct slot {
  uint64_t sent; /* nanoseconds; 0 is free */
  uint32_t turn;
  uint16_t expected;
};

static struct slot slots[SLOTS];
static uint16_t free_slots[SLOTS];
static int free_count, open_count[SOCKETS];
static struct { int fd, segments; uint8_t id[8]; } sockets[SOCKETS];
static uint8_t (*hashes)[20];
static uint32_t *latency;
static uint64_t answered, errors, lost, strays, too_few, given;
static uint64_t noise = 88172645463325252u;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint32_t below(uint32_t bound) { /* xorshift64 */
  noise ^= noise << 13;
  noise ^= noise >> 7;
  noise ^= noise << 17;
  return (uint32_t)(((noise >> 32) * bound) >> 32);
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void put32(uint8_t *at, uint32_t value) {
  value = htobe32(value);
  memcpy(at, &value, 4);
}

static uint32_t get32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return be32toh(value);
}

static int is_seed(int peer) { return peer % 4 == 3; }

static void name_torrents(void) {
  hashes = malloc((size_t)torrents * sizeof *hashes);
  for (int t = 0; t < torrents; t++)
    for (int i = 0; i < 20; i++) hashes[t][i] = (uint8_t)below(256);
}

static void connect_all(void) {
  for (int i = 0; i < SOCKETS; i++) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htobe32(0x7f000101u + (uint32_t)i)};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htobe16((uint16_t)port), .sin_addr.s_addr = htobe32(0x7f000001u)};
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (fd < 0 || bind(fd, (void *)&from, sizeof from) || connect(fd, (void *)&to, sizeof to)) fail("socket");
    uint8_t request[16] = {0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80}, answer[ANSWER];
    for (int tries = 0;; tries++) {
      struct pollfd wait = {.fd = fd, .events = POLLIN};
      if (tries == 50) fail("no tracker answers");
      if (send(fd, request, 16, 0) < 0 && errno != ECONNREFUSED) fail("send");
      if (poll(&wait, 1, 200) == 1 && recv(fd, answer, sizeof answer, 0) >= 16 && get32(answer) == 0) break;
      usleep(50000);
    }
    memcpy(sockets[i].id, answer + 8, 8);
    sockets[i].fd = fd;
    int segment = REQUEST;
    sockets[i].segments = setsockopt(fd, 17 /* SOL_UDP */, 103 /* UDP_SEGMENT */, &segment, sizeof segment) == 0;
  }
}

static int write_announce(uint8_t *p, int socket, int torrent, int peer, uint64_t at) {
  int index = free_slots[--free_count];
  struct slot *slot = &slots[index];
  slot->sent = at;
  slot->turn++;
  int leechers = peers - peers / 4;
  int available = is_seed(peer) ? leechers : peers - 1;
  slot->expected = (uint16_t)(fill ? 0 : available < want ? available : want);
  memset(p, 0, REQUEST);
  memcpy(p, sockets[socket].id, 8);
  put32(p + 8, 1);
  put32(p + 12, slot->turn << 16 | (uint32_t)index);
  memcpy(p + 16, hashes[torrent], 20);
  memcpy(p + 36, "-XX0000-", 8);
  put32(p + 44, (uint32_t)torrent);
  put32(p + 48, (uint32_t)peer);
  put32(p + 68, is_seed(peer) ? 0 : 1000);
  put32(p + 80, fill ? 2 : 0);
  put32(p + 92, (uint32_t)want);
  uint16_t listens = htobe16((uint16_t)(1024 + peer / SOCKETS));
  memcpy(p + 96, &listens, 2);
  open_count[socket]++;
  return index;
}

static void send_requests(int socket, uint8_t *bytes, int count) {
  if (sockets[socket].segments) {
    if (send(sockets[socket].fd, bytes, (size_t)count * REQUEST, 0) == count * REQUEST) return;
    if (errno != ECONNREFUSED) fail("send");
    return;
  }
  for (int i = 0; i < count; i++) send(sockets[socket].fd, bytes + i * REQUEST, REQUEST, 0);
}

static int receive(int socket) {
  static uint8_t answers[BATCH][ANSWER];
  static struct mmsghdr heads[BATCH];
  static struct iovec parts[BATCH];
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){answers[i], ANSWER};
    heads[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
  }
  int count = recvmmsg(sockets[socket].fd, heads, BATCH, MSG_DONTWAIT, NULL);
  uint64_t at = now();
  for (int i = 0; i < count; i++) {
    uint32_t length = heads[i].msg_len, transaction = length < 8 ? 0 : get32(answers[i] + 4);
    struct slot *slot = &slots[transaction & 0xffff];
    if (length < 8 || slot->sent == 0 || (slot->turn & 0xffff) != transaction >> 16) {
      strays++;
      continue;
    }
    if (get32(answers[i]) != 1 || length < 20) errors++;
    else {
      uint32_t got = (length - 20) / 6;
      answered++;
      given += got;
      if (got < slot->expected) too_few++;
    }
    uint64_t us = (at - slot->sent) / 1000;
    latency[us < LONGEST_US ? us : LONGEST_US]++;
    slot->sent = 0;
    free_slots[free_count++] = (uint16_t)(transaction & 0xffff);
    open_count[socket]--;
  }
  return count;
}

static void give_up(uint64_t at) {
  for (int i = 0; i < SLOTS; i++)
    if (slots[i].sent && at - slots[i].sent > 1000000000u) {
      slots[i].sent = 0;
      lost++;
      free_slots[free_count++] = (uint16_t)i;
      memset(open_count, 0, sizeof open_count);
    }
}

static uint32_t percentile(double part) {
  uint64_t all = 0, seen = 0;
  for (int i = 0; i <= LONGEST_US; i++) all += latency[i];
  for (int i = 0; i <= LONGEST_US; i++)
    if ((seen += latency[i]) >= part * (double)all) return (uint32_t)i;
  return 0;
}

static void run(void) {
  static uint8_t requests[BATCH * REQUEST];
  int next_torrent[SOCKETS] = {0}, next_peer[SOCKETS];
  for (int i = 0; i < SOCKETS; i++) next_peer[i] = i;
  uint64_t start = now(), end = start + (uint64_t)(seconds * 1e9), due = start, looked = start, at;
  double gap = rate > 0 ? 1e9 / rate : 0;
  for (;;) {
    int is_done = fill;
    for (int s = 0; s < SOCKETS; s++) {
      receive(s);
      at = now();
      int room = window / SOCKETS - open_count[s], count = 0;
      /* Few at a time cost the tracker more calls: a batch waits for a quarter of the window. */
      if (gap == 0 && room < window / SOCKETS / 4 && open_count[s] > 0) room = 0;
      if (room > BATCH) room = BATCH;
      while (count < room && at < end && free_count > 0) {
        int torrent, peer;
        uint64_t when = at;
        if (fill) {
          if (next_peer[s] >= peers) break;
          torrent = next_torrent[s];
          peer = next_peer[s];
          if (++next_torrent[s] == torrents) next_torrent[s] = 0, next_peer[s] += SOCKETS;
        } else {
          if (gap > 0) {
            if (due > at) break;
            when = due;
            due = start + (uint64_t)((double)(due - start) + gap + 0.5);
          }
          torrent = (int)below((uint32_t)torrents);
          peer = (int)below((uint32_t)((peers - s + SOCKETS - 1) / SOCKETS)) * SOCKETS + s;
        }
        write_announce(requests + count * REQUEST, s, torrent, peer, when);
        count++;
        if (gap > 0 && count == 8) break;
      }
      if (count > 0) send_requests(s, requests, count);
      is_done = is_done && next_peer[s] >= peers;
    }
    if (at - looked > 100000000u) give_up(at), looked = at;
    if ((at >= end || is_done) && free_count == SLOTS) break;
  }
  double took = (double)((at < end ? at : end) - start) / 1e9;
  printf("{\"seconds\":%.3f,\"answered\":%lu,\"perSecond\":%.0f,\"errors\":%lu,\"lost\":%lu,\"strays\":%lu,\"tooFew\":%lu,"
         "\"peersEach\":%.2f,\"p50Us\":%u,\"p99Us\":%u}\n",
         took, answered, (double)answered / took, errors, lost, strays, too_few,
         answered ? (double)given / (double)answered : 0, percentile(0.5), percentile(0.99));
}

int main(int count, char **words) {
  for (int i = 1; i < count; i++) {
    double value = i + 1 < count ? atof(words[i + 1]) : 0;
    if (!strcmp(words[i], "--fill")) fill = 1;
    else if (!strcmp(words[i], "--list")) list = 1;
    else if (!strcmp(words[i], "--port")) port = (int)value, i++;
    else if (!strcmp(words[i], "--torrents")) torrents = (int)value, i++;
    else if (!strcmp(words[i], "--peers")) peers = (int)value, i++;
    else if (!strcmp(words[i], "--want")) want = (int)value, i++;
    else if (!strcmp(words[i], "--window")) window = (int)value, i++;
    else if (!strcmp(words[i], "--seconds")) seconds = value, i++;
    else if (!strcmp(words[i], "--rate")) rate = value, i++;
    else {
      fprintf(stderr, "not an option: %s\n", words[i]);
      return 2;
    }
  }
  if (torrents < 1 || peers < SOCKETS || peers / SOCKETS > 60000 || window < SOCKETS || window > SLOTS) {
    fprintf(stderr, "usage: tracker-load --port P [--torrents N --peers OF-EACH --want N --seconds S --window N --rate N --fill --list]\n");
    return 2;
  }
  name_torrents();
  if (list) {
    for (int t = 0; t < torrents; t++) {
      for (int i = 0; i < 20; i++) printf("%02X", hashes[t][i]);
      putchar('\n');
    }
    return 0;
  }
  latency = calloc(LONGEST_US + 1, sizeof *latency);
  for (int i = SLOTS - 1; i >= 0; i--) free_slots[free_count++] = (uint16_t)i;
  connect_all();
  noise ^= now();
  run();
  return 0;
}
