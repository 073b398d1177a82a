// A register that is not full: its spare lanes hash the last message again, into a state that nobody looks at.
#ifndef SWARMLINE_SPARE_LANES_H
#define SWARMLINE_SPARE_LANES_H

#include "lanes.h"

typedef void full_register_fn(uint32_t *states, const uint8_t *const *messages, size_t blocks);

static inline void with_spare_lanes(full_register_fn *compress, int width, int words, uint32_t *states,
                                    const uint8_t *const *messages, int lanes, size_t blocks) {
  if (lanes == width) {
    compress(states, messages, blocks);
    return;
  }
  uint32_t all[MAX_LANES * 8];
  const uint8_t *every[MAX_LANES];
  for (int i = 0; i < width * words; i++) all[i] = i < lanes * words ? states[i] : 0;
  for (int i = 0; i < width; i++) every[i] = messages[i < lanes ? i : lanes - 1];
  compress(all, every, blocks);
  for (int i = 0; i < lanes * words; i++) states[i] = all[i];
}

#endif
