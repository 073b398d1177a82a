/* Load for trackers over WebSocket: one thread, so many sockets, each a peer that keeps a number of announces under way on its
 * socket. bench/tracker-ws.mjs compiles it (cc -O2) and runs it on another core than the tracker.
 *
 * Socket i is a leecher of torrent i % TORRENTS, so it is known what each answer has to say: the torrent, and how many peers
 * there are; and each offer that is passed on has to be one of those that were made, whole. What is neither is counted as
 * wrong. Frames are made once and sent again and again, so that the load is not what is measured. Linux.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST = 65536, ROOM = 1 << 18, LONGEST_US = 1000000 };

static int port, count = 100, torrents = 20, offers, ahead = 1, is_echo;
static double seconds = 3;

struct peer {
  int fd, held, unsent;
  char *first, *again, *buffer;
  int first_length, again_length;
  char hash[160];
  uint64_t sent;
};

static struct peer *peers;
static char description[8192];
static uint32_t latency[LONGEST_US + 1];
static uint64_t answers, passed, wrong;
static int is_counting, warming = 2000;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Twenty bytes by a number, as JSON.stringify writes a binary string. */
static void write_id(char *out, const char *kind, int number) {
  uint64_t x = 14695981039346656037u;
  for (const char *c = kind; *c; c++) x = (x ^ (uint8_t)*c) * 1099511628211u;
  x = (x ^ (uint64_t)number) * 1099511628211u;
  for (int i = 0; i < 20; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    uint8_t byte = (uint8_t)(x >> 32);
    const char *short_ones = "\b\t\n\f\r\"\\", *letters = "btnfr\"\\";
    const char *at = byte ? strchr(short_ones, byte) : NULL;
    if (at) out += sprintf(out, "\\%c", letters[at - short_ones]);
    else if (byte < 32) out += sprintf(out, "\\u%04x", byte);
    else if (byte < 128) *out++ = (char)byte;
    else *out++ = (char)(0xc0 | byte >> 6), *out++ = (char)(0x80 | (byte & 63));
  }
  *out = 0;
}

/* A client's frame around a text. */
static char *frame(const char *text, int *length) {
  int n = (int)strlen(text), head = n < 126 ? 2 : 4;
  uint8_t *out = malloc((size_t)n + 8), key[4] = {0x9c, 0x21, 0x5e, 0xf3};
  out[0] = 0x81;
  out[1] = (uint8_t)(0x80 | (n < 126 ? n : 126));
  if (head == 4) out[2] = (uint8_t)(n >> 8), out[3] = (uint8_t)n;
  memcpy(out + head, key, 4);
  for (int i = 0; i < n; i++) out[head + 4 + i] = (uint8_t)text[i] ^ key[i & 3];
  *length = head + 4 + n;
  return (char *)out;
}

static void make_messages(int i) {
  static char text[LONGEST];
  char id[160], offer_id[160];
  struct peer *peer = &peers[i];
  write_id(peer->hash, "torrent", i % torrents);
  write_id(id, "peer", i);
  for (int is_first = 1; is_first >= 0; is_first--) {
    char *p = text + sprintf(text, "{\"action\":\"announce\",\"info_hash\":\"%s\",\"peer_id\":\"%s\",\"uploaded\":0,\"downloaded\":0,"
                                   "\"left\":1000,\"numwant\":%d,\"offers\":[", peer->hash, id, offers);
    for (int k = 0; k < offers; k++) {
      write_id(offer_id, "offer", i * 100 + k);
      p += sprintf(p, "%s{\"offer_id\":\"%s\",\"offer\":%s}", k ? "," : "", offer_id, description);
    }
    p += sprintf(p, "]%s}", is_first ? ",\"event\":\"started\"" : "");
    if (p - text > LONGEST - 1) fail("offers");
    *(is_first ? &peer->first : &peer->again) = frame(text, is_first ? &peer->first_length : &peer->again_length);
  }
}

static void send_all(struct peer *peer, const char *bytes, int length) {
  for (int at = 0; at < length;) {
    ssize_t n = send(peer->fd, bytes + at, (size_t)(length - at), MSG_NOSIGNAL);
    if (n < 0) fail("send");
    at += (int)n;
  }
}

static void open_peer(int i) {
  struct peer *peer = &peers[i];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(0x7f000001u)};
  int one = 1, room = 1 << 20;
  peer->fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(peer->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  if (peer->fd < 0 || connect(peer->fd, (void *)&to, sizeof to)) fail("connect");
  setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const char *hello = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  send_all(peer, hello, (int)strlen(hello));
  peer->buffer = malloc(ROOM);
  for (char *end = NULL; !end;) {
    ssize_t n = read(peer->fd, peer->buffer + peer->held, ROOM - (size_t)peer->held);
    if (n <= 0) fail("handshake");
    peer->held += (int)n;
    end = memmem(peer->buffer, (size_t)peer->held, "\r\n\r\n", 4);
    if (end && strncmp(peer->buffer, "HTTP/1.1 101", 12)) fail("upgrade");
    if (end) peer->held = 0;
  }
}

static int has(const char *text, int length, const char *what) {
  return memmem(text, (size_t)length, what, strlen(what)) != NULL;
}

/* Whether a message is an answer (1), an offer (0), or wrong (-1). */
static int judge(const struct peer *peer, const char *text, int length) {
  if (is_echo) return length < 300;
  char counted[32];
  sprintf(counted, "\"incomplete\":%d", count / torrents + (count % torrents > (peer - peers) % torrents));
  if (!has(text, length, "\"action\":\"announce\"") || !has(text, length, peer->hash)) return -1;
  if (has(text, length, "\"offer\":")) return has(text, length, description) && has(text, length, "\"offer_id\":") ? 0 : -1;
  return !is_counting || has(text, length, counted) ? 1 : -1;
}

static void receive(struct peer *peer) {
  ssize_t n = read(peer->fd, peer->buffer + peer->held, ROOM - (size_t)peer->held);
  if (n <= 0) fail("closed");
  peer->held += (int)n;
  int at = 0, answered = 0;
  while (peer->held - at >= 2) {
    const uint8_t *p = (uint8_t *)peer->buffer + at;
    int length = p[1], head = 2;
    if (length == 126) {
      if (peer->held - at < 4) break;
      length = p[2] << 8 | p[3], head = 4;
    }
    if (length > LONGEST || (p[0] & 0xf0) != 0x80 || p[1] > 126) fail("frame");
    if (peer->held - at < head + length) break;
    at += head + length;
    if (p[0] != 0x81) {
      if (p[0] == 0x88) fail("goodbye");
      continue;
    }
    int kind = judge(peer, (char *)p + head, length);
    if (kind > 0) answered++;
    if (kind > 0 && warming > 0) warming--;
    if (!is_counting) continue;
    if (kind < 0) {
      if (!wrong++) fprintf(stderr, "wrong: %.*s\n", length < 400 ? length : 400, (char *)p + head);
    } else if (kind == 0) passed++;
    else answers++;
  }
  memmove(peer->buffer, peer->buffer + at, (size_t)(peer->held - at));
  peer->held -= at;
  if (answered == 0) return;
  uint64_t t = now(), us = (t - peer->sent) / 1000;
  if (is_counting) latency[us < LONGEST_US ? us : LONGEST_US] += (uint32_t)answered;
  peer->sent = t;
  /* As many again, in one piece. */
  static char together[LONGEST * 4];
  int length = 0;
  for (int i = 0; i < answered; i++) {
    if (length + peer->again_length > (int)sizeof together) send_all(peer, together, length), length = 0;
    memcpy(together + length, peer->again, (size_t)peer->again_length);
    length += peer->again_length;
  }
  send_all(peer, together, length);
}

static uint32_t percentile(double part) {
  uint64_t all = 0, seen = 0;
  for (int i = 0; i <= LONGEST_US; i++) all += latency[i];
  for (int i = 0; i <= LONGEST_US; i++)
    if ((double)(seen += latency[i]) >= part * (double)all) return (uint32_t)i;
  return 0;
}

int main(int words_count, char **words) {
  for (int i = 1; i < words_count; i++) {
    double value = i + 1 < words_count ? atof(words[i + 1]) : 0;
    if (!strcmp(words[i], "--echo")) is_echo = 1;
    else if (!strcmp(words[i], "--port")) port = (int)value, i++;
    else if (!strcmp(words[i], "--sockets")) count = (int)value, i++;
    else if (!strcmp(words[i], "--torrents")) torrents = (int)value, i++;
    else if (!strcmp(words[i], "--offers")) offers = (int)value, i++;
    else if (!strcmp(words[i], "--ahead")) ahead = (int)value, i++;
    else if (!strcmp(words[i], "--warm")) warming = (int)value, i++;
    else if (!strcmp(words[i], "--seconds")) seconds = value, i++;
    else {
      fprintf(stderr, "not an option: %s\n", words[i]);
      return 2;
    }
  }
  if (port == 0 || count < 1 || torrents < 1 || offers < 0 || offers > 20 || ahead < 1) {
    fprintf(stderr, "usage: tracker-ws-load --port P [--sockets N --torrents N --offers N --ahead N --warm N --seconds S --echo]\n");
    return 2;
  }
  char *p = description + sprintf(description, "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n");
  for (int i = 0; i < 8; i++) p += sprintf(p, "a=candidate:1 1 udp 2122260223 192.168.1.2 54321 typ host\\r\\n");
  sprintf(p, "\"}");
  peers = calloc((size_t)count, sizeof *peers);
  struct timespec before = {0}, cpu;
  int poll = epoll_create1(0);
  for (int i = 0; i < count; i++) {
    make_messages(i);
    open_peer(i);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    epoll_ctl(poll, EPOLL_CTL_ADD, peers[i].fd, &event);
  }
  for (int i = 0; i < count; i++) {
    peers[i].sent = now();
    send_all(&peers[i], peers[i].first, peers[i].first_length);
    for (int k = 1; k < ahead; k++) send_all(&peers[i], peers[i].again, peers[i].again_length);
  }
  /* What comes in the first half second, and the first answers, are not counted: swarms fill, code is compiled. */
  uint64_t least = now() + 500000000u, start = 0, end = ~(uint64_t)0, t;
  while ((t = now()) < end) {
    if (!is_counting && t >= least && warming == 0) {
      is_counting = 1;
      start = t;
      end = t + (uint64_t)(seconds * 1e9);
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
      puts("begun");
      fflush(stdout);
    }
    struct epoll_event events[256];
    int ready = epoll_wait(poll, events, 256, 10);
    for (int i = 0; i < ready; i++) receive(&peers[events[i].data.u32]);
  }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  double took = (double)(t - start) / 1e9;
  printf("{\"seconds\":%.3f,\"answers\":%lu,\"passed\":%lu,\"wrong\":%lu,\"p50Us\":%u,\"p99Us\":%u,\"cpu\":%.3f}\n", took, answers,
         passed, wrong, percentile(0.5), percentile(0.99), (double)(cpu.tv_sec - before.tv_sec) + (double)(cpu.tv_nsec - before.tv_nsec) / 1e9);
  return 0;
}
