// What is in a folder, and how each entry looks: one call for all of it, where Node needs one for each entry and makes an
// object with four dates of it. System calls are made directly, since this is bound to no C library.
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "system.h"

struct entry {
  uint64_t ino;
  int64_t off;
  uint16_t length;
  uint8_t type;
  char name[];
};

static int is_dots(const char *name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

static long list_entries(long folder, names_t *names, facts_t *facts) {
  char buffer[32768] __attribute__((aligned(8)));
  size_t used = 0, count = 0;
  for (;;) {
    const long got = SYSTEM_CALL(SYS_getdents64, folder, buffer, sizeof buffer, 0);
    if (got < 0) return got;
    if (got == 0) return (long)count;
    for (long at = 0; at < got;) {
      const struct entry *entry = (const struct entry *)(buffer + at);
      at += entry->length;
      if (is_dots(entry->name)) continue;
      struct stat status;
      const long failed =
          SYSTEM_CALL(SYS_newfstatat, folder, entry->name, &status, AT_SYMLINK_NOFOLLOW);
      if (failed < 0) return failed;
      if ((count + 1) * FACTS > facts->length) return -ERANGE;
      double *fact = facts->data + count++ * FACTS;
      fact[0] = status.st_mode;
      fact[1] = (double)status.st_size;
      fact[2] = (double)status.st_mtim.tv_sec;
      fact[3] = (double)status.st_mtim.tv_nsec;
      fact[4] = (double)status.st_dev;
      fact[5] = (double)status.st_ino;
      const char *name = entry->name;
      do {
        if (used == names->length) return -ERANGE;
        names->data[used++] = (uint8_t)*name;
      } while (*name++ != 0);
    }
  }
}

long list_folder(const char *path, names_t *names, facts_t *facts) {
  const long folder = SYSTEM_CALL(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK, 0);
  if (folder < 0) return folder;
  const long count = list_entries(folder, names, facts);
  SYSTEM_CALL(SYS_close, folder, 0, 0, 0);
  return count;
}
