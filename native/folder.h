#ifndef SWARMLINE_FOLDER_H
#define SWARMLINE_FOLDER_H

#include <stddef.h>
#include <stdint.h>

/// Of each entry: mode, size, seconds and nanoseconds of its last change, device, inode.
#define FACTS 6

typedef struct {
  uint8_t *data;
  size_t length;
} names_t;

typedef struct {
  double *data;
  size_t length;
} facts_t;

/// Writes the names, each with a zero behind it, and the facts of what is in a folder; links are not followed. How many; else
/// the system's error, negative: -ERANGE where there was no room for all of them.
long list_folder(const char *path, names_t *names, facts_t *facts);

#endif
